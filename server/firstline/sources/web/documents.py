"""A document of a system, as an answer to a browser: never as something that a browser would run."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from firstline.accounts.access import access_staff
from firstline.sources.documents import open_document
from firstline.ui.language import page_language


@require_GET
@never_cache
def show(request: HttpRequest, reading_id: UUID, row: int, field: str) -> HttpResponse:
    """Hand a document out that stands in a tile."""
    principal = access_staff(request)
    found = open_document(principal=principal, reading_id=reading_id, row=row, field=field, language=page_language())
    response = HttpResponse(found.data, content_type=found.media_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
