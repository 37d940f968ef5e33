"""What is sent, how it is signed, and how long it is tried."""

import base64
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

# Every type of event, and what it tells.
TYPES = (
    "case.opened",
    "case.closed",
    "promise.made",
    "contact.opened",
    "contact.finished",
    "step.created",
    "step.completed",
    "step.cancelled",
    "change.confirmed",
    "change.stopped",
    "customer.stage-changed",
)
PREFIX = "firstline."
MAX_URL = 1000
# After so many failed attempts: from five seconds up to twelve hours, for five days in all.
_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200))
PATIENCE = timedelta(days=5)
# Answers that no later attempt changes: the address is wrong, or has gone, or refuses what it is sent.
_FOR_GOOD = frozenset({400, 404, 405, 410, 413, 415, 422})


def cloud_event(
    *, event_id: UUID, kind: str, subject: str, number: int, at: datetime, source: str, data: Mapping[str, Any]
) -> dict[str, Any]:
    """Write an event as CloudEvents 1.0 has it (JSON, structured mode); `number` is its place among those of its subject."""
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "type": PREFIX + kind,
        "source": source,
        "subject": subject,
        "time": at.isoformat(),
        "sequence": f"{number:012d}",
        "datacontenttype": "application/json",
        "data": dict(data),
    }


def body_of(event: Mapping[str, Any]) -> bytes:
    """Write an event as the bytes that are signed and sent."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def secret_of(key: str, *, endpoint_id: UUID, number: int) -> str:
    """Make an endpoint's secret of the installation's key, in the form of Standard Webhooks.

    >>> secret_of("k", endpoint_id=UUID(int=1), number=1).startswith("whsec_")
    True
    """
    made = hmac.new(key.encode(), f"webhook:{endpoint_id}:{number}".encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(made).decode()


def signed_headers(secret: str, *, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Sign a body as Standard Webhooks says: HMAC-SHA256 over the id, the moment (seconds since 1970) and the body."""
    key, seconds = base64.b64decode(secret.removeprefix("whsec_")), str(int(at.timestamp()))
    digest = hmac.new(key, b".".join((event_id.encode(), seconds.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def is_taken(status: int) -> bool:
    """Tell whether an answer means that the receiver has it."""
    return 200 <= status < 300


def is_for_good(status: int) -> bool:
    """Tell whether trying again can't help."""
    return status in _FOR_GOOD


def next_attempt(*, first_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """Say when it is tried again after `attempts` in vain; None when it was tried for long enough."""
    at = now + _WAITS[min(attempts - 1, len(_WAITS) - 1)]
    return at if at - first_at <= PATIENCE else None


def url_problem(url: str, *, hosts: Iterable[str]) -> str | None:
    """Say what is wrong with an address: "form", "login" or "open" (not encrypted, and not one of `hosts`); None: nothing.

    >>> url_problem("https://erp.example/hook", hosts=())
    >>> url_problem("http://erp.example/hook", hosts=())
    'open'
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "form"
    if len(url) > MAX_URL or parts.scheme not in ("http", "https") or not host or not url.isascii() or " " in url:
        return "form"
    if parts.username is not None or parts.password is not None:
        return "login"
    return "open" if parts.scheme == "http" and host not in hosts else None


def is_public(address: str) -> bool:
    """Tell whether an IP address is out in the internet, not inside of anybody's network.

    >>> is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("9.9.9.9")
    (False, False, True)
    """
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    return found.is_global and not found.is_multicast
