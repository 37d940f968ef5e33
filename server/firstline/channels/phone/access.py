"""Who may tell us about calls: whoever holds the secret, and said it just now."""

import hmac
from datetime import datetime, timedelta

from firstline.channels.phone import sign
from firstline.errors import FirstlineError

MAX_AGE = timedelta(minutes=5)


class NotSigned(FirstlineError):
    code = "not-signed"
    status = 401


def access_events(*, secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> None:
    """Let a signed event in. Raises: NotSigned, with a code that tells a missing, forged or stale signature apart."""
    if not timestamp or not signature:
        names = f"{sign.TIMESTAMP_HEADER} and {sign.SIGNATURE_HEADER}"
        raise NotSigned(f"The event isn't signed: send the headers {names}.")
    expected = sign.signature(secret=secret, timestamp=timestamp, body=body)
    if not hmac.compare_digest(expected.encode(), signature.strip().encode()):
        raise NotSigned(
            "The signature is wrong: check the secret, and sign the very bytes that are sent.", code="forged"
        )
    try:
        age = abs(now.timestamp() - int(timestamp))
    except ValueError:
        raise NotSigned("The timestamp must be whole seconds since 1970.", code="stale") from None
    if age > MAX_AGE.total_seconds():
        minutes = int(MAX_AGE.total_seconds() // 60)
        raise NotSigned(
            f"The signature is older than {minutes} minutes, or the clocks differ; sign anew.", code="stale"
        )
