"""Pages of the contact register."""

import csv
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.contacts import queries
from firstline.contacts.access import access_contact, access_contact_attachment, access_contact_raw
from firstline.contacts.models import Contact
from firstline.contacts.queries import ContactRow
from firstline.contacts.web.filters import Filters, read_filters
from firstline.files.adapters.folder import FolderStore
from firstline.files.web.answers import file_response
from firstline.identity import queries as identity_queries
from firstline.procedures import queries as procedure_queries
from firstline.ui.csv import plain_cell
from firstline.ui.language import page_language
from firstline.ui.paging import Key, page_of, read_key

PAGE_SIZE = 50
EXPORT_CHUNK = 1_000
MAX_EXPORTED = 10_000
CHANNELS = ("phone", "email", "webform")


@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Show the register, youngest first, a page at a time."""
    principal = access_staff(request)
    filters = read_filters(request.GET.dict())
    found = queries.list_contacts(
        principal=principal,
        language=page_language(),
        before=read_key(request.GET.get("before", "")),
        limit=PAGE_SIZE + 1,
        **filters.arguments(),
    )
    context = {
        "page": page_of(found, size=PAGE_SIZE, key=_key),
        "filters": filters,
        "is_first_page": not request.GET.get("before"),
        "channels": CHANNELS,
        "states": Contact.State.values,
        "reasons": sorted(procedure_queries.reason_names(page_language()).items(), key=lambda one: one[1]),
        "max_exported": MAX_EXPORTED,
        "may_see_quarantine": principal.is_any((LEAD, ADMIN)),
    }
    return render(request, "contacts/register.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Give the register, narrowed down as on the page, as a table; exactly the contacts that this person may see."""
    principal = access_staff(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="contacts-{timezone.localtime(clock.now()).date().isoformat()}.csv"'
    )
    # Spreadsheets take a file without this mark for one in an old code page.
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(row) for row in _all(principal, read_filters(request.GET.dict())))
    return response


@require_GET
def contact(request: HttpRequest, contact_id: UUID) -> HttpResponse:
    """Show one contact with everything that the register knows about it."""
    principal = access_staff(request)
    found, now = access_contact(principal, contact_id), clock.now()
    context = {
        "contact": found,
        "messages_of": queries.conversation(found),
        "reasons": queries.reasons_of(found.id, language=page_language()),
        "engagements": queries.engagements_of(found.id, now=now),
        "handling_time": queries.handling_time(found.id, now=now),
        "tried": identity_queries.trail_of(found.speaker_id, contact_id=found.id) if found.speaker_id else [],
        "may_see_raw": principal.is_any((LEAD, ADMIN)),
    }
    return render(request, "contacts/contact.html", context)


@require_GET
def attachment(request: HttpRequest, contact_id: UUID, attachment_id: UUID) -> HttpResponse:
    """Hand out a file that came or went with a contact."""
    found = access_contact_attachment(access_staff(request), contact_id, attachment_id)
    return file_response(found.file, FolderStore(settings.FIRSTLINE_FILES))


@require_GET
def raw(request: HttpRequest, contact_id: UUID, message_id: UUID) -> HttpResponse:
    """Hand out a message exactly as it arrived."""
    found = access_contact_raw(access_staff(request), contact_id, message_id)
    return file_response(found, FolderStore(settings.FIRSTLINE_FILES))


def _key(row: ContactRow) -> Key:
    return row.received_at, row.id


def _all(principal: Principal, filters: Filters) -> Iterator[ContactRow]:
    before = None
    for _chunk in range(MAX_EXPORTED // EXPORT_CHUNK):
        rows = queries.list_contacts(
            principal=principal, language=page_language(), before=before, limit=EXPORT_CHUNK, **filters.arguments()
        )
        yield from rows
        if len(rows) < EXPORT_CHUNK:
            return
        before = rows[-1].received_at, rows[-1].id


_COLUMNS = (
    "number",
    "channel",
    "direction",
    "state",
    "received",
    "answered",
    "finished",
    "customer",
    "speaker",
    "subject",
    "reasons",
    "agent",
)


def _cells(row: ContactRow) -> list[str]:
    moments = [one.isoformat() if one else "" for one in (row.received_at, row.answered_at, row.finished_at)]
    texts = [
        row.number,
        row.channel,
        row.direction,
        row.state,
        *moments,
        row.customer,
        row.speaker,
        row.subject,
        "; ".join(row.reasons),
        row.agent,
    ]
    return [plain_cell(text) for text in texts]
