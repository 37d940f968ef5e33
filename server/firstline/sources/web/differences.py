"""Where a system doesn't show what was confirmed: have it compared, repaired, or left as it is."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from firstline.sources import access, differences, reconciliation
from firstline.sources.models import Divergence
from firstline.sources.reconciliation import AlreadyUnderWay, CannotRepair, NoReason
from firstline.sources.web.telling import do_and_tell
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 30
LAST_RUNS = 5
STATES = {
    Divergence.State.OPEN: pgettext_lazy("difference", "open"),
    Divergence.State.REPAIRING: pgettext_lazy("difference", "being repaired"),
    Divergence.State.REPAIRED: pgettext_lazy("difference", "repaired"),
    Divergence.State.ACCEPTED: pgettext_lazy("difference", "left as it is"),
    Divergence.State.GONE: pgettext_lazy("difference", "gone by itself"),
}
TONES = {"open": "bad", "repairing": "accent", "repaired": "good"}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the differences that are open, or those that are settled."""
    principal = access.access_reconciliation(request)
    names = differences.source_names(page_language())
    source = request.GET.get("source", "")
    source = source if source in names else ""
    is_settled = request.GET.get("state") == "settled"
    found = differences.differences(
        principal=principal,
        is_settled=is_settled,
        source=source,
        before=read_key(request.GET.get("after", "")),
        limit=PAGE_SIZE + 1,
        language=page_language(),
    )
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.found_at, row.id))
    context = {
        "rows": [(row, STATES[Divergence.State(row.state)], TONES.get(row.state, "")) for row in page.rows],
        "next": page.next,
        "source": source,
        "sources": names,
        "is_settled": is_settled,
        "max_reason": reconciliation.MAX_REASON,
        **_runs(),
    }
    return render(request, "sources/differences.html", context)


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Show how the comparisons go, as a part of the page; when they are over, the page shows what was found."""
    access.access_reconciliation(request)
    going = _runs()
    answer = render(request, "sources/parts/runs.html", going)
    if not going["is_running"]:
        answer["HX-Refresh"] = "true"
    return answer


@require_POST
def compare(request: HttpRequest) -> HttpResponse:
    """Have everything compared now, in one source or all."""
    principal, wanted = access.access_reconciliation(request), request.POST.get("source", "")
    source = wanted if wanted in differences.source_names(page_language()) else ""
    do_and_tell(
        request,
        lambda: reconciliation.start(principal=principal, source=source),
        refusals=(AlreadyUnderWay,),
    )
    return redirect("sources:differences")


@require_POST
def repair(request: HttpRequest, divergence_id: UUID) -> HttpResponse:
    """Have what was confirmed written again."""
    principal = access.access_reconciliation(request)
    do_and_tell(
        request,
        lambda: reconciliation.repair(principal=principal, divergence_id=divergence_id),
        refusals=(AlreadyUnderWay, CannotRepair),
        done=_("It is written again now; the result appears here."),
    )
    return redirect("sources:differences")


@require_POST
def accept(request: HttpRequest, divergence_id: UUID) -> HttpResponse:
    """Leave it as it stands, for a reason."""
    principal, reason = access.access_reconciliation(request), request.POST.get("reason", "")
    do_and_tell(
        request,
        lambda: reconciliation.accept(principal=principal, divergence_id=divergence_id, reason=reason),
        refusals=(AlreadyUnderWay, NoReason),
    )
    return redirect("sources:differences")


def _runs() -> dict[str, object]:
    found = differences.last_runs(limit=LAST_RUNS, language=page_language())
    return {"runs": found, "is_running": any(run.finished_at is None for run in found)}
