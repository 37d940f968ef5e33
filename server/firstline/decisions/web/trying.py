"""Trying a decision: nothing is stored, nothing happens; what was entered stays in the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

import feel
from firstline import clock
from firstline.decisions import access, forms, queries, rules
from firstline.decisions.forms import Field, NotReadable
from firstline.decisions.outline import Node
from firstline.decisions.queries import Loaded
from firstline.decisions.web import tables, traces
from firstline.decisions.web.policy import with_drawing

# Beside names that a model may give to its inputs.
PREFIX = "value:"
TYPES: Mapping[str, Promise] = {
    "string": gettext_lazy("text"),
    "number": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "date": gettext_lazy("date, such as 2026-03-02"),
    "time": gettext_lazy("time of day, such as 14:30:00"),
    "dateTime": gettext_lazy("date and time, such as 2026-03-02T14:30:00"),
    "date and time": gettext_lazy("date and time, such as 2026-03-02T14:30:00"),
    "days and time duration": gettext_lazy("duration, such as P2DT3H"),
    "dayTimeDuration": gettext_lazy("duration, such as P2DT3H"),
    "years and months duration": gettext_lazy("duration, such as P1Y6M"),
    "yearMonthDuration": gettext_lazy("duration, such as P1Y6M"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """A field of the form with what stands in it."""

    id: str
    name: str
    label: str
    type: Promise | str
    limits: str
    suggestions: tuple[str, ...]
    value: str
    error: str


@require_http_methods(["GET", "POST"])
@with_drawing
def trial(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Show the form of a decision, filled with a past one's values when asked for; on POST, decide and show how."""
    principal = access.access_decisions(request)
    access.require_may_deploy(principal)
    version = access.access_version(principal, version_id)
    loaded = queries.load_version(version.id)
    wanted = request.POST if request.method == "POST" else request.GET
    decision = _asked(loaded, wanted.get("decision", ""))
    now = clock.now()
    fields = forms.fields_of(loaded.outline, decision.id, inputs=loaded.inputs.get(decision.id, ()))
    entered = {field.name: wanted.get(PREFIX + field.name, "")[: forms.MAX_TEXT] for field in fields}
    if past := wanted.get("evaluation"):
        entered = forms.entered_from(fields, access.access_evaluation(principal, _uuid(past)).inputs, now=now)
    if finding := wanted.get("finding"):
        entered = _from_finding(loaded, version.id, finding, fields, now=now)
    errors: dict[str, str] = {}
    outcome: dict[str, object] = {}
    if request.method == "POST":
        context, refused = forms.context_of(fields, entered, now=now)
        errors = {name: _refusal(error) for name, error in refused.items()}
        outcome = {} if errors else _decide(loaded, decision, context, now=now)
    shown = {
        "version": version,
        "outline": loaded.outline,
        "decision": decision,
        "fields": [_field_view(number, field, entered, errors) for number, field in enumerate(fields)],
        "errors": errors,
        **outcome,
    }
    is_part = request.headers.get("HX-Request") == "true"
    template = "decisions/try_region.html" if is_part else "decisions/try.html"
    return render(request, template, shown, status=422 if errors else 200)


def _asked(loaded: Loaded, wanted: str) -> Node:
    """Choose what is tried: what was asked for, else the first decision that no other requires."""
    invocable = loaded.outline.invocable
    required = {one for node in invocable for one in node.requires}
    top = next((node for node in invocable if node.id not in required), invocable[0])
    return next((node for node in invocable if node.id == wanted), top)


def _from_finding(
    loaded: Loaded, version_id: UUID, text: str, fields: Sequence[Field], *, now: datetime
) -> dict[str, str]:
    """Fill the form with the example of a finding of the check, by its number on the page."""
    found = queries.findings_of(version_id)
    finding = found[int(text)] if text.isdecimal() and len(text) < 6 and int(text) < len(found) else None
    table = loaded.outline.tables().get(finding.table) if finding else None
    if finding is None or table is None:
        return {}
    # Columns are named by their labels, by what they ask where labels are alike.
    asks = {name: column.text for column in table.inputs for name in (column.text, column.label)}
    known = {field.name: field for field in fields}
    return {
        asks[label]: forms.entered(known[asks[label]], feel.evaluate(value, now=now).value, now=now)
        for label, value in finding.example.items()
        if asks.get(label) in known
    }


def _decide(loaded: Loaded, decision: Node, context: Mapping[str, object], *, now: datetime) -> dict[str, object]:
    result = loaded.model.evaluate(decision.id, context, now=now)
    trace = rules.storable(result.trace)
    matched = rules.matched_in(trace)
    return {
        "is_decided": True,
        "result": traces.pairs(rules.storable(result.value)),
        "is_null": result.value is None,
        "steps": traces.steps(trace, loaded.outline, decision_id=decision.id),
        "troubles": traces.troubles([rules.in_words(one) for one in result.diagnostics], loaded.outline),
        "marks": tables.marks(loaded.outline, matched),
        "view": decision.id,
    }


def _field_view(number: int, field: Field, entered: Mapping[str, str], errors: Mapping[str, str]) -> FieldView:
    return FieldView(
        id=f"value-{number}",
        name=PREFIX + field.name,
        label=field.name,
        type=TYPES.get(field.type, field.type),
        limits=field.limits,
        suggestions=field.suggestions,
        value=entered.get(field.name, ""),
        error=errors.get(field.name, ""),
    )


def _refusal(error: NotReadable) -> str:
    if error.expected == "FEEL":
        return _("This is no FEEL value: %(reason)s") % {"reason": error.reason}
    return _("Enter a value of this kind: %(kind)s. After “=” you can write FEEL.") % {
        "kind": TYPES.get(error.expected, error.expected)
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
