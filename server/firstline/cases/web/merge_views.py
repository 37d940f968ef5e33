"""The same thing twice: two cases side by side, the merge, and its undoing."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from firstline import clock
from firstline.accounts.access import access_staff
from firstline.accounts.principals import Principal
from firstline.cases import merging, queries
from firstline.cases.access import access_case_merge, access_case_work
from firstline.cases.models import Case
from firstline.errors import FirstlineError
from firstline.sources import queries as source_queries
from firstline.ui.language import page_language


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, case_id: UUID, other_id: UUID) -> HttpResponse:
    """Show two cases beside each other and what becomes of each; then let one go on as the other."""
    principal = access_staff(request)
    case, other = access_case_work(principal, case_id), access_case_work(principal, other_id)
    if request.method != "POST":
        return _compare(request, case, other)
    try:
        return _merge(request, principal, case, other)
    except FirstlineError as error:
        return _compare(request, case, other, error=error)


def _merge(request: HttpRequest, principal: Principal, case: Case, other: Case) -> HttpResponse:
    survivor, merged = (other, case) if request.POST.get("survivor") == "other" else (case, other)
    merging.merge_cases(
        survivor_id=survivor.id,
        merged_id=merged.id,
        reason=request.POST.get("reason", ""),
        principal=principal,
        now=clock.now(),
    )
    told = {"merged": merged.number, "survivor": survivor.number}
    messages.success(request, _("%(merged)s goes on as %(survivor)s. It can be undone here at any time.") % told)
    return HttpResponseRedirect(reverse("cases:case", args=[survivor.id]))


def _compare(request: HttpRequest, case: Case, other: Case, *, error: FirstlineError | None = None) -> HttpResponse:
    language, now = page_language(), clock.now()
    sides = [
        {
            "row": queries.case_row(one.id, language=language, now=now),
            "subject": one.subject,
            "notes": len(queries.notes(one.id)),
            "writes": source_queries.progress_of_case(one.id, language=language).sentence,
        }
        for one in (case, other)
    ]
    # The older one has come further, as a rule.
    further = "other" if other.opened_at < case.opened_at else "case"
    may_merge = case.state == other.state == Case.State.OPEN and case.id != other.id
    is_turned = request.POST.get("survivor", further) == "other"
    context = {"case": case, "other": other, "sides": sides, "is_turned": is_turned, "may_merge": may_merge}
    return render(request, "cases/merge.html", context | {"error": error}, status=error.status if error else 200)


@require_POST
def undo(request: HttpRequest, case_id: UUID, merge_id: UUID) -> HttpResponse:
    """Part two cases again."""
    principal = access_staff(request)
    found = access_case_merge(principal, case_id, merge_id)
    merging.undo_case_merge(
        merge_id=found.id, reason=request.POST.get("reason", ""), principal=principal, now=clock.now()
    )
    messages.success(request, _("They are two cases again, each with what was its own and what came for it since."))
    return HttpResponseRedirect(reverse("cases:case", args=[found.merged_id]))
