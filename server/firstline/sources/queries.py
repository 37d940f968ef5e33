"""Reads: what the sources know about a customer, and how far the changes for a case have come."""

import logging
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.customers import queries as customer_queries
from firstline.sources.access import access_views, may_see, visible_writes, withheld_from
from firstline.sources.adapters import loaded, readings
from firstline.sources.adapters.asking import NotYet, Question, SourceBusy, SourcePaused
from firstline.sources.adapters.reaching import Identifiers, read_view
from firstline.sources.models import Command, Reading
from firstline.sources.ports import Row, SourceDown, SourceRefused
from firstline.sources.rules import progress
from firstline.sources.rules.definitions import DOCUMENT, DefinitionProblems, Source, View
from firstline.sources.rules.definitions import Command as CommandDefinition
from firstline.sources.rules.tiles import Cell, Tile, TileState, cells_of, in_language, stored_rows

log = logging.getLogger(__name__)


def tile(
    *, customer_id: UUID, view: str, principal: Principal, language: str, fresh: bool = False, is_verified: bool = False
) -> Tile:
    """Ask one view about a customer; `fresh` asks the source although there is a recent answer or it is paused."""
    found = _tiles(customer_id, [view], principal, language, fresh=fresh, is_verified=is_verified)
    return found[0]


def view(
    *, customer_id: UUID, views: list[str], principal: Principal, language: str, is_verified: bool = False
) -> list[Tile]:
    """Ask several views about a customer, all at once, each with its own deadline; in the order asked for.

    Never raises because of a source: a tile says itself that it is late or failed, and what was known last.
    """
    return _tiles(customer_id, views, principal, language, fresh=False, is_verified=is_verified)


def remembered(*, customer_id: UUID, views: list[str], principal: Principal, language: str) -> list[tuple[Tile, bool]]:
    """Give what was read last about a customer, asking nobody; with each, whether it is recent."""
    now = clock.now()
    with translation.override(language):
        return [
            (_tile(one, now, language, is_verified=False), _is_recent(one, now))
            for one in _wanted(customer_id, views, principal)
        ]


def view_fields() -> dict[str, tuple[str, ...]]:
    """Name the fields of each view that there is."""
    return {
        view.key: tuple(field.name for field in view.fields)
        for source in loaded.sources().values()
        for view in source.views.values()
    }


def view_labels(language: str, *, principal: Principal | None = None) -> dict[str, str]:
    """Name all views that there are, or those that are for `principal`, for choosing one."""
    return {
        view.key: f"{in_language(source.label, language)}: {in_language(view.label, language)}"
        for source in loaded.sources().values()
        for view in source.views.values()
        if principal is None or may_see(principal, view.roles)
    }


def describe_sources() -> list[str]:
    """Say in a line each what the definitions in use hold.

    Raises: DefinitionProblems with every mistake.
    """
    return [
        f"{source.key}: {len(source.views)} views, {len(source.commands)} commands, "
        f"writes {loaded.window(source).connector.guarantee}"
        for source in loaded.sources().values()
    ]


def try_view(*, view: str, identifiers: Identifiers) -> list[str]:
    """Ask a view for an administrator who tries its definition; nothing is kept, sensitive fields stay masked."""
    found = loaded.find_view(view)
    if found is None:
        return [f"There is no view '{view}'; there are {', '.join(view_labels('en'))}."]
    source, known = found
    try:
        rows = read_view(loaded.window(source).connector, source, known, [identifiers])
    except (SourceDown, SourceRefused) as error:
        return [f"{in_language(source.label, 'en')}: {error}."]
    if not rows:
        return [
            "Nothing is known there of this customer."
            if rows is None
            else "The customer is known, and there are no rows."
        ]
    shown = cells_of(known, stored_rows(known, rows), language="en", is_verified=False)
    return ["; ".join(f"{cell.label}: {cell.text}" for cell in cells) for cells in shown]


@dataclass(slots=True, kw_only=True)
class _Asked:
    """One view on its way to a tile."""

    source: Source
    view: View
    customer_id: UUID
    read_by: UUID | None
    # What each of those is known by who are this customer.
    known: Mapping[UUID, Identifiers]
    last: Reading | None
    withheld: frozenset[str] = frozenset()
    question: Question[list[Row] | None] | None = None
    reading: Reading | None = None
    state: TileState = "cached"
    sentence: str = ""

    def reading_of(self, rows: list[Row] | None) -> Reading:
        return readings.of_view(
            self.view, rows, customer_id=self.customer_id, read_of=self.known, read_by=self.read_by, read_at=clock.now()
        )


