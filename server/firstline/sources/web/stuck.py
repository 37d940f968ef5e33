"""Changes that wait for a system: have them tried at once, or give them up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline.sources import access, stuck
from firstline.sources.stuck import NoReason, NotStuck
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 30


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List what waits, and notes that were refused."""
    found = stuck.stuck(
        principal=access.access_reconciliation(request),
        before=read_key(request.GET.get("after", "")),
        limit=PAGE_SIZE + 1,
        language=page_language(),
    )
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.since, row.id))
    return render(request, "sources/stuck.html", {"rows": page.rows, "next": page.next, "max_reason": stuck.MAX_REASON})


@require_POST
def try_now(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Have it tried at once."""
    principal = access.access_reconciliation(request)
    try:
        stuck.try_now(principal=principal, command_id=command_id)
    except NotStuck as refused:
        messages.error(request, refused.message, extra_tags="bad")
    else:
        messages.success(request, _("It is tried now; what still waits stays in the list."), extra_tags="good")
    return redirect("sources:stuck")


@require_POST
def give_up(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Stop trying, for a reason."""
    principal = access.access_reconciliation(request)
    try:
        stuck.give_up(principal=principal, command_id=command_id, reason=request.POST.get("reason", ""))
    except (NotStuck, NoReason) as refused:
        messages.error(request, refused.message, extra_tags="bad")
    else:
        messages.success(
            request, _("It is given up; the procedure goes the way that it has for a refusal."), extra_tags="good"
        )
    return redirect("sources:stuck")
