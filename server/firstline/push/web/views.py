"""The stream of hints to one screen."""

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.push.hub import Subscriber, hub

KEEP_ALIVE_SECONDS = 15


async def events(request: HttpRequest) -> HttpResponseBase:
    """Stream the hints that are addressed to this person, their teams and brands."""
    principal = await sync_to_async(access_staff)(request)
    subscriber = hub.subscribe(_audiences(principal))
    response = StreamingHttpResponse(_stream(subscriber), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


def _audiences(principal: Principal) -> set[str]:
    teams = (f"team:{team}" for team in principal.teams)
    return {f"user:{principal.id}", *teams, *(f"brand:{brand}" for brand in principal.brands)}


async def _stream(subscriber: Subscriber) -> AsyncIterator[bytes]:
    try:
        yield b": connected\n\n"
        while True:
            try:
                text = await asyncio.wait_for(subscriber.queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
            else:
                yield f"event: hint\ndata: {text}\n\n".encode()
    finally:
        hub.unsubscribe(subscriber)
