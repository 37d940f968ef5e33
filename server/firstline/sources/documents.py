"""Documents of the systems: fetched when somebody opens them, handed on, and kept nowhere."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.errors import FirstlineError
from firstline.files.rules import SHOWN_IN_BROWSER, media_type_of, safe_name
from firstline.sources.access import access_document
from firstline.sources.adapters import loaded
from firstline.sources.adapters.asking import NotYet
from firstline.sources.ports import FetchesDocuments, SourceDown, SourceRefused
from firstline.sources.rules.definitions import DOCUMENT, Field, Source
from firstline.sources.rules.tiles import in_language

# As what a document is handed on; everything else is bytes that nobody knows.
_ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "text/plain": ".txt",
}
UNKNOWN = "application/octet-stream"


class NoDocument(FirstlineError):
    """The system has no such document any more."""

    code = "no-document"
    status = 404


class DocumentUnavailable(FirstlineError):
    """The system can't hand it out now."""

    code = "document-unavailable"
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with the name and the type by which it is handed on."""

    name: str
    media_type: str
    data: bytes


def open_document(*, principal: Principal, reading_id: UUID, row: int, field: str, language: str) -> Document:
    """Fetch a document that somebody saw in a tile; of a sensitive field it is noted who opened it.

    Raises: AccessDenied, Forbidden, NoDocument, DocumentUnavailable.
    """
    source, known, reading = access_document(principal, reading_id, row, field)
    called = str(reading.value["rows"][row][field])
    data = _fetched(source, known, called, in_language(source.label, language))
    if known.is_sensitive:
        audit.record(
            actor_id=principal.id,
            actor=principal.name,
            action="document.opened",
            about=reading.customer_id,
            data={"view": reading.view, "field": field, "document": called[:200]},
        )
    found = media_type_of(data)
    media_type = found if found in SHOWN_IN_BROWSER else UNKNOWN
    return Document(name=_name(called, _ENDINGS.get(media_type, "")), media_type=media_type, data=data)


def _fetched(source: Source, known: Field, called: str, label: str) -> bytes:
    window, seconds = loaded.window(source), source.timeout.total_seconds()
    connector = window.connector
    if not isinstance(connector, FetchesDocuments):
        raise _unavailable(label, _("what it needs isn't installed here"))
    fetch = partial(connector.fetch, known.document, {DOCUMENT: called}, seconds=seconds)
    try:
        data = window.ask((DOCUMENT, source.key, known.name, called), fetch).wait(seconds)
    except NotYet:
        raise _unavailable(label, _("it didn't answer in time")) from None
    except (SourceDown, SourceRefused) as error:
        raise _unavailable(label, error.told()) from None
    if data is None:
        raise NoDocument(_("%(source)s has no such document any more.") % {"source": label})
    return data


def _unavailable(label: str, why: str) -> DocumentUnavailable:
    said = _("%(source)s couldn't hand the document out: %(reason)s.") % {"source": label, "reason": why}
    return DocumentUnavailable(said)


def _name(called: str, ending: str) -> str:
    name = safe_name(called)
    return name if not ending or name.lower().endswith(ending) else f"{name}{ending}"
