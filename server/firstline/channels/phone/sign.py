"""The signature of a telephone event: HMAC-SHA256 over the time of sending and the body. Pure."""

import hashlib
import hmac
from datetime import datetime

TIMESTAMP_HEADER = "Firstline-Timestamp"
SIGNATURE_HEADER = "Firstline-Signature"


def signature(*, secret: str, timestamp: str, body: bytes) -> str:
    """Write the signature's value: `v1=` and 64 hexadecimal digits.

    >>> signature(secret="s", timestamp="1", body=b"{}")[:11]
    'v1=b253639b'
    """
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def headers(*, secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """Write the headers that a sender of `body` adds."""
    timestamp = str(int(at.timestamp()))
    return {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature(secret=secret, timestamp=timestamp, body=body)}
