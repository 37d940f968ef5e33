"""The webhook that a telephone system calls."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from firstline import clock
from firstline.channels.phone import actions, sign
from firstline.channels.phone.access import access_events
from firstline.channels.phone.rules import read_event
from firstline.errors import FirstlineError

MAX_BODY_BYTES = 64 * 1024


@csrf_exempt  # programs have no session; the signature is what counts
@login_not_required
@require_POST
def events(request: HttpRequest) -> JsonResponse:
    """Take one signed event: 200 with what became of it, 401 unsigned, 400 with every mistake, 413 too large."""
    try:
        if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
            return _refusal(413, "too-large", f"An event is smaller than {MAX_BODY_BYTES // 1024} KB.")
        body = request.body
    except (RequestDataTooBig, ValueError):
        return _refusal(413, "too-large", f"An event is smaller than {MAX_BODY_BYTES // 1024} KB.")
    now = clock.now()
    try:
        access_events(
            secret=settings.FIRSTLINE_PHONE_SECRET,
            timestamp=request.headers.get(sign.TIMESTAMP_HEADER, ""),
            signature=request.headers.get(sign.SIGNATURE_HEADER, ""),
            body=body,
            now=now,
        )
        event = read_event(body, now=now)
        if isinstance(event, tuple):
            mistakes = [asdict(mistake) for mistake in event]
            return _refusal(400, "malformed", "The event isn't as it should be; see docs/phone.md.", mistakes=mistakes)
        outcome, contact_id = actions.take_event(event=event, now=now)
    except FirstlineError as error:
        return _refusal(error.status, error.code, error.message)
    return JsonResponse({"outcome": outcome, "contact": str(contact_id) if contact_id else None})


def _refusal(status: int, code: str, message: str, **fields: Any) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, **fields}, status=status)
