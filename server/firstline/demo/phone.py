"""The demo's telephone system: it speaks to Firstline as any other would, over HTTP with a signature."""

import json
import logging
import threading

import httpx2 as httpx
from django.conf import settings

from firstline import clock, ids
from firstline.channels.phone import sign
from firstline.errors import FirstlineError

log = logging.getLogger(__name__)

PICK_UP_SECONDS = 3.0


def pick_up_soon(*, call_id: str, extension: str) -> None:
    """Let the handset be lifted after some rings, so that nobody needs a telephone to try it."""
    lifted = threading.Timer(PICK_UP_SECONDS, _pick_up, kwargs={"call_id": call_id, "extension": extension})
    lifted.daemon = True
    lifted.start()


def _pick_up(*, call_id: str, extension: str) -> None:
    try:
        send("answered", call_id=call_id, number="", extension=extension)
    except (FirstlineError, httpx.HTTPError):
        log.exception("The demo's phone couldn't report that the call was answered")


def send(kind: str, *, call_id: str, number: str, extension: str) -> None:
    """Report one event of a call."""
    now = clock.now()
    event = {
        "id": str(ids.new_id()),
        "type": kind,
        "call_id": call_id,
        "at": now.isoformat(),
        "from": number,
        "extension": extension,
    }
    body = json.dumps(event).encode()
    headers = {
        "Content-Type": "application/json",
        **sign.headers(body=body, secret=settings.FIRSTLINE_PHONE_SECRET, at=now),
    }
    answer = httpx.post(
        f"{settings.FIRSTLINE_PUBLIC_URL}/channels/phone/events", content=body, headers=headers, timeout=10
    )
    if answer.status_code >= 300:
        raise FirstlineError(f"The telephone event was refused with {answer.status_code}: {answer.text}")
