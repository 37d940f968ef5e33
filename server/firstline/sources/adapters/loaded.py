"""The definitions in use, read from the folder in settings and from what was written on screens, and the ways to their sources."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from firstline.sources.adapters import stored
from firstline.sources.adapters.asking import Window
from firstline.sources.adapters.pacing import PacedConnector
from firstline.sources.connectors.table import PARSERS, open_connector
from firstline.sources.rules.definitions import Command, DefinitionProblems, Source, View, parse_sources

# One stays the same object: who holds the lock and loads may ask for a source meanwhile.
_lock = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What is in use: the sources, where the files' ones stand, what is wrong with stored ones, how many versions were stored."""

    sources: Mapping[str, Source]
    files: Mapping[str, str]
    broken: Mapping[str, DefinitionProblems]
    stamp: int | None


_loaded: Loaded | None = None
_looked_at = 0.0
_windows: dict[str, tuple[Source, Window]] = {}


def read_folder(folder: Path) -> dict[str, str]:
    """Give the text of each definition in a folder, by file name."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}


def check_folder(folder: Path) -> dict[str, Source]:
    """Read the definitions of `folder`.

    Raises: DefinitionProblems with every mistake.
    """
    return parse_sources(read_folder(folder), PARSERS)


def sources() -> Mapping[str, Source]:
    """Give the sources in use by key, read at first use, and anew when another process has stored a definition."""
    return in_use().sources


def in_use() -> Loaded:
    """Give all that is known of the definitions in use."""
    global _loaded, _looked_at  # noqa: PLW0603 -- read once per process
    with _lock:
        pause = settings.FIRSTLINE_SOURCES_LOOK_SECONDS
        is_due = pause is not None and time.monotonic() - _looked_at >= pause
        if _loaded is None:
            _loaded = _load(stored.stamp() if pause is not None else None)
        elif is_due and (stamp := stored.stamp()) not in (None, _loaded.stamp):
            _loaded = _load(stamp)
        if is_due:
            _looked_at = time.monotonic()
        return _loaded


def _load(stamp: int | None) -> Loaded:
    """Read everything; with no `stamp`, what stands in files."""
    texts = read_folder(Path(settings.FIRSTLINE_SOURCES))
    found = parse_sources(texts, PARSERS)
    files = {key: name for name, text in texts.items() for key in parse_sources({name: text}, PARSERS)}
    broken: dict[str, DefinitionProblems] = {}
    # The stamp was looked at before: what is stored in between is found the next time.
    for one in stored.newest().values() if stamp is not None else ():
        if one.source in files or not one.text:
            continue
        try:
            found |= parse_sources({one.source: one.text}, PARSERS, is_from_screen=True)
        except DefinitionProblems as problems:
            broken[one.source] = problems  # an earlier release took it; the others go on
    return Loaded(sources=found, files=files, broken=broken, stamp=stamp)


def window(source: Source) -> Window:
    """Give the way to a source; a new one when its definition has changed."""
    with _lock:
        known = _windows.get(source.key)
        if known is None or known[0] != source:
            if known is not None:
                known[1].connector.close()
            connector = open_connector(source.connector, source.connection, concurrency=source.concurrency)
            if source.rate is not None:
                connector = PacedConnector(connector, source.rate)
            known = _windows[source.key] = (source, Window(connector, concurrency=source.concurrency))
        return known[1]


def look_again() -> None:
    """Look for stored definitions at next use."""
    global _looked_at  # noqa: PLW0603 -- read once per process
    with _lock:
        _looked_at = -1e9


def forget() -> None:
    """Close every way and read the definitions anew at next use."""
    global _loaded  # noqa: PLW0603 -- read once per process
    with _lock:
        for _source, one in _windows.values():
            one.connector.close()
        _windows.clear()
        _loaded = None


def find_view(key: str) -> tuple[Source, View] | None:
    """Find a view and its source by the view's key, such as 'billing.invoices'."""
    source = sources().get(key.partition(".")[0])
    view = source.views.get(key) if source else None
    return (source, view) if source and view else None


def find_command(key: str) -> tuple[Source, Command] | None:
    """Find a command and its source by the command's key, such as 'billing.change_address'."""
    source = sources().get(key.partition(".")[0])
    command = source.commands.get(key) if source else None
    return (source, command) if source and command else None
