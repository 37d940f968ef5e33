"""Files in a folder, two levels deep, written whole or not at all."""

import os
import tempfile
from pathlib import Path


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
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)

    def get(self, sha256: str) -> bytes:
        """Give the bytes back; raises FileNotFoundError."""
        return self._path(sha256).read_bytes()

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256
