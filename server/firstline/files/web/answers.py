"""A file as an answer to a browser, made harmless."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from firstline.files.models import StoredFile
from firstline.files.ports import FileStore
from firstline.files.rules import SHOWN_IN_BROWSER


def file_response(stored: StoredFile, store: FileStore) -> HttpResponse:
    """Answer with a file that somebody from outside made: never as something that a browser would run."""
    shown = stored.media_type in SHOWN_IN_BROWSER
    response = HttpResponse(
        store.get(stored.sha256), content_type=stored.media_type if shown else "application/octet-stream"
    )
    response["Content-Disposition"] = content_disposition_header(not shown, stored.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
