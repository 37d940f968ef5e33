"""Changes that wait for a system: have them tried at once, or give them up."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline.sources import access, stuck
from firstline.sources.stuck import NoReason, NotStuck
from firstline.sources.web.telling import do_and_tell
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
    do_and_tell(
        request,
        lambda: stuck.try_now(principal=principal, command_id=command_id),
        refusals=(NotStuck,),
        done=_("It is tried now; what still waits stays in the list."),
    )
    return redirect("sources:stuck")


@require_POST
def give_up(request: HttpRequest, command_id: UUID) -> HttpResponse:
    """Stop trying, for a reason."""
    principal, reason = access.access_reconciliation(request), request.POST.get("reason", "")
    do_and_tell(
        request,
        lambda: stuck.give_up(principal=principal, command_id=command_id, reason=reason),
        refusals=(NotStuck, NoReason),
        done=_("It is given up; the procedure goes the way that it has for a refusal."),
    )
    return redirect("sources:stuck")
