"""Migrations on screen: the list, drawing one up, its mapping, its results."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstline import clock
from firstline.cases.access import visible_cases
from firstline.migration import access, actions, queries
from firstline.migration.models import Migration, State
from firstline.migration.queries import FindingRow, MappingRow
from firstline.migration.web import words
from firstline.procedures import queries as procedure_queries
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50
RUNNING = frozenset({"checking", "moving", "reverting"})
MAX_ID = 200


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the migrations, the newest first."""
    access.access_migrations(request)
    found = queries.migrations(page_language(), before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1)
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.made_at, row.id))
    rows = [{"row": row, "phase": words.PHASES[row.phase], "tone": words.TONES.get(row.phase, "")} for row in page.rows]
    return render(request, "migration/list.html", {"rows": rows, "next": page.next})


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Choose the releases; the second among those of the same procedure."""
    principal = access.access_migrations(request)
    wanted = request.GET.get("from", "")
    if request.method == "POST":
        made = actions.draw_up(
            from_release_id=request.POST.get("from", ""),
            release_id=request.POST.get("to", ""),
            principal=principal,
            now=clock.now(),
        )
        return HttpResponseRedirect(reverse("migration:migration", args=[made]))
    procedures = [one for one in procedure_queries.procedures(page_language()) if len(one.releases) > 1]
    chosen = next((one for one in procedures if wanted in {release.id for release in one.releases}), None)
    others = [release for release in chosen.releases if release.id != wanted] if chosen else []
    context = {"procedures": procedures, "chosen": chosen, "wanted": wanted, "others": others}
    return render(request, "migration/new.html", context)


@require_GET
def migration(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Show a migration: both versions as drawn, what is mapped to what, how far it is."""
    found = access.access_migration(access.access_migrations(request), migration_id)
    return _page(request, found)


