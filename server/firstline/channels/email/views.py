"""Mail that couldn't be understood: seen, downloaded, tried again."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline.accounts.access import access_staff
from firstline.channels.email import handlers, queries
from firstline.channels.email.access import access_quarantined, visible_quarantine
from firstline.errors import AccessDenied
from firstline.files.adapters.folder import FolderStore
from firstline.files.web.answers import file_response
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50


@require_GET
def quarantine(request: HttpRequest) -> HttpResponse:
    """List what waits for a person, with the reason, and the mailboxes that can't be read."""
    found = queries.quarantined(
        visible_quarantine(access_staff(request)),
        before=read_key(request.GET.get("before", "")),
        limit=PAGE_SIZE + 1,
    )
    context = {
        "page": page_of(found, size=PAGE_SIZE, key=lambda row: (row.received_at, row.id)),
        "is_first_page": not request.GET.get("before"),
        "failing": queries.failing_mailboxes(),
    }
    return render(request, "channels/email/quarantine.html", context)


@require_GET
def raw(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Hand out a message exactly as it arrived."""
    found = access_quarantined(access_staff(request), message_id)
    if found.raw_file is None:
        raise AccessDenied(_("This message was never fetched; look for it in its mailbox."))
    response = file_response(found.raw_file, FolderStore(settings.FIRSTLINE_FILES))
    # Whatever is wrong with it, a browser needn't look at it.
    response["Content-Disposition"] = 'attachment; filename="message.eml"'
    return response


@require_POST
def retry(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Try again to understand a message, after an update or a repaired setting."""
    found = access_quarantined(access_staff(request), message_id)
    contact_id = handlers.register(found.id, is_last_attempt=True)
    if contact_id is not None:
        return HttpResponseRedirect(reverse("contacts:contact", args=[contact_id]))
    messages.warning(request, _("It still can't be understood."))
    return HttpResponseRedirect(reverse("email:quarantine"))
