"""Deployed processes with their versions, and the instances of one."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from firstline.operations import access, texts
from firstline.operations.queries import instances, versions
from firstline.operations.queries.instances import InstanceRow
from firstline.processes.adapters.programs import program_of
from firstline.processes.models import Deployment
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50
MAX_QUESTION = 200


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the versions of all processes, the last deployed first."""
    access.access_operations(request)
    text = _text(request, "q")
    found = versions.versions(
        text=text, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1, language=page_language()
    )
    # A deployment with several processes isn't torn apart by the end of a page.
    ids = list(dict.fromkeys(row.deployment_id for row in found))
    page = page_of(
        ids, size=PAGE_SIZE, key=lambda id_: next((r.deployed_at, id_) for r in found if r.deployment_id == id_)
    )
    shown = set(page.rows)
    context = {"rows": [row for row in found if row.deployment_id in shown], "next": page.next, "q": text}
    return render(request, "operations/versions.html", context)


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Find instances by the number of their case or their id; the only one is opened at once."""
    principal = access.access_operations(request)
    text = _text(request, "q").strip()
    found = instances.found_by(principal=principal, text=text, limit=PAGE_SIZE) if text else []
    if len(found) == 1:
        return redirect("operations:instance", found[0].id)
    return render(request, "operations/found.html", {"rows": instance_rows(found), "q": text})


@require_GET
def version(request: HttpRequest, deployment_id: UUID, process_id: str) -> HttpResponse:
    """Show a version: as drawn, and its instances in a state."""
    principal = access.access_operations(request)
    deployed = access.access_version(principal, deployment_id, process_id)
    state = request.GET.get("state", "")
    state = state if state in instances.STATES else "running"
    last = read_key(request.GET.get("after", ""))
    of: dict[str, Any] = {"principal": principal, "deployment_id": deployment_id, "process_id": process_id}
    before = last[1] if last else None
    if state == "incident":
        found = instances.troubled(**of, before=before, limit=PAGE_SIZE + 1)
    else:
        found = instances.of_version(**of, state=state, before=before, limit=PAGE_SIZE + 1)
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.started_at, row.id))
    context = {
        "version": versions.version(deployment_id, process_id, language=page_language()),
        "rows": instance_rows(page.rows),
        "next": page.next,
        "state": state,
        "states": [(key, texts.STATES[key]) for key in instances.STATES],
        "migrate_url": migrate_url(deployed.release_id),
    }
    return render(request, "operations/version.html", context)


def migrate_url(release_id: str) -> str:
    """Say where instances are moved to another version; "" where nothing does that."""
    try:
        return f"{reverse('migration:new')}?{urlencode({'from': release_id})}"
    except NoReverseMatch:
        return ""


@require_GET
def xml(request: HttpRequest, deployment_id: UUID) -> HttpResponse:
    """Give a model as it was deployed."""
    principal = access.access_operations(request)
    first = Deployment.objects.filter(id=deployment_id).values_list("process_ids", flat=True).first()
    found = access.access_version(principal, deployment_id, first[0] if first else "")
    answer = HttpResponse(found.xml, content_type="application/xml; charset=utf-8")
    # A deployment never changes.
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


def instance_rows(found: Sequence[InstanceRow]) -> list[dict[str, object]]:
    """Put words to instances in a list."""
    return [
        {"row": row, "state": texts.STATES[row.state], "tone": texts.TONES.get(row.state, ""), "process": _name(row)}
        for row in found
    ]


def _name(row: InstanceRow) -> str:
    return program_of(row.deployment_id, row.process_id).name or row.process_id


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")[:MAX_QUESTION]
