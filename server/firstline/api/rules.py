"""What tells one state of a thing, and one request, from another, as pure functions."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# Programs repeat for hours, not for weeks.
KEPT_FOR = timedelta(days=3)
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')


def is_idempotency_key(text: str) -> bool:
    """Tell whether a request can be known again by this: 1 to 255 visible ASCII signs.

    >>> is_idempotency_key("order-4711"), is_idempotency_key("two words"), is_idempotency_key("")
    (True, False, False)
    """
    return _KEY.fullmatch(text) is not None


def fingerprint(*, method: str, address: str, body: bytes) -> str:
    """Say what a request is, so that another one under the same key is noticed.

    >>> fingerprint(method="POST", address="/a", body=b"b") == fingerprint(method="POST", address="/ab", body=b"")
    False
    """
    parts = [method.encode(), address.encode(), body]
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def entity_tag(state: object, *, language: str) -> str:
    """Name a state of a thing as an HTTP entity tag; the words beside it are in a language, so the tag says which.

    >>> entity_tag({"name": "Ada"}, language="en") == entity_tag({"name": "Bob"}, language="en")
    False
    """
    return f'"{version(state)}-{language}"'


def version(state: object) -> str:
    """Name a state of a thing (what `json` can write, or write as text) in whatever language it is told."""
    text = json.dumps(state, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def matches(wanted: str, state: object) -> bool:
    """Tell whether the header If-Match, as it was sent, names this state, in any language.

    >>> matches(entity_tag(1, language="de"), 1), matches('"x", ' + entity_tag(1, language="en"), 1), matches("*", 1)
    (True, True, True)
    >>> matches(entity_tag(2, language="en"), 1), matches(version(1), 1)
    (False, False)
    """
    return wanted.strip() == "*" or version(state) in {tag.rpartition("-")[0] for tag in tags_in(wanted)}


def tags_in(header: str) -> list[str]:
    """List the entity tags of a header, without quotes.

    >>> tags_in('"a-en", W/"b-de"')
    ['a-en', 'b-de']
    """
    return _TAG.findall(header)


@dataclass(slots=True, kw_only=True)
class Bucket:
    """How many requests somebody may still send at once; it fills up again with time."""

    size: int
    per_second: float
    left: float
    at: datetime

    def take(self, *, now: datetime) -> float:
        """Take one; returns 0, or for how many seconds there is none.

        >>> bucket = Bucket(size=1, per_second=0.5, left=1, at=datetime(2026, 1, 1))
        >>> bucket.take(now=datetime(2026, 1, 1)), bucket.take(now=datetime(2026, 1, 1))
        (0.0, 2.0)
        >>> bucket.take(now=datetime(2026, 1, 1, 0, 0, 2))
        0.0
        """
        passed = max(0.0, (now - self.at).total_seconds())
        self.left, self.at = min(float(self.size), self.left + passed * self.per_second), now
        if self.left < 1:
            return (1 - self.left) / self.per_second
        self.left -= 1
        return 0.0


def unknown_names(sent: Iterable[str], known: Iterable[str]) -> list[str]:
    """List what was sent and means nothing here.

    >>> unknown_names(["state", "stat"], ["state", "limit"])
    ['stat']
    """
    return sorted(set(sent) - set(known))
