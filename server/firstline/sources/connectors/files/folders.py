"""Where files lie: in a folder of this machine, or in one that another gives by SFTP."""

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext_noop

from firstline.sources.connectors.files.definition import FilesConnection
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.rules.values import MAX_DOCUMENT_BYTES

# How programs call a file that they are still writing.
_UNFINISHED = (".tmp", ".part", ".filepart", ".crdownload", "~")
_REMOTE = re.compile(r"sftp://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Found:
    """A file in a folder; the greatest is the newest. `changed` in seconds since 1970."""

    changed: float
    name: str
    size: int


class Folder(Protocol):
    """A folder whose files are looked at, each for so many seconds at the longest."""

    @property
    def is_far(self) -> bool:
        """Whether looking takes so long that it isn't done for each question."""

    def files(self, *, seconds: float) -> Iterable[Found]:
        """List the files in it, links and what lies deeper left out. Raises: SourceDown, SourceLate, SourceRefused."""

    def at_hand(self, name: str, *, seconds: float) -> AbstractContextManager[Path]:
        """Give a file under a name of this machine, for as long as it is read. Raises: as `files`."""

    def content(self, name: str, *, seconds: float) -> bytes | None:
        """Read a file, or the beginning of one that is too large; None where it isn't. Raises: as `files`."""


def folder_of(settings: FilesConnection) -> Folder:
    """Find the folder that a definition names. Raises: SourceDown, SourceRefused."""
    place = settings.folder.read()
    if not _REMOTE.match(place):
        return LocalFolder(Path(place))
    try:
        from firstline.sources.connectors.files.sftp import SftpFolder  # noqa: PLC0415 -- an extra
    except ImportError:
        raise SourceDown(gettext_noop("what it needs isn't installed here: pip install 'firstline[sftp]'")) from None
    return SftpFolder(place, settings)


def newest(found: Iterable[Found], settings: FilesConnection, *, now: float) -> Found | None:
    """Choose the newest file of the wanted name that somebody has finished writing."""
    settled = now - settings.settle.total_seconds()
    complete = (
        one
        for one in found
        if fnmatchcase(one.name, settings.pattern)
        and one.changed <= settled
        and not one.name.startswith(".")
        and not one.name.endswith(_UNFINISHED)
    )
    return max(complete, default=None)


class LocalFolder:
    """A folder of this machine."""

    is_far = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def files(self, *, seconds: float) -> Iterable[Found]:
        try:
            return [
                Found(changed=about.st_mtime, name=path.name, size=about.st_size)
                for path in self._path.iterdir()
                # A link may lead anywhere.
                if path.is_file() and not path.is_symlink() and (about := path.stat())
            ]
        except OSError:
            raise _unreadable() from None

    @contextmanager
    def at_hand(self, name: str, *, seconds: float) -> Iterator[Path]:
        yield self._path / name

    def content(self, name: str, *, seconds: float) -> bytes | None:
        path = self._path / name
        if path.is_symlink():
            raise no_name()
        try:
            with path.open("rb") as file:
                return file.read(MAX_DOCUMENT_BYTES + 1)
        except FileNotFoundError:
            return None
        except OSError:
            raise _unreadable() from None


def no_name() -> SourceRefused:
    """Say that a name leads out of the folder, or nowhere."""
    return SourceRefused(gettext_noop("its name of the document is no name of a file"))


def _unreadable() -> SourceDown:
    return SourceDown(gettext_noop("its folder can't be read"))
