"""The answers of systems as they come: one request for all of them, each piece as soon as it is there."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock, turns
from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.contacts.access import access_contact, access_contact_work
from firstline.contacts.models import Contact
from firstline.desktop import actions, queries
from firstline.errors import FirstlineError
from firstline.sources.queries import Asked

# Nobody looks at more at once.
MOST = 40


@require_GET
def tiles(request: HttpRequest, contact_id: UUID) -> HttpResponseBase:
    """Ask several systems at once; each answer comes as an event of its own, to be put into its place."""
    principal, contact = access_known(request, contact_id)
    keys = list(dict.fromkeys(request.GET.getlist("view")))[:MOST]
    asked = queries.ask_tiles(contact=contact, keys=keys, principal=principal)
    turns.lend_connection()
    come = _as_they_come if isinstance(request, ASGIRequest) else _one_after_the_other
    response = StreamingHttpResponse(come(asked, contact, _language()), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache"
    response["X-Accel-Buffering"] = "no"
    return response


async def _as_they_come(asked: Sequence[Asked], contact: Contact, language: str) -> AsyncIterator[bytes]:
    came = asyncio.Event()
    wake = partial(_wake, asyncio.get_running_loop(), came)
    for one in asked:
        one.when_ready(wake)
    waiting = list(asked)
    while waiting:
        ready = [one for one in waiting if one.seconds_left() <= 0]
        if ready:
            waiting = [one for one in waiting if one not in ready]
            async with turns.another():
                piece = await sync_to_async(_pieces)(ready, contact, language)
            yield piece
        else:
            with suppress(TimeoutError):
                await asyncio.wait_for(came.wait(), min(one.seconds_left() for one in waiting))
            came.clear()


def _one_after_the_other(asked: Sequence[Asked], contact: Contact, language: str) -> Iterator[bytes]:
    """Give the same where no loop runs: to a WSGI server, as Django's own for tests is."""
    return (_pieces([one], contact, language) for one in asked)


def _wake(loop: asyncio.AbstractEventLoop, came: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the server has ended
        loop.call_soon_threadsafe(came.set)


def _pieces(ready: Sequence[Asked], contact: Contact, language: str) -> bytes:
    try:
        with translation.override(language):
            shown = queries.tiles_of(ready, contact=contact, language=language)
            return "".join(
                _event(render_to_string("desktop/parts/piece.html", {"tile": one})) for one in shown
            ).encode()
    finally:
        turns.lend_connection()


def _event(text: str) -> str:
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"


@require_GET
def tile(request: HttpRequest, contact_id: UUID, key: str) -> HttpResponse:
    """Ask one system, once more or because its place came later than the page."""
    principal, contact = access_known(request, contact_id)
    shown = queries.tile_of(
        contact=contact, key=key, principal=principal, language=_language(), fresh=bool(request.GET.get("fresh"))
    )
    return render(request, "ui/parts/tile.html", {"tile": shown})


@require_POST
def reveal(request: HttpRequest, contact_id: UUID, key: str) -> HttpResponse:
    """Show what is masked, and note who looked."""
    principal, contact = access_known(request, contact_id)
    access_contact_work(principal, contact_id)
    actions.note_reveal(principal=principal, contact=contact, view_key=key, now=clock.now())
    shown = queries.tile_of(contact=contact, key=key, principal=principal, language=_language(), revealed=True)
    return render(request, "ui/parts/tile.html", {"tile": shown})


def access_known(request: HttpRequest, contact_id: UUID) -> tuple[Principal, Contact]:
    """Give a contact of which the customer is known to whoever may see it.

    Raises: AccessDenied, FirstlineError.
    """
    principal = access_staff(request)
    contact = access_contact(principal, contact_id)
    if contact.customer_id is None:
        raise FirstlineError(_("Choose the customer first."), code="no-customer")
    return principal, contact


def _language() -> str:
    return (get_language() or "en").split("-")[0]
