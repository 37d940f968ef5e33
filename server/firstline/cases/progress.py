"""Where a case stands on its process, how it came there, and why: for the page of the case."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext as _

from firstline.accounts import queries as account_queries
from firstline.cases.models import Case, Note
from firstline.cases.queries import CaseRow, merges_of
from firstline.decisions import queries as decision_queries
from firstline.procedures import queries as procedure_queries
from firstline.procedures.placeholders import written
from firstline.procedures.release import ReleaseView
from firstline.processes import queries as process_queries
from firstline.processes.queries import ActiveElement, IncidentRow

TokenState = Literal["active", "waiting", "failed", "done"]
# Elements where a token stands only in passing, or that hold others.
_SILENT_KINDS = frozenset({"subProcess", "process"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A place on the diagram: where the case is now, or has been."""

    element_id: str
    name: str
    state: TokenState
    words: str = ""
    count: int = 1

    @property
    def icon(self) -> str:
        """Name the icon of its state."""
        return {"active": "person", "waiting": "clock", "failed": "alert", "done": "check"}[self.state]

    def as_json(self) -> dict[str, object]:
        """Give it as the drawing of the diagram takes it."""
        return {"element": self.element_id, "state": self.state, "count": self.count, "label": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the case can't go on, and what to do."""

    id: UUID
    name: str
    message: str
    advice: str
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One of the steps that the customer sees."""

    label: str
    state: Literal["done", "now", "next"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a case stands."""

    procedure: str = ""
    release: int = 0
    marks: tuple[Mark, ...] = ()
    tokens: tuple[Token, ...] = ()
    incidents: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A decision table that was asked, with what it was asked and the rules that held."""

    name: str
    rules: str
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A decision that was made for the case, and why it came out so."""

    id: UUID
    name: str
    at: datetime
    results: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened with the case."""

    at: datetime
    icon: str
    text: str
    detail: str = ""


def progress_of(case: Case, row: CaseRow, *, language: str) -> Progress:
    """Say where a case stands on its process."""
    if case.release_id is None or case.instance_id is None:
        return Progress()
    release = procedure_queries.release_view(case.release_id)
    # Called processes have diagrams of their own; what stops one of them stops the case all the same.
    active = process_queries.active_elements(case.instance_id)
    incidents = process_queries.open_incidents(business_ids=[case.id])
    passed = process_queries.element_times(case.instance_id)
    now_at = {one.element_id for one in active}
    done = [
        Token(
            element_id=one.element_id,
            name=release.element_name(one.element_id, language),
            state="done",
            count=one.entered,
        )
        for one in passed
        if one.element_id not in now_at and one.last_left_at is not None
    ]
    return Progress(
        procedure=release.name(language),
        release=release.sequence,
        marks=_marks(release, row, now_at, language),
        tokens=(*_standing(active, release, row, incidents, language), *done),
        incidents=tuple(_trouble(one, release, language) for one in incidents),
    )


def _standing(
    active: Iterable[ActiveElement], release: ReleaseView, row: CaseRow, incidents: list[IncidentRow], language: str
) -> Iterable[Token]:
    troubled = {one.element_id for one in incidents}
    for element_id, tokens in _by_element(active).items():
        if _kind(release, element_id) in _SILENT_KINDS:
            continue
        steps = [one for one in row.steps if one.element_id == element_id]
        state: TokenState = "active" if steps else "waiting"
        words = _("waits for a person") if steps else _("waits for a system or a date")
        if element_id in troubled or any(one.has_incident for one in tokens):
            state, words = "failed", _("can't go on; see above")
        elif steps and steps[0].assignee_name:
            words = _("with %(name)s") % {"name": steps[0].assignee_name}
        yield Token(
            element_id=element_id,
            name=release.element_name(element_id, language),
            state=state,
            words=words,
            count=len(tokens),
        )


def _by_element(active: Iterable[ActiveElement]) -> dict[str, list[ActiveElement]]:
    found: dict[str, list[ActiveElement]] = {}
    for one in active:
        found.setdefault(one.element_id, []).append(one)
    return found


def _marks(release: ReleaseView, row: CaseRow, now_at: set[str], language: str) -> tuple[Mark, ...]:
    steps = release.steps(language)
    standing = release.standing(now_at, language)
    if row.state != Case.State.OPEN:
        return tuple(Mark(label=step.name, state="done") for step in steps)
    current = standing.number if standing else 0
    return tuple(
        Mark(label=step.name, state="done" if number < current else "now" if number == current else "next")
        for number, step in enumerate(steps, 1)
    )


def _trouble(incident: IncidentRow, release: ReleaseView, language: str) -> Trouble:
    return Trouble(
        id=incident.id,
        name=release.element_name(incident.element_id, language),
        message=incident.message,
        advice=_advice(incident.kind),
        raised_at=incident.failed_again_at or incident.raised_at,
    )


def _advice(kind: str) -> str:
    """Say what a person can do about an incident, by its kind."""
    if "job" in kind:
        return _("Remove the cause in the system that refused, then have it tried again; nothing is done twice.")
    if "bug" in kind:
        return _("This is a mistake of ours. Have it tried again once; if it comes back, tell your administrator.")
    return _("The procedure or the answers don't fit. Ask the owner of the procedure, then have it tried again.")


def _kind(release: ReleaseView, element_id: str) -> str:
    element = release.definition.outline.elements.get(element_id)
    return element.kind if element else ""


# --- why -------------------------------------------------------------------------------------------------------------


def decisions_of(case: Case, *, language: str) -> list[DecisionRow]:
    """List the decisions made for a case, each with what led to it."""
    found = decision_queries.evaluations_of(case.id)
    if not found or case.release_id is None:
        return []
    release = procedure_queries.release_view(case.release_id)
    return [
        DecisionRow(
            id=one.id,
            name=release.element_name(one.element_id, language),
            at=one.evaluated_at,
            results=_pairs(one.value if isinstance(one.value, Mapping) else {"=": one.value}, release, language),
            inputs=_pairs(one.inputs, release, language),
            tables=tuple(_table(entry, release, language) for entry in one.trace if "table" in entry),
            problems=tuple(one.diagnostics),
        )
        for one in found
    ]


def _table(entry: Mapping[str, Any], release: ReleaseView, language: str) -> Table:
    numbers = [str(rule["number"]) for rule in entry.get("rules", ())]
    return Table(
        name=release.word(str(entry.get("decision") or entry["table"]), language),
        rules=", ".join(numbers) or "–",
        inputs=_pairs(entry.get("inputs", {}), release, language),
    )


def _pairs(values: Mapping[str, Any], release: ReleaseView, language: str) -> tuple[tuple[str, str], ...]:
    """Write names and values in the reader's language, as far as the release has their words."""
    return tuple(
        (
            release.word(str(name), language),
            release.word(value, language) if isinstance(value, str) else written(value, language=language),
        )
        for name, value in values.items()
    )


# --- what happened ---------------------------------------------------------------------------------------------------


def timeline_of(case: Case, row: CaseRow, *, language: str) -> list[Event]:
    """List what happened with a case, newest first."""
    events = [Event(at=case.opened_at, icon="cases", text=_("The case was opened"))]
    events += _steps_done(case, language)
    for promise in row.promises:
        events.append(
            Event(
                at=promise.made_at,
                icon="calendar",
                text=_("Promised: %(text)s") % {"text": promise.text},
                detail=promise.made_by,
            )
        )
    events += _stops(case, language)
    events += _merges(case)
    for note in Note.objects.filter(case=case).select_related("written_by"):
        name = note.written_by.name if note.written_by else ""
        events.append(Event(at=note.written_at, icon="say", text=_("A note was written"), detail=name))
    if case.closed_at is not None:
        events.append(Event(at=case.closed_at, icon="check-circle", text=_("The case was closed")))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _steps_done(case: Case, language: str) -> list[Event]:
    done = [one for one in process_queries.tasks_of(case.id) if not one.is_open and one.ended_at is not None]
    names = account_queries.names_of_staff({one.completed_by for one in done if one.completed_by})
    return [
        Event(
            at=one.ended_at,
            icon="check" if one.state == "completed" else "close",
            text=name if one.state == "completed" else _("%(step)s: no longer needed") % {"step": name},
            detail=names.get(one.completed_by, "") if one.completed_by else "",
        )
        for one in done
        if one.ended_at is not None
        for name in (procedure_queries.step_name(case.release_id, one.element_id, language, otherwise=one.name),)
    ]


def _merges(case: Case) -> list[Event]:
    events = []
    for one in merges_of(case.id):
        is_here = one.survivor_id == case.id
        other = {"number": one.merged if is_here else one.survivor}
        said = _("%(number)s goes on with this case") % other if is_here else _("It goes on as %(number)s") % other
        events.append(Event(at=one.at, icon="cases", text=said, detail=" · ".join(filter(None, (one.by, one.reason)))))
        if one.undone_at is not None:
            said = _("Parted from %(number)s again") % other
            detail = " · ".join(filter(None, (one.undone_by, one.undo_reason)))
            events.append(Event(at=one.undone_at, icon="undo", text=said, detail=detail))
    return events


def _stops(case: Case, language: str) -> list[Event]:
    found = process_queries.incidents(business_ids=[case.id])
    if not found or case.release_id is None:
        return []
    release = procedure_queries.release_view(case.release_id)
    events = []
    for one in found:
        named = {"step": release.element_name(one.element_id, language)}
        events.append(
            Event(at=one.raised_at, icon="alert", text=_("Stopped at “%(step)s”") % named, detail=one.message)
        )
        if one.resolved_at is not None:
            events.append(Event(at=one.resolved_at, icon="retry", text=_("Goes on at “%(step)s”") % named))
    return events
