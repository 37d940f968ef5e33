"""Decisions that were made: the list with its filters, and one with its trace."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from firstline.decisions import access, queries
from firstline.decisions.queries import Asked
from firstline.decisions.web import tables, traces
from firstline.decisions.web.policy import with_drawing
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50
MAX_TEXT = 500
FILTERS = ("decision", "version", "rule", "case", "from", "to")


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the decisions made, the last on top, a page at a time."""
    principal = access.access_decisions(request)
    wanted = {name: request.GET.get(name, "").replace("\x00", "").strip()[:MAX_TEXT] for name in FILTERS}
    version_id = _uuid(wanted["version"])
    asked = Asked(
        decision_id=wanted["decision"],
        version_id=version_id,
        rule=wanted["rule"],
        case_number=wanted["case"],
        from_at=_midnight(_day(wanted["from"])),
        before_at=_midnight(_day(wanted["to"]), days=1),
    )
    found = queries.made(
        principal=principal, asked=asked, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1
    )
    version = access.access_version(principal, version_id) if version_id else None
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.at, row.id))
    context = {
        "page": page,
        "rows": [{"made": row, "result": traces.pairs(row.value)} for row in page.rows],
        "wanted": wanted,
        "version": version,
        "rule_choices": _rules(version_id) if version_id else (),
        "choices": queries.decision_choices(),
        "query": urlencode({name: value for name, value in wanted.items() if value}),
        "is_narrowed": any(wanted.values()),
    }
    return render(request, "decisions/made.html", context)


@require_GET
@with_drawing
def evaluation(request: HttpRequest, evaluation_id: UUID) -> HttpResponse:
    """Show how one decision came about: the rules that matched, marked in their table."""
    principal = access.access_decisions(request)
    one = access.access_evaluation(principal, evaluation_id)
    loaded = queries.load_version(one.version_id) if one.version_id else None
    outline = loaded.outline if loaded else None
    node = outline.nodes.get(one.decision_id) if outline else None
    numbers = queries.case_numbers([one.business_id], principal) if one.business_id else {}
    context = {
        "one": one,
        "version": one.version,
        "name": node.name if node else one.decision_id,
        "case_number": numbers.get(one.business_id, "") if one.business_id else "",
        "result": traces.pairs(one.value, order=tables.outputs_of(node)),
        "is_null": one.value is None,
        "inputs": traces.shown(one.inputs, order=loaded.reads(one.decision_id) if loaded else ()),
        "steps": traces.steps(one.trace, outline, decision_id=one.decision_id),
        "troubles": traces.troubles(one.diagnostics, outline),
        "marks": tables.marks(outline, one.matched) if outline else "[]",
        "view": one.decision_id,
        "may_try": access.may_deploy(principal),
    }
    return render(request, "decisions/evaluation.html", context)


def _rules(version_id: UUID) -> list[tuple[str, str]]:
    """List the rules of a version to choose from: "Priority, rule 2"."""
    outline = queries.load_version(version_id).outline
    return [
        (rule.key, f"{node.name}: {rule.number}")
        for node in outline.with_logic
        if node.box
        for table in node.box.tables()
        for rule in table.rules
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    """Give the moment at which a day, or the one some days after it, begins here."""
    if day is None:
        return None
    try:
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), datetime.min.time()))
    except OverflowError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
