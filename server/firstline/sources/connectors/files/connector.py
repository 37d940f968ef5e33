"""The connector to files: the newest complete one of a folder is kept, indexed, until a newer one is there."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from django.utils.translation import gettext_noop

from firstline.sources.connectors.files.definition import FilesConnection, Lookup, NamedFile
from firstline.sources.connectors.files.formats import UnusableFile
from firstline.sources.connectors.files.index import FileIndex
from firstline.sources.ports import Guarantee, Row, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import MAX_DOCUMENT_BYTES, Hostile, bounded, clean_text, document_bytes

MAX_FILE_BYTES = 200_000_000
# How programs call a file that they are still writing.
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload", "~")
Stamp = tuple[str, int, int]


class FilesConnector:
    """One folder."""

    guarantee: Guarantee = "verified"

    def __init__(self, connection: FilesConnection, *, concurrency: int) -> None:
        self._settings = connection
        self._lock = Lock()
        self._stamp: Stamp | None = None
        self._index: FileIndex | None = None

    def read(self, read: Lookup, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        wanted = {name: fill_content(value, parameters) for name, value in read.where.items()}
        # While a new file is read in, others wait, and no longer than they want to.
        if not self._lock.acquire(timeout=seconds):
            raise SourceLate(gettext_noop("a new file is being read in"))
        try:
            return bounded(self._current().read(read, wanted, limit))  # type: ignore[no-any-return]
        except (UnusableFile, Hostile) as error:
            raise SourceRefused(f"its file can't be used: {clean_text(str(error))}") from None
        finally:
            self._lock.release()

    def fetch(self, document: NamedFile, parameters: Mapping[str, Any], *, seconds: float) -> bytes | None:
        name = str(fill_content(document.name, parameters))
        path = Path(self._settings.folder.read()) / name
        # What a source calls a document must not lead out of the folder, and a link may lead anywhere.
        if "\x00" in name or name != path.name or name.startswith(".") or path.is_symlink():
            raise SourceRefused(gettext_noop("its name of the document is no name of a file"))
        try:
            with path.open("rb") as file:
                return document_bytes(file.read(MAX_DOCUMENT_BYTES + 1))
        except FileNotFoundError:
            return None
        except OSError:
            raise SourceDown(gettext_noop("its folder can't be read")) from None
        except Hostile as error:
            raise SourceRefused(f"its document can't be used: {error}") from None

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
        self._index, self._stamp = None, None

    def _current(self) -> FileIndex:
        path, stamp = self._newest()
        if self._index is None or stamp != self._stamp:
            self._forget()
            self._index, self._stamp = _opened(path, self._settings), stamp
        return self._index

    def _newest(self) -> tuple[Path, Stamp]:
        folder = Path(self._settings.folder.read())
        try:
            found = [
                (path.stat(), path)
                for path in folder.glob(self._settings.pattern)
                # A link may lead anywhere.
                if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
            ]
        except OSError:
            raise SourceDown(gettext_noop("its folder can't be read")) from None
        settled = time.time() - self._settings.settle.total_seconds()
        complete = [
            (about.st_mtime_ns, path.name, about.st_size, path)
            for about, path in found
            if about.st_mtime <= settled and not path.name.endswith(_UNFINISHED)
        ]
        if not complete:
            raise SourceDown(gettext_noop("there is no complete file in its folder"))
        changed, name, size, path = max(complete)
        if size > MAX_FILE_BYTES:
            raise UnusableFile(f"it is larger than {MAX_FILE_BYTES} bytes")
        return path, (name, changed, size)


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
