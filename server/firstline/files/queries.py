"""Reads of files."""

from contextlib import AbstractContextManager
from typing import IO
from uuid import UUID

from django.conf import settings

from firstline.files.adapters.folder import FolderStore
from firstline.files.models import StoredFile


def read(file_id: UUID) -> bytes:
    """Give a file's bytes."""
    return FolderStore(settings.FIRSTLINE_FILES).get(StoredFile.objects.get(id=file_id).sha256)


def opened(file_id: UUID) -> AbstractContextManager[IO[bytes]]:
    """Open a file that is too large to be held in memory."""
    return FolderStore(settings.FIRSTLINE_FILES).open(StoredFile.objects.get(id=file_id).sha256)
