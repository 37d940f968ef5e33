"""The connector to files: the newest complete one of a folder is kept, indexed, until a newer one is there."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import gettext_noop

from firstline.sources.connectors.files.definition import FilesConnection, Lookup, NamedFile
from firstline.sources.connectors.files.folders import Found, folder_of, newest, no_name
from firstline.sources.connectors.files.formats import MAX_FILE_BYTES, UnusableFile
from firstline.sources.connectors.files.index import FileIndex
from firstline.sources.ports import Guarantee, Row, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import Hostile, bounded, clean_text, document_bytes

_CANT_USE = gettext_noop("its file can't be used: %(reason)s")
_CANT_HAND_OUT = gettext_noop("its document can't be used: %(reason)s")


class FilesConnector:
    """One folder."""

    guarantee: Guarantee = "verified"

    def __init__(self, connection: FilesConnection, *, concurrency: int) -> None:
        self._settings = connection
        self._lock = Lock()
        self._found: Found | None = None
        self._index: FileIndex | None = None
        self._fresh_until = 0.0

    def read(self, read: Lookup, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        wanted = {name: fill_content(value, parameters) for name, value in read.where.items()}
        # While a new file is read in, others wait, and no longer than they want to.
        if not self._lock.acquire(timeout=seconds):
            raise SourceLate(gettext_noop("a new file is being read in"))
        try:
            return bounded(self._current(seconds).read(read, wanted, limit))
        except (UnusableFile, Hostile) as error:
            raise SourceRefused(_CANT_USE, reason=clean_text(str(error))) from None
        finally:
            self._lock.release()

    def fetch(self, document: NamedFile, parameters: Mapping[str, Any], *, seconds: float) -> bytes | None:
        name = str(fill_content(document.name, parameters))
        # What a source calls a document must not lead out of the folder.
        if "\x00" in name or name != Path(name).name or name.startswith("."):
            raise no_name()
        try:
            content = folder_of(self._settings).content(name, seconds=seconds)
            return None if content is None else document_bytes(content)
        except Hostile as error:
            raise SourceRefused(_CANT_HAND_OUT, reason=str(error)) from None

    def write(self, write: Any, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        raise SourceRefused(gettext_noop("files are only read"))

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._index is not None:
            self._index.close()
        self._index, self._found = None, None

    def _current(self, seconds: float) -> FileIndex:
        folder = folder_of(self._settings)
        if self._index is not None and folder.is_far and time.monotonic() < self._fresh_until:
            return self._index
        found = newest(folder.files(seconds=seconds), self._settings, now=time.time())
        if found is None:
            raise SourceDown(gettext_noop("there is no complete file in its folder"))
        if self._index is None or found != self._found:
            self._forget()
            if found.size > MAX_FILE_BYTES:
                raise UnusableFile(f"it is larger than {MAX_FILE_BYTES} bytes")
            with folder.at_hand(found.name, seconds=seconds) as path:
                self._index, self._found = _opened(path, self._settings), found
        self._fresh_until = time.monotonic() + self._settings.look_every.total_seconds()
        return self._index


def _opened(path: Path, settings: FilesConnection) -> FileIndex:
    try:
        return FileIndex(path, settings)
    except UnusableFile:
        raise
    except ImportError:
        raise SourceDown(gettext_noop("what it needs isn't installed here: pip install 'firstline[files]'")) from None
    except FileNotFoundError:
        raise SourceDown(gettext_noop("its file is just being replaced")) from None
    except Exception as error:  # noqa: BLE001 -- whatever a library says of a broken file
        # Its words may hold the path, or half the file.
        raise UnusableFile(f"it is no {settings.format} ({type(error).__name__})") from None