def _tiles(
    customer_id: UUID, keys: list[str], principal: Principal, language: str, *, fresh: bool, is_verified: bool
) -> list[Tile]:
    now = clock.now()
    asked = _wanted(customer_id, keys, principal)
    with translation.override(language):
        for one in asked:
            if fresh or not _is_recent(one, now):
                one.question = _ask(one, insist=fresh)
        if any(one.question is not None for one in asked):
            _lend_connection()
        for one in asked:
            _settle(one, language)
        Reading.objects.bulk_create([one.reading for one in asked if one.reading is not None])
        return [_tile(one, now, language, is_verified=is_verified) for one in asked]


def _wanted(customer_id: UUID, keys: list[str], principal: Principal) -> list[_Asked]:
    found = access_views(principal, customer_id, keys)
    known = customer_queries.identifiers_of_each(customer_id)
    last = readings.latest(known, keys)
    return [
        _Asked(
            source=source,
            view=view,
            known=known,
            last=last.get(view.key),
            customer_id=customer_id,
            read_by=principal.id,
            withheld=withheld_from(principal, view),
        )
        for source, view in found
    ]


def _is_recent(one: _Asked, now: datetime) -> bool:
    # What was read before a merge doesn't tell of all who are this customer now.
    return one.last is not None and set(one.last.read_of) == set(one.known) and now - one.last.read_at < one.view.cache


def _ask(one: _Asked, *, insist: bool) -> Question[list[Row] | None]:
    window = loaded.window(one.source)
    source, view, known = one.source, one.view, one.known
    return window.ask(
        (*known, view.key), lambda: read_view(window.connector, source, view, list(known.values())), insist=insist
    )


def _lend_connection() -> None:
    """Give the connection to the database back while systems are waited for: a process has few of them, and many wait."""
    if not connection.in_atomic_block:
        connection.close()


def _settle(one: _Asked, language: str) -> None:
    """Wait for the answer until the view's deadline, and note how it went."""
    if one.question is None:
        return
    try:
        rows = one.question.wait(one.view.deadline.total_seconds())
    except NotYet:
        one.state = "late"
        one.sentence = _("%(source)s hasn't answered yet; it is still being asked.") % _named(one, language)
        _keep_when_it_comes(one)
    except (SourceDown, SourceRefused) as error:
        one.state = "failed"
        one.sentence = _failure(error, one, language)
    except Exception:
        # A bug in a connector or a definition must not take the other tiles with it.
        log.exception("Reading %s failed", one.view.key)
        one.state = "failed"
        one.sentence = _("%(source)s couldn't be read because of a mistake of ours; it is in the log.") % _named(
            one, language
        )
    else:
        one.state = "fresh"
        one.reading = one.reading_of(rows)


def _keep_when_it_comes(one: _Asked) -> None:
    asker = threading.current_thread()

    def arrived(future: Any) -> None:
        if future.exception() is not None:
            return
        try:
            readings.keep_late(one.reading_of(future.result()))
        except Exception:
            log.exception("A late answer of %s couldn't be kept", one.view.key)
        finally:
            if threading.current_thread() is not asker:
                connection.close()  # the source's thread ends now, and its connection with it

    assert one.question is not None
    one.question.future.add_done_callback(arrived)


def _failure(error: Exception, one: _Asked, language: str) -> str:
    named = _named(one, language)
    match error:
        case SourcePaused():
            at = _time_of_day(clock.now() + timedelta(seconds=error.seconds))
            return _("%(source)s isn't answering; it is asked again from %(time)s on.") % {**named, "time": at}
        case SourceBusy():
            return _("%(source)s is busy. Try again in a moment.") % named
        case SourceRefused():
            return _("%(source)s couldn't be read: %(reason)s.") % {**named, "reason": _inside(error)}
        case _:
            return _("%(source)s isn't answering: %(reason)s. Try again in a moment.") % {
                **named,
                "reason": _inside(error),
            }


def _named(one: _Asked, language: str) -> dict[str, str]:
    return {"source": in_language(one.source.label, language)}


def _inside(error: Exception) -> str:
    # Our own words are translated; what the system itself said stays as it said it.
    return _(str(error).rstrip("."))


