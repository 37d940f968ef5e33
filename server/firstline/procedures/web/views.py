"""Procedures, their releases and the reasons that lead to them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts import queries as account_queries
from firstline.errors import FirstlineError
from firstline.procedures import access, actions, queries
from firstline.procedures import release as releases


@require_GET
def procedures(request: HttpRequest) -> HttpResponse:
    """List the procedures with their releases and what is in use."""
    principal = access.access_procedures(request)
    rows = queries.procedures(_language())
    people = account_queries.names_of_staff(
        {one.deployed_by for row in rows for one in row.releases if one.deployed_by}
    )
    context = {
        "procedures": rows,
        "people": people,
        "gaps": len(queries.gaps(_language())),
        "may_activate": access.may_activate(principal),
    }
    return render(request, "procedures/list.html", context)


@require_GET
def reasons(request: HttpRequest) -> HttpResponse:
    """Show the taxonomy of reasons, gaps marked."""
    access.access_procedures(request)
    return render(request, "procedures/reasons.html", {"reasons": queries.reason_tree(_language())})


@require_GET
def release(request: HttpRequest, release_id: str) -> HttpResponse:
    """Show a release: its diagram, its steps, what it contains, and whether it is in use."""
    principal = access.access_procedures(request)
    access.access_release(principal, release_id)
    view = queries.release_view(release_id)
    row = next(
        one for procedure in queries.procedures(_language()) for one in procedure.releases if one.id == release_id
    )
    return render(
        request,
        "procedures/release.html",
        {
            "view": view,
            "name": view.name(_language()),
            "row": row,
            "steps": view.steps(_language()),
            "left_out": queries.notes_left_out(procedure_key=view.key),
            "contents": releases.contents(view, _language()),
            "may_activate": access.may_activate(principal),
        },
    )


@require_GET
def process(request: HttpRequest, release_id: str) -> HttpResponse:
    """Give the BPMN of a release as it was deployed, its names in the reader's language."""
    principal = access.access_procedures(request)
    access.access_release(principal, release_id)
    answer = HttpResponse(
        queries.release_view(release_id).diagram(_language()), content_type="application/xml; charset=utf-8"
    )
    # A release never changes; its address on the page names the language.
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


@require_POST
def activate(request: HttpRequest, release_id: str) -> HttpResponse:
    """Put a release into use."""
    principal = access.access_procedures(request)
    access.require_may_activate(principal)
    actions.activate(
        release_id=release_id,
        principal=principal,
        now=clock.now(),
        from_at=_moment(request.POST.get("from_at", "")),
        share=_share(request.POST.get("share", "")),
    )
    messages.success(request, _("The release is put into use. Cases that are open stay on theirs."))
    return HttpResponseRedirect(reverse("procedures:release", args=[release_id]))


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FirstlineError(_("Enter a date and a time, or leave it empty for now."), code="bad-moment") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(get_current_timezone_name()))


def _share(text: str) -> int:
    if not (text or "100").isdecimal() or len(text) > 3:
        raise FirstlineError(_("The share is a whole number from 1 to 100 per cent."), code="bad-share")
    return int(text or "100")


def _language() -> str:
    return (get_language() or "en").split("-")[0]
