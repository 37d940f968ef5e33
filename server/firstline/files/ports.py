"""What is asked of a place that keeps bytes."""

from typing import IO, Protocol


class FileStore(Protocol):
    """Keeps bytes under their SHA-256."""

    def put(self, sha256: str, data: bytes) -> None:
        """Keep `data`; doing so twice changes nothing."""

    def get(self, sha256: str) -> bytes:
        """Give the bytes back; raises FileNotFoundError."""

    def open(self, sha256: str) -> IO[bytes]:
        """Open them for reading; raises FileNotFoundError."""