def _tile(one: _Asked, now: datetime, language: str, *, is_verified: bool) -> Tile:
    reading = one.reading or one.last
    content: dict[str, Any] = reading.value if reading else {"is_known": True, "rows": []}
    cells = cells_of(one.view, content["rows"], language=language, is_verified=is_verified, withheld=one.withheld)
    return Tile(
        view=one.view.key,
        label=in_language(one.view.label, language),
        source=one.source.key,
        source_label=in_language(one.source.label, language),
        kind=one.view.tile,
        state=one.state,
        labels=tuple(in_language(field.label, language) for field in one.view.fields),
        rows=_with_documents(cells, reading),
        reading_id=reading.id if reading else None,
        read_at=reading.read_at if reading else None,
        age=max(timedelta(), now - reading.read_at) if reading else None,
        sentence=one.sentence or _nothing(one, content, language),
    )


def _with_documents(rows: tuple[tuple[Cell, ...], ...], reading: Reading | None) -> tuple[tuple[Cell, ...], ...]:
    """Let the names of documents lead to them, but for those that are masked or withheld."""
    if reading is None:
        return rows
    return tuple(
        tuple(
            replace(cell, href=reverse("sources:document", args=[reading.id, number, cell.name]))
            if cell.type == DOCUMENT and cell.value
            else cell
            for cell in row
        )
        for number, row in enumerate(rows)
    )


def _nothing(one: _Asked, content: dict[str, Any], language: str) -> str:
    if not content["is_known"]:
        return _("This customer isn't known in %(source)s.") % _named(one, language)
    if not content["rows"]:
        return in_language(one.view.empty, language) or _("There is nothing here.")
    return ""


