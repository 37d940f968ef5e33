"""How the entries of the trail are chained."""

import hashlib
import json
from typing import Any

BEGINNING = "0" * 64


def seal_of(data: Any, *, salt: str) -> str:
    """Seal values (JSON) so that they can be erased later and the chain still holds.

    >>> seal_of({"a": 1}, salt="x") == seal_of({"a": 1}, salt="y")
    False
    """
    return _digest(salt, data)


def digest_of(*, before: str, entry: Any) -> str:
    """Chain an entry (JSON) to the digest of the one before.

    >>> digest_of(before=BEGINNING, entry={"number": 1}) == digest_of(before="1", entry={"number": 1})
    False
    """
    return _digest(before, entry)


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
