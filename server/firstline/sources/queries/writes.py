"""Reads: what was, or is to be, changed in the sources, and how far the changes for a case have come."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.customers import queries as customer_queries
from firstline.remembered import once_a_page
from firstline.sources.access import visible_writes
from firstline.sources.adapters import loaded
from firstline.sources.models import Command
from firstline.sources.queries.words import time_of_day
from firstline.sources.rules import progress
from firstline.sources.rules.definitions import Command as CommandDefinition
from firstline.sources.rules.definitions import DefinitionProblems, Source
from firstline.sources.rules.tiles import in_language


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
    of_case = _commands_of(case_id)
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
    of_case = _commands_of(case_id)
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


@once_a_page
def _commands_of(case_id: UUID) -> tuple[Command, ...]:
    return tuple(Command.objects.filter(case_id=case_id).order_by("created_at", "id"))


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
        return sentence % {**figures, "time": time_of_day(next_attempt_at)}
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
            named["time"] = time_of_day(one.next_attempt_at)
            return _("%(source)s isn't answering; tried again at %(time)s.") % named
        case Command.State.CONFLICT | Command.State.REFUSED:
            return _("%(source)s: not done. %(reason)s.") % named
        case _:
            return _("%(source)s: on its way.") % named