@require_GET
def state(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Show how far a migration is, to the page that asks again and again; in the end the page is shown anew."""
    found = access.access_migration(access.access_migrations(request), migration_id)
    if found.phase not in RUNNING:
        return _back(found)
    return render(request, "migration/parts/state.html", _state(found))


@require_POST
def map_elements(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Keep what was chosen; what is as it would be anyway isn't a choice."""
    found = access.access_migration(access.access_migrations(request), migration_id)
    before = {row.id: row for row in queries.mapping_of(found, page_language())}
    chosen = {
        id_: place[:MAX_ID]
        for id_, row in before.items()
        if (place := request.POST.get(f"place-{id_}")) is not None and (place != row.place_id or id_ in found.mapped)
    }
    try:
        actions.map_elements(migration_id=found.id, mapped=chosen, now=clock.now())
    except actions.BadMapping as error:
        return _page(request, found, status=error.status, problems=error.fields["problems"])
    messages.success(request, _("The mapping is kept. Try it before anything moves."))
    return _back(found)


@require_POST
def check(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Begin the dry run."""
    principal = access.access_migrations(request)
    found = access.access_migration(principal, migration_id)
    actions.start_check(migration_id=found.id, principal=principal, now=clock.now())
    return _back(found)


@require_POST
def move(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Begin to move."""
    principal = access.access_migrations(request)
    found = access.access_migration(principal, migration_id)
    reason = request.POST.get("reason", "")
    actions.start_move(migration_id=found.id, reason=reason, principal=principal, now=clock.now())
    return _back(found)


@require_POST
def revert(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Begin to move back."""
    principal = access.access_migrations(request)
    found = access.access_migration(principal, migration_id)
    reason = request.POST.get("reason", "")
    actions.start_revert(migration_id=found.id, reason=reason, principal=principal, now=clock.now())
    return _back(found)


@require_POST
def stop(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """Stop what is under way."""
    principal = access.access_migrations(request)
    found = access.access_migration(principal, migration_id)
    actions.stop(migration_id=found.id, principal=principal, now=clock.now())
    return _back(found)


@require_GET
def instances(request: HttpRequest, migration_id: UUID) -> HttpResponse:
    """List the instances of a migration in one state, or with one reason, a page at a time."""
    principal = access.access_migrations(request)
    found = access.access_migration(principal, migration_id)
    finding_id, wanted = _uuid(request.GET.get("finding", "")), request.GET.get("state", "blocked")
    wanted = wanted if wanted in State.values else State.BLOCKED.value
    after = _uuid(request.GET.get("after", ""))
    rows = queries.moves(found, state=wanted, finding_id=finding_id, after=after, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    cases = visible_cases(principal).filter(id__in=[row.business_id for row in shown])
    numbers: dict[UUID | None, str] = dict(cases.values_list("id", "number"))
    begun = queries.started_at(shown)
    finding = next((one for one in queries.findings(found, page_language()) if one.id == finding_id), None)
    context = {
        **_head(found),
        "rows": [
            {"row": row, "number": numbers.get(row.business_id, ""), "begun": begun.get(row.instance_id)}
            for row in shown
        ],
        "next": str(shown[-1].instance_id) if len(rows) > PAGE_SIZE else "",
        "wanted": wanted,
        "finding_id": finding_id,
        "title": words.sentence(finding) if finding else words.STATES[wanted],
    }
    return render(request, "migration/instances.html", context)


# --- the page ---


def _page(request: HttpRequest, found: Migration, *, status: int = 200, problems: object = ()) -> HttpResponse:
    rows = queries.mapping_of(found, page_language())
    unsettled = [row for row in rows if not row.place_id or row.place_id != row.id]
    context = {
        **_state(found),
        "rows": [{"row": row, "reason": words.REASONS[row.reason]} for row in unsettled],
        "settled": [row for row in rows if row.place_id == row.id],
        "missing": sum(not row.place_id for row in rows),
        "old_marks": json.dumps(_marks_of_old(unsettled)),
        "new_marks": json.dumps(_marks_of_new(unsettled, queries.added(found, page_language()))),
        "problems": problems,
        "may_map": found.phase in {"draft", "checked"},
    }
    return render(request, "migration/migration.html", context, status=status)


def _marks_of_old(rows: list[MappingRow]) -> list[dict[str, Any]]:
    return [
        {"element": row.id, "state": "active", "label": str(row.number)}
        if row.place_id
        else {"element": row.id, "state": "failed", "label": "–"}
        for row in rows
    ]


def _marks_of_new(rows: list[MappingRow], added: list[queries.Place]) -> list[dict[str, Any]]:
    numbers: dict[str, list[str]] = {}
    for row in rows:
        if row.place_id:
            numbers.setdefault(row.place_id, []).append(str(row.number))
    marks = [{"element": id_, "state": "active", "label": ", ".join(labels)} for id_, labels in numbers.items()]
    return marks + [{"element": one.id, "state": "waiting", "label": "+"} for one in added]


def _state(found: Migration) -> dict[str, Any]:
    rows = queries.findings(found, page_language())
    settled = found.moved + found.failed if found.phase == "moving" else found.reverted + found.kept
    left = found.movable if found.phase == "moving" else found.moved
    return {
        **_head(found),
        "is_running": found.phase in RUNNING,
        "hindrances": [_finding(row) for row in rows if row.blocks],
        "changes": [_finding(row) for row in rows if not row.blocks],
        "counts": [
            {"state": name, "label": label, "number": getattr(found, name)}
            for name, label in words.STATES.items()
            if getattr(found, name)
        ],
        "checked": found.movable + found.blocked,
        "settled_number": settled,
        "total": settled + left,
        "may_move": found.phase in {"checked", "moved"} and found.movable > 0,
        "may_revert": found.phase in {"moved", "reverted"} and found.moved > 0,
        "may_check": found.phase in {"draft", "checked"},
    }


def _finding(row: FindingRow) -> dict[str, Any]:
    return {"row": row, "sentence": words.sentence(row)}


def _head(found: Migration) -> dict[str, Any]:
    names = procedure_queries.release_names([found.from_release_id, found.release_id], page_language())
    return {
        "migration": found,
        "old": names[found.from_release_id],
        "new": names[found.release_id],
        "phase": words.PHASES[found.phase],
        "tone": words.TONES.get(found.phase, ""),
    }


def _back(found: Migration) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("migration:migration", args=[found.id]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
