"""The definitions in use, read from the folder in settings, and the ways to their sources."""

import threading
from pathlib import Path

from django.conf import settings

from firstline.sources.adapters.asking import Window
from firstline.sources.connectors.table import PARSERS, open_connector
from firstline.sources.rules.definitions import Command, Source, View, parse_sources

_lock = threading.RLock()
_sources: dict[str, Source] | None = None
_windows: dict[str, Window] = {}


def check_folder(folder: Path) -> dict[str, Source]:
    """Read the definitions of `folder`.

    Raises: DefinitionProblems with every mistake.
    """
    files = (
        {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
        if folder.is_dir()
        else {}
    )
    return parse_sources(files, PARSERS)


def sources() -> dict[str, Source]:
    """Give the sources in use by key, read at first use."""
    global _sources  # noqa: PLW0603 -- read once per process
    with _lock:
        if _sources is None:
            _sources = check_folder(Path(settings.FIRSTLINE_SOURCES))
        return _sources


def window(source: Source) -> Window:
    """Give the way to a source."""
    with _lock:
        if source.key not in _windows:
            connector = open_connector(source.connector, source.connection, concurrency=source.concurrency)
            _windows[source.key] = Window(connector, concurrency=source.concurrency)
        return _windows[source.key]


def forget() -> None:
    """Close every way and read the definitions anew at next use."""
    global _sources  # noqa: PLW0603 -- read once per process
    with _lock:
        for one in _windows.values():
            one.connector.close()
        _windows.clear()
        _sources = None


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
