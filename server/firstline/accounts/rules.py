"""When a login is held back, and what a key to the API opens."""

import hashlib
import ipaddress
import re
from collections.abc import Iterable
from datetime import timedelta

WINDOW = timedelta(minutes=10)
MAX_FAILURES_PER_PERSON = 10
MAX_FAILURES_PER_NETWORK = 50


def is_locked(*, failures_of_person: int, failures_of_network: int) -> bool:
    """Tell whether so many failures from one network within the window close its door for a while.

    `failures_of_person` are those of one name from that network alone: whoever guesses locks out themselves, and not the
    colleague whose name they use.
    """
    return failures_of_person >= MAX_FAILURES_PER_PERSON or failures_of_network >= MAX_FAILURES_PER_NETWORK


def network_of(address: str) -> str:
    """Name the network that an address belongs to: an IPv4 address itself, of IPv6 the /64 that one household has.

    >>> network_of("192.0.2.7"), network_of("2001:db8::1:2:3:4")
    ('192.0.2.7', '2001:db8::/64')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


# --- keys to the API -------------------------------------------------------------------------------------------------

KEY_BEGINS = "flk_"
PREFIX_LENGTH = 10
MAX_SCOPES = 50
JOBS = "jobs:"
_JOBS_SCOPE = re.compile(r"jobs:(\*|[^\s*\x00-\x1f]{1,200})")


def key_digest(key: str) -> str:
    """Say what is kept of a key.

    >>> len(key_digest("flk_x"))
    64
    """
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def is_scope(text: str) -> bool:
    """Tell whether a key may be made for this: `jobs:TYPE` for the jobs of one type, `jobs:*` for those of any.

    >>> is_scope("jobs:charge-card"), is_scope("jobs:*"), is_scope("jobs:a b"), is_scope("cases")
    (True, True, False, False)
    """
    return _JOBS_SCOPE.fullmatch(text) is not None


def is_allowed(scopes: Iterable[str], wanted: str) -> bool:
    """Tell whether a key with these scopes opens what is wanted.

    >>> is_allowed(["jobs:*"], "jobs:charge-card"), is_allowed(["jobs:charge-card"], "jobs:refund")
    (True, False)
    """
    family = wanted.partition(":")[0]
    return not {wanted, f"{family}:*"}.isdisjoint(scopes)
