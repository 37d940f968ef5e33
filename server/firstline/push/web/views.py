"""The stream of hints to one screen."""

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from firstline import turns
from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.push.hub import hub

KEEP_ALIVE_SECONDS = 15
# Then the browser connects anew, and who somebody is and what they may see is looked up again.
LONGEST_STREAM_SECONDS = 15 * 60


async def events(request: HttpRequest) -> HttpResponseBase:
    """Stream the hints that are addressed to this person, their teams and brands."""
    principal = await sync_to_async(_access)(request)
    response = StreamingHttpResponse(_stream(_audiences(principal)), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


def _access(request: HttpRequest) -> Principal:
    try:
        return access_staff(request)
    finally:
        turns.lend_connection()


def _audiences(principal: Principal) -> set[str]:
    teams = (f"team:{team}" for team in principal.teams)
    return {f"user:{principal.id}", *teams, *(f"brand:{brand}" for brand in principal.brands)}


async def _stream(audiences: set[str]) -> AsyncIterator[bytes]:
    # Subscribed here and not before: of a stream that nobody ever reads, nothing stays behind.
    subscriber = hub.subscribe(audiences)
    clock = asyncio.get_running_loop().time
    ends_at = clock() + LONGEST_STREAM_SECONDS
    try:
        yield b"retry: 1000\n\n: connected\n\n"
        while not subscriber.has_lost.is_set() and clock() < ends_at:
            try:
                text = await asyncio.wait_for(subscriber.queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
            else:
                yield f"event: hint\ndata: {text}\n\n".encode()
    finally:
        hub.unsubscribe(subscriber)