def _time_of_day(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One change in one source, for the case page and the customer's page."""

    id: UUID
    source: str
    source_label: str
    command: str
    label: str
    kind: str
    state: str
    sentence: str
    attempts: int
    next_attempt_at: datetime | None
    confirmed_at: datetime | None
    last_error: str
    guarantee: str
    case_id: UUID | None
    created_at: datetime
    # It was stopped, and the case wants the same anew.
    is_superseded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the changes for a case have come, all systems together."""

    total: int
    done: int
    waiting: int
    stopped: int
    next_attempt_at: datetime | None
    sentence: str


def commands_of_case(case_id: UUID, *, language: str = "en") -> list[CommandRow]:
    """List the changes for a case, oldest first."""
    of_case = list(Command.objects.filter(case_id=case_id).order_by("created_at", "id"))
    superseded = progress.superseded([_change(one) for one in of_case])
    several = _written_in_several_ways(of_case)
    with translation.override(language):
        rows = [_command_row(one, language, is_one_of_several=one.source in several) for one in of_case]
    return [replace(row, is_superseded=is_old) for row, is_old in zip(rows, superseded, strict=True)]


def _written_in_several_ways(of_case: Iterable[Command]) -> set[str]:
    """Name the sources that more than one command of a case writes to."""
    ways = {(one.source, one.command) for one in of_case if one.kind != Command.Kind.NOTE}
    return {source for source, _ways in ways if sum(other == source for other, _command in ways) > 1}


def write_rows(writes: Iterable[Command], *, language: str) -> list[CommandRow]:
    """Describe changes in systems."""
    with translation.override(language):
        return [_command_row(one, language) for one in writes]


def list_writes(
    *, principal: Principal, customer_id: UUID | None = None, after: UUID | None = None, limit: int = 50
) -> list[Command]:
    """List changes in systems, youngest first; `after` is where the last page ended."""
    query = visible_writes(principal)
    if customer_id is not None:
        query = query.filter(customer_id__in=customer_queries.same_as(customer_id))
    if after is not None:
        query = query.filter(id__lt=after)
    return list(query.order_by("-id")[:limit])


def is_connected(command: str) -> bool:
    """Tell whether there is a system here for a command, however it is defined; while that can't be read it is taken to be."""
    try:
        now = loaded.in_use()
    except DefinitionProblems:
        return True
    source = command.partition(".")[0]
    return source in now.sources or source in now.broken


def list_commands() -> list[tuple[Source, CommandDefinition]]:
    """List what can be changed in which system."""
    return [(source, command) for source in loaded.sources().values() for command in source.commands.values()]


def guarantee_of(source: Source) -> str:
    """Say how surely a change is made once in this system: see `ports.Guarantee`."""
    return loaded.window(source).connector.guarantee


def changes_of(
    customer_ids: Collection[UUID], *, before: tuple[datetime, UUID] | None, limit: int, language: str
) -> list[CommandRow]:
    """List what was, or is to be, changed about a customer in the sources, the last on top; `before`: where the page before ended."""
    found = Command.objects.filter(customer_id__in=customer_ids, kind=Command.Kind.CHANGE)
    if before is not None:
        at, last = before
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    with translation.override(language):
        return [_command_row(one, language) for one in found.order_by("-created_at", "-id")[:limit]]


def progress_of_case(case_id: UUID, *, language: str = "en") -> Progress:
    """Sum up the changes for a case, system by system, in figures and in a sentence that a customer may read."""
    of_case = list(Command.objects.filter(case_id=case_id).order_by("created_at", "id"))
    systems = progress.by_system([_change(one) for one in of_case if one.kind == Command.Kind.CHANGE])
    taken_back = [one.state for one in of_case if one.kind == Command.Kind.COMPENSATION]
    next_attempt_at = progress.next_attempt(systems)
    done = sum(one.is_done for one in systems)
    stopped = sum(one.is_stopped for one in systems)
    with translation.override(language):
        sentence = (
            _taken_back_sentence(taken_back)
            if taken_back
            else _progress_sentence(len(systems), done, stopped, next_attempt_at)
        )
    return Progress(
        total=len(systems),
        done=done,
        waiting=sum(one.next_attempt_at is not None for one in systems),
        stopped=stopped,
        next_attempt_at=next_attempt_at,
        sentence=sentence,
    )


def _change(one: Command) -> progress.Change:
    return progress.Change(
        system=one.source,
        what=(one.kind, one.command, one.element_id, one.customer_id),
        is_done=one.state == Command.State.CONFIRMED,
        is_stopped=one.state in (Command.State.CONFLICT, Command.State.REFUSED),
        next_attempt_at=one.next_attempt_at if one.state == Command.State.WAITING else None,
    )


def _taken_back_sentence(states: Collection[str]) -> str:
    if all(one == Command.State.CONFIRMED for one in states):
        return _("What had been entered was taken back.")
    return _("What had been entered is being taken back.")


def writes_of_case(case_id: UUID) -> dict[str, Any] | None:
    """Sum up the changes for a case as a context for texts to customers; None while there is none."""
    found = progress_of_case(case_id)
    if not found.total:
        return None
    return {"total": found.total, "done": found.done, "next_attempt_at": found.next_attempt_at}


def _progress_sentence(total: int, done: int, stopped: int, next_attempt_at: datetime | None) -> str:
    if not total:
        return ""
    figures = {"done": done, "total": total}
    if done == total:
        return _("%(done)d of %(total)d systems updated.") % figures
    if stopped:
        return _("%(done)d of %(total)d systems updated; a colleague is looking at the rest.") % figures
    if next_attempt_at is not None:
        sentence = _("%(done)d of %(total)d systems updated; the rest is tried again at %(time)s.")
        return sentence % {**figures, "time": _time_of_day(next_attempt_at)}
    return _("%(done)d of %(total)d systems updated; the rest is on its way.") % figures


def _command_row(one: Command, language: str, *, is_one_of_several: bool = False) -> CommandRow:
    known = loaded.find_command(one.command)
    source_label = in_language(known[0].label, language) if known else one.source
    label = in_language(known[1].label, language) if known else one.command
    return CommandRow(
        id=one.id,
        source=one.source,
        source_label=source_label,
        command=one.command,
        label=label,
        kind=one.kind,
        state=one.state,
        sentence=_command_sentence(one, f"{source_label}, {label}" if is_one_of_several else source_label),
        attempts=one.attempts,
        next_attempt_at=one.next_attempt_at,
        confirmed_at=one.confirmed_at,
        last_error=one.last_error,
        guarantee=loaded.window(known[0]).connector.guarantee if known else "",
        case_id=one.case_id,
        created_at=one.created_at,
    )


def _command_sentence(one: Command, source: str) -> str:
    named = {"source": source, "reason": one.last_error.rstrip("."), "time": ""}
    match one.state:
        case Command.State.CONFIRMED if one.kind == Command.Kind.COMPENSATION:
            return (
                _("%(source)s: taken back.") % named
                if one.is_written
                else _("%(source)s: there was nothing to take back.") % named
            )
        case Command.State.CONFIRMED if one.kind == Command.Kind.NOTE:
            return _("%(source)s: noted.") % named
        case Command.State.CONFIRMED:
            return (
                _("%(source)s: done.") % named
                if one.is_written
                else _("%(source)s: nothing had to be changed.") % named
            )
        case Command.State.WAITING if one.next_attempt_at:
            named["time"] = _time_of_day(one.next_attempt_at)
            return _("%(source)s isn't answering; tried again at %(time)s.") % named
        case Command.State.CONFLICT | Command.State.REFUSED:
            return _("%(source)s: not done. %(reason)s.") % named
        case _:
            return _("%(source)s: on its way.") % named
