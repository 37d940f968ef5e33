"""Writes of files."""

import hashlib

from django.conf import settings
from django.db import transaction

from firstline import clock
from firstline.errors import FirstlineError
from firstline.files import rules
from firstline.files.adapters.folder import FolderStore
from firstline.files.models import StoredFile

MAX_SIZE = 50 * 1024 * 1024


class FileTooLarge(FirstlineError):
    code = "file-too-large"
    status = 413


def store(*, data: bytes, name: str, claimed_type: str = "", most: int | None = None) -> StoredFile:
    """Keep a file; the bytes are safe on disk before the row exists.

    Raises: FileTooLarge, when it has more than `most` bytes (None: as many as any file may have).
    """
    most = MAX_SIZE if most is None else most
    if len(data) > most:
        raise FileTooLarge(f"The file '{rules.safe_name(name)}' is larger than {most // 2**20} MB; send it in parts.")
    sha256 = hashlib.sha256(data).hexdigest()
    FolderStore(settings.FIRSTLINE_FILES).put(sha256, data)
    with transaction.atomic():
        return StoredFile.objects.create(
            sha256=sha256,
            size=len(data),
            name=rules.safe_name(name),
            claimed_type=claimed_type.replace("\x00", "")[:127],
            media_type=rules.media_type_of(data),
            created_at=clock.now(),
        )
