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
MAX_KEY_NAME = 200
JOBS = "jobs:"
_JOBS_SCOPE = re.compile(r"jobs:(\*|[^\s*\x00-\x1f]{1,200})")
# What a program that acts for itself works with; whoever may change something may read it.
RESOURCES = ("customers", "contacts", "cases", "tasks", "commands")
READ, WRITE = "read", "write"
# What such a program may be, as a member of staff: those who work with customers and cases, and no administrator.
PROGRAM_ROLES = ("agent", "backoffice", "lead")


def key_digest(key: str) -> str:
    """Say what is kept of a key.

    >>> len(key_digest("flk_x"))
    64
    """
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def is_job_scope(text: str) -> bool:
    """Tell whether a key may be made for this: `jobs:TYPE` for the jobs of one type, `jobs:*` for those of any.

    >>> is_job_scope("jobs:charge-card"), is_job_scope("jobs:*"), is_job_scope("jobs:a b"), is_job_scope("cases:read")
    (True, True, False, False)
    """
    return _JOBS_SCOPE.fullmatch(text) is not None


def is_resource_scope(text: str) -> bool:
    """Tell whether this lets a program read (`RESOURCE:read`) or also change (`RESOURCE:write`) what staff work with.

    >>> is_resource_scope("cases:read"), is_resource_scope("cases:erase"), is_resource_scope("jobs:read")
    (True, False, False)
    """
    resource, _colon, verb = text.partition(":")
    return resource in RESOURCES and verb in {READ, WRITE}


def is_allowed(scopes: Iterable[str], wanted: str) -> bool:
    """Tell whether a key with these scopes opens what is wanted.

    >>> is_allowed(["jobs:*"], "jobs:charge-card"), is_allowed(["jobs:charge-card"], "jobs:refund")
    (True, False)
    >>> is_allowed(["cases:write"], "cases:read"), is_allowed(["cases:read"], "cases:write")
    (True, False)
    """
    family = wanted.partition(":")[0]
    wider = f"{family}:{WRITE}" if wanted in {f"{one}:{READ}" for one in RESOURCES} else f"{family}:*"
    return not {wanted, wider}.isdisjoint(scopes)
