"""Files in a folder, two levels deep, written whole or not at all."""

import os
import tempfile
from pathlib import Path
from typing import IO


class FolderStore:
    """The default store; a backup of the folder is a backup of the files."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, sha256: str, data: bytes) -> None:
        """Keep `data`; doing so twice changes nothing."""
        target = self._path(sha256)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(target)
        except OSError:  # the disk is full
            Path(name).unlink(missing_ok=True)
            raise
        _keep_names_of(target.parent)

    def get(self, sha256: str) -> bytes:
        """Give the bytes back; raises FileNotFoundError."""
        return self._path(sha256).read_bytes()

    def open(self, sha256: str) -> IO[bytes]:
        """Open the bytes for reading; raises FileNotFoundError."""
        return self._path(sha256).open("rb")

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256


def _keep_names_of(folder: Path) -> None:
    """A file's name survives a power failure only when its folder was written, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
