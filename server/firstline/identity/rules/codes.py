"""One-time codes. A code is computed from the id of its sending with a key outside the database: it is stored nowhere."""

import hashlib
import hmac
from uuid import UUID

DIGITS = 6


def code_of(sending_id: UUID, *, key: bytes) -> str:
    """Give the code that belongs to one sending.

    >>> len(code_of(UUID(int=1), key=b"k")), code_of(UUID(int=1), key=b"k") == code_of(UUID(int=2), key=b"k")
    (6, False)
    """
    digest = hmac.digest(key, b"identity.code:" + sending_id.bytes, hashlib.sha256)
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def is_code(said: str, sending_id: UUID, *, key: bytes) -> bool:
    """Tell whether this is the code; spaces and hyphens between the digits don't matter."""
    told = "".join(character for character in said[:50] if character not in " -.")
    return hmac.compare_digest(told.encode(), code_of(sending_id, key=key).encode())


def masked(address: str) -> str:
    """Show of an address only what its owner recognises.

    >>> masked("ada.lind@example.org"), masked("+491701112233")
    ('a•••@example.org', '••• 2233')
    """
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if at else f"••• {address[-4:]}"
