"""One instance: where it stands, what it waits for and knows, what happened to it."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firstline.audit import queries as audit
from firstline.operations import access, texts
from firstline.operations.queries import details, instances, versions
from firstline.operations.queries.details import FactRow
from firstline.operations.queries.instances import TokenRow
from firstline.operations.web.versions import instance_rows
from firstline.processes import queries as process_queries
from firstline.processes.models import Instance
from firstline.ui.language import page_language

HISTORY_SIZE = 50


@require_GET
def instance(request: HttpRequest, instance_id: UUID) -> HttpResponse:
    """Show an instance; `before` is where the page of its history begins."""
    principal = access.access_operations(request)
    found = access.access_instance(principal, instance_id)
    names = versions.element_names(found.deployment_id, found.process_id)
    tokens = instances.tokens_of(found)
    passed = details.passed(found)
    incidents = process_queries.incidents(instance_id=found.id)
    open_incidents = [one for one in incidents if one.resolved_at is None]
    state = instances.state_of(found, has_incident=bool(open_incidents))
    facts = details.timeline(found.id, before=_number(request.GET.get("before", "")), limit=HISTORY_SIZE + 1)
    parent = access.visible_instances(principal).filter(id=found.caller_id).first() if found.caller_id else None
    context = {
        "one": found,
        "version": versions.version(found.deployment_id, found.process_id, language=page_language()),
        "case_number": instances.case_numbers([found.business_id], principal).get(found.business_id or found.id, ""),
        "state": state,
        "state_words": texts.STATES[state],
        "tone": texts.TONES.get(state, ""),
        "tokens": tokens,
        "marks": json.dumps(_marks(tokens, passed, {one.element_id for one in open_incidents})),
        "passed": [(names.get(id_, id_), times) for id_, times in passed.items() if id_ in names],
        "incidents": [{"one": one, "name": names.get(one.element_id, one.element_id)} for one in open_incidents],
        "resolved": len(incidents) - len(open_incidents),
        "waits": [
            {"one": one, "name": names.get(one.element_id, one.element_id), "kind": texts.WAITS[one.kind]}
            for one in details.waits_of(found)
        ],
        "variables": [(row, names.get(row.scope, row.scope)) for row in details.variables_of(found)],
        "history": [_entry(row, names) for row in facts[:HISTORY_SIZE]],
        "history_next": facts[HISTORY_SIZE - 1].sequence if len(facts) > HISTORY_SIZE else "",
        "parent": parent,
        "called": instance_rows(instances.called_by(found.id, principal=principal)),
        "acts": [(texts.act(one.action), one) for one in audit.entries_about(found.id)],
    }
    return render(request, "operations/instance.html", context)


def _marks(tokens: list[TokenRow], passed: dict[str, int], stuck: set[str]) -> list[dict[str, object]]:
    """Mark the diagram: where tokens are and how many, what can't go on, how often the rest was passed."""
    standing: dict[str, int] = {}
    for one in tokens:
        standing[one.element_id] = standing.get(one.element_id, 0) + 1
    troubled = stuck | {one.element_id for one in tokens if one.has_incident}
    now: list[dict[str, object]] = [
        {"element": id_, "state": "failed" if id_ in troubled else "active", "count": number}
        for id_, number in standing.items()
    ]
    return now + [
        {"element": id_, "state": "done", "count": times} for id_, times in passed.items() if id_ not in standing
    ]


def _entry(row: FactRow, names: Mapping[str, str]) -> dict[str, object]:
    return {"sequence": row.sequence, "at": row.at, "text": texts.happened(row.data, names, value=row.value)}


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def title_of(instance: Instance) -> str:
    """Name an instance by its process."""
    return versions.element_names(instance.deployment_id, instance.process_id).get(
        instance.process_id, instance.process_id
    )
