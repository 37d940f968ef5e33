"""Reads: the sources that there are, what their definitions say, and how a view answers now."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from firstline.definitions import Problem
from firstline.sources.adapters import loaded, stored
from firstline.sources.adapters.asking import NotYet
from firstline.sources.adapters.reaching import read_view
from firstline.sources.connectors.table import open_connector
from firstline.sources.models import Definition
from firstline.sources.ports import Row, SourceDown, SourceProblem, SourceRefused
from firstline.sources.queries.asked import failure
from firstline.sources.rules.definitions import Source, View
from firstline.sources.rules.remarks import remarks
from firstline.sources.rules.tiles import Cell, cells_of, in_language, stored_rows

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source as the list shows it. `file`: where it is defined, empty for one of the screens, whose version is `version`."""

    key: str
    label: str
    connector: str
    guarantee: str
    file: str
    version: int
    is_broken: bool
    paused_seconds: int
    last_answer_at: datetime | None
    last_failure_at: datetime | None
    last_failure: str


def source_rows(language: str) -> list[SourceRow]:
    """List all sources, with how each looked from this process."""
    now = loaded.in_use()
    versions = {key: one.number for key, one in stored.newest().items()}
    found = [
        _row(source, now.files.get(key, ""), versions.get(key, 0), language) for key, source in now.sources.items()
    ]
    broken = [_broken_row(key, versions[key]) for key in now.broken]
    return sorted(found + broken, key=lambda row: row.label.casefold())


def withdrawn() -> list[str]:
    """Name the sources that were taken out of use; their versions are kept."""
    files = loaded.in_use().files
    return sorted(key for key, one in stored.newest().items() if not one.text and key not in files)


def _row(source: Source, file: str, version: int, language: str) -> SourceRow:
    window = loaded.window(source)
    state = window.state()
    return SourceRow(
        key=source.key,
        label=in_language(source.label, language),
        connector=source.connector,
        guarantee=window.connector.guarantee if source.commands else "",
        file=file,
        version=version,
        is_broken=False,
        paused_seconds=round(state.paused_seconds),
        last_answer_at=state.last_answer_at,
        last_failure_at=state.last_failure_at,
        last_failure=_told(state.last_failure),
    )


def _told(failure: BaseException | None) -> str:
    return failure.told() if isinstance(failure, SourceProblem) else str(failure or "")


def _broken_row(key: str, version: int) -> SourceRow:
    return SourceRow(
        key=key,
        label=key,
        connector="",
        guarantee="",
        file="",
        version=version,
        is_broken=True,
        paused_seconds=0,
        last_answer_at=None,
        last_failure_at=None,
        last_failure="",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePage:
    """Everything about one source; `source` is None where its definition can't be read any more, or was withdrawn."""

    key: str
    row: SourceRow | None
    source: Source | None
    text: str
    file: str
    version: int
    versions: tuple[Definition, ...]
    views: tuple[tuple[View, str, tuple[str, ...]], ...]
    commands: tuple[tuple[str, str, tuple[str, ...]], ...]
    # Why its newest version can't be read any more.
    problems: tuple[Problem, ...] = ()


def source_page(key: str, language: str) -> SourcePage | None:
    """Give one source; None when nothing defines it, and nothing ever did."""
    now = loaded.in_use()
    versions = stored.versions(key)
    source, file = now.sources.get(key), now.files.get(key, "")
    if source is None and not versions:
        return None
    row = _row(source, file, versions[0].number if versions else 0, language) if source else None
    return SourcePage(
        key=key,
        row=row,
        source=source,
        text=loaded.read_folder(Path(settings.FIRSTLINE_SOURCES)).get(file, "") if file else versions[0].text,
        file=file,
        version=versions[0].number if versions else 0,
        versions=tuple(versions),
        views=_views(source, language) if source else (),
        commands=_commands(source, language) if source else (),
        problems=now.broken[key].problems if key in now.broken else (),
    )


def _views(source: Source, language: str) -> tuple[tuple[View, str, tuple[str, ...]], ...]:
    return tuple(
        (view, in_language(view.label, language), tuple(in_language(one.label, language) for one in view.fields))
        for view in source.views.values()
    )


def _commands(source: Source, language: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(
        (command.key, in_language(command.label, language), tuple(one.name for one in command.parameters))
        for command in source.commands.values()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a view answered: rows as they would be shown, sensitive ones masked; or a sentence. `seconds`: how long it took.

    `remarks`: what looks wrong in the answer.
    """

    label: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sentence: str
    is_failure: bool
    seconds: float
    remarks: tuple[str, ...]


def try_view(*, source: Source, view: View, kind: str, value: str, language: str, is_draft: bool) -> Tried:
    """Ask a view now, as it would be for a customer who is known by this; nothing is kept.

    A draft gets a connection of its own, which is closed again.
    """
    began = time.monotonic()
    rows: list[Row] | None = []
    named = {"source": in_language(source.label, language)}
    wrong = _cannot_ask(source, kind, value)
    try:
        if not wrong:
            rows = (_ask_draft if is_draft else _ask)(source, view, {kind: [value]})
    except (SourceDown, SourceRefused) as error:
        wrong = failure(error, named)
    except NotYet:
        wrong = _("%(source)s didn't answer in time.") % named
    except Exception:
        log.exception("Trying %s failed", view.key)
        wrong = _("%(source)s couldn't be read because of a mistake of ours; it is in the log.") % named
    return Tried(
        label=in_language(view.label, language),
        labels=tuple(in_language(one.label, language) for one in view.fields),
        rows=cells_of(view, stored_rows(view, rows or []), language=language, is_verified=False),
        sentence=wrong or _nothing(view, rows, named, language),
        is_failure=bool(wrong),
        seconds=time.monotonic() - began,
        remarks=tuple(remarks(view, rows or [])),
    )


def _cannot_ask(source: Source, kind: str, value: str) -> str:
    """Say why nobody can be looked for by this."""
    kinds = list(dict.fromkeys(way.kind for way in source.customer))
    if kind not in kinds:
        return _("This definition finds nobody by %(kind)s. Under 'customer' it has: %(kinds)s.") % {
            "kind": kind,
            "kinds": ", ".join(kinds),
        }
    return "" if value else _("Say what the customer is known by: a whole number or address.")


def _nothing(view: View, rows: list[Row] | None, named: dict[str, str], language: str) -> str:
    if rows is None:
        return _("This customer isn't known in %(source)s.") % named
    return "" if rows else in_language(view.empty, language) or _("There is nothing here.")


def _ask(source: Source, view: View, identifiers: dict[str, list[str]]) -> list[Row] | None:
    window = loaded.window(source)
    # A key of its own: it must not be answered by a question that an agent asked just before.
    question = window.ask(
        ("tried", view.key, time.monotonic_ns()),
        lambda: read_view(window.connector, source, view, [identifiers]),
        insist=True,
    )
    return question.wait(source.timeout.total_seconds() + 1)


def _ask_draft(source: Source, view: View, identifiers: dict[str, list[str]]) -> list[Row] | None:
    connector = open_connector(source.connector, source.connection, concurrency=1)
    try:
        return read_view(connector, source, view, [identifiers])
    finally:
        connector.close()
