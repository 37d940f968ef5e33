"""Reads: the sources that there are, what their definitions say, and how a view answers now."""

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from firstline.sources.adapters import loaded, stored
from firstline.sources.adapters.asking import NotYet
from firstline.sources.adapters.reaching import read_view
from firstline.sources.connectors.table import open_connector
from firstline.sources.models import Definition
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.rules.definitions import Source, View
from firstline.sources.rules.tiles import Cell, cells_of, in_language, stored_rows


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
        last_failure=_(state.last_failure) if state.last_failure else "",
    )


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
    """How a view answered: rows as they would be shown, sensitive ones masked; or a sentence. `seconds`: how long it took."""

    label: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sentence: str
    is_failure: bool
    seconds: float


def try_view(*, source: Source, view: View, kind: str, value: str, language: str, is_draft: bool) -> Tried:
    """Ask a view now, as it would be for a customer who is known by this; nothing is kept.

    A draft gets a connection of its own, which is closed again.
    """
    began = time.monotonic()
    rows: list[dict[str, Any]] | None = []
    sentence, is_failure = "", False
    try:
        rows = (_ask_draft if is_draft else _ask)(source, view, {kind: [value]})
    except (SourceDown, SourceRefused) as error:
        sentence, is_failure = _(str(error)).rstrip(".") + ".", True
    except NotYet:
        sentence, is_failure = _("it didn't answer in time").rstrip(".") + ".", True
    if not is_failure and not rows:
        sentence = (
            _("This customer isn't known in %(source)s.") % {"source": in_language(source.label, language)}
            if rows is None
            else in_language(view.empty, language) or _("There is nothing here.")
        )
    return Tried(
        label=in_language(view.label, language),
        labels=tuple(in_language(one.label, language) for one in view.fields),
        rows=cells_of(view, stored_rows(view, rows or []), language=language, is_verified=False),
        sentence=sentence,
        is_failure=is_failure,
        seconds=time.monotonic() - began,
    )


def _ask(source: Source, view: View, identifiers: dict[str, list[str]]) -> list[dict[str, Any]] | None:
    window = loaded.window(source)
    # A key of its own: it must not be answered by a question that an agent asked just before.
    question = window.ask(
        ("tried", view.key, time.monotonic_ns()),
        lambda: read_view(window.connector, source, view, [identifiers]),
        insist=True,
    )
    return question.wait(source.timeout.total_seconds() + 1)


def _ask_draft(source: Source, view: View, identifiers: dict[str, list[str]]) -> list[dict[str, Any]] | None:
    connector = open_connector(source.connector, source.connection, concurrency=1)
    try:
        return read_view(connector, source, view, [identifiers])
    finally:
        connector.close()
