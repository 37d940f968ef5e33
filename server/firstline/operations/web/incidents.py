"""The console of incidents: by what they have in common, one or all tried again, with what came of each."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstline.operations import access, actions, batches, texts
from firstline.operations.models import BatchItem
from firstline.operations.queries import incidents
from firstline.operations.queries.incidents import Likeness
from firstline.operations.rules import MAX_REASON, NoReason
from firstline.processes.actions import IncidentClosed, Refused
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50
MAX_TEXT = 200
_PARTS = {"process": "process_id", "element": "element_id", "kind": "kind", "like": "likeness"}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List groups of open incidents, by process and element."""
    principal = access.access_operations(request)
    process_id = _text(request, "only")
    after = _likeness(request) if "like" in request.GET else None
    found, following = incidents.groups(principal=principal, process_id=process_id, after=after, limit=PAGE_SIZE)
    context = {
        "groups": [{"group": one, "query": _query(one.of)} for one in found],
        "next": _query(following) if following else "",
        "only": process_id,
        "batches": incidents.last_batches(principal),
    }
    return render(request, "operations/incidents.html", context)


@require_http_methods(["GET", "POST"])
def alike(request: HttpRequest) -> HttpResponse:
    """List the incidents of a group; on POST, have all of them tried again."""
    principal = access.access_operations(request)
    of = _likeness(request)
    error, status = "", 200
    if request.method == "POST":
        try:
            reason = request.POST.get("reason", "")
            batch_id = batches.start_batch(principal=principal, incidents=incidents.alike(principal, of), reason=reason)
        except (NoReason, IncidentClosed) as refused:
            error, status = refused.message, refused.status
        else:
            return redirect("operations:batch", batch_id)
    last = read_key(request.GET.get("after", ""))
    found = incidents.page_of_alike(principal=principal, of=of, after=last[1] if last else None, limit=PAGE_SIZE + 1)
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.raised_at, row.id))
    context = {
        "of": of,
        "rows": page.rows,
        "next": page.next,
        "query": _query(of),
        "name": page.rows[0].name if page.rows else of.element_id,
        "error": error,
        "max_reason": MAX_REASON,
        "most": batches.MAX_ITEMS,
    }
    return render(request, "operations/alike.html", context, status=status)


@require_POST
def retry(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Try one incident again, and say what came of it."""
    principal = access.access_operations(request)
    found = access.access_incident(principal, incident_id)
    try:
        came = actions.retry_incident(principal=principal, incident_id=found.id, reason=request.POST.get("reason", ""))
    except (NoReason, IncidentClosed, Refused) as refused:
        messages.error(request, refused.message, extra_tags="bad")
    else:
        said, tone = _CAME[came.outcome]
        messages.info(request, f"{said} {came.message}".strip(), extra_tags=tone)
    return redirect("operations:instance", found.instance_id)


@require_GET
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show how far a batch is, and what came of each incident."""
    principal = access.access_operations(request)
    found = access.access_batch(principal, batch_id)
    state = request.GET.get("state", "")
    state = state if state in BatchItem.State.values else ""
    last = read_key(request.GET.get("after", ""))
    items = incidents.items_of(batch_id=found.id, state=state, after=last[1] if last else None, limit=PAGE_SIZE + 1)
    page = page_of(items, size=PAGE_SIZE, key=lambda row: (found.started_at, row.id))
    progress = incidents.progress_of(found.id)
    context = {
        "batch": found,
        "progress": progress,
        "states": [(key, words, getattr(progress, key)) for key, words in texts.RESULTS.items()],
        "state": state,
        "rows": [
            {"item": item, "words": texts.RESULTS[item.state], "tone": _TONES.get(item.state, "")} for item in page.rows
        ],
        "next": page.next,
    }
    template = "batch_region" if request.headers.get("HX-Request") == "true" else "batch"
    return render(request, f"operations/{template}.html", context)


_TONES = {"succeeded": "good", "failed": "bad", "gone": "warn"}
_CAME = {
    "succeeded": (_("It goes on: the step has succeeded."), "good"),
    "failed": (_("It failed again."), "bad"),
    "under_way": (_("It is being tried again; the incident closes when the step has succeeded."), "plain"),
}


def _likeness(request: HttpRequest) -> Likeness:
    return Likeness(**{field: _text(request, name) for name, field in _PARTS.items()})


def _query(of: Likeness) -> str:
    return urlencode({name: getattr(of, field) for name, field in _PARTS.items()})


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")[:MAX_TEXT]
