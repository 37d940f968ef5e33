"""Reads of files."""

from uuid import UUID

from django.conf import settings

from firstline.files.adapters.folder import FolderStore
from firstline.files.models import StoredFile


def read(file_id: UUID) -> bytes:
    """Give a file's bytes."""
    return FolderStore(settings.FIRSTLINE_FILES).get(StoredFile.objects.get(id=file_id).sha256)
