"""Pages of a list: each says where the next one begins, in words that only this server writes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from ninja import Field, Schema

from firstline.accounts.principals import principal_of
from firstline.api import rules
from firstline.errors import FirstlineError

MOST_AT_ONCE = 200
_SIGNER = signing.Signer(salt="firstline.api.paging")


class BadCursor(FirstlineError):
    """Where no page of this list ended."""

    code = "bad-cursor"


class Paged(Schema):
    """Which part of a list is wanted."""

    cursor: Annotated[str, Field(max_length=1000, pattern=r"^[\x21-\x7e]*$")] = Field(
        "", description="`next` of the page before, with the same filters; the first page without."
    )
    limit: int = Field(50, ge=1, le=MOST_AT_ONCE)


def position(request: HttpRequest, cursor: str) -> list[str] | None:
    """Read where the last page ended; None is the beginning. Raises: BadCursor."""
    if not cursor:
        return None
    try:
        listed, *where = _SIGNER.unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _bad() from error
    if listed != _list_of(request):
        raise _bad()
    return [str(part) for part in where]


def moment_and_id(request: HttpRequest, cursor: str) -> tuple[datetime, UUID] | None:
    """Read where the last page of a list in order of time ended, which `page` was given as such. Raises: BadCursor."""
    where = position(request, cursor)
    return (datetime.fromisoformat(where[0]), UUID(where[1])) if where else None


def page(
    request: HttpRequest, rows: Sequence[Any], *, limit: int, key: Callable[[Any], Sequence[object]]
) -> dict[str, Any]:
    """Make a page of up to `limit` rows; `rows` holds one more when there is another page."""
    shown = rows[:limit]
    is_more = len(rows) > limit
    where = [str(part) for part in key(shown[-1])] if is_more else []
    return {"items": shown, "next": _SIGNER.sign_object([_list_of(request), *where]) if is_more else None}


def _list_of(request: HttpRequest) -> str:
    """Say which list it is, of whom: a place in one means nothing in another."""
    filters = sorted((name, value) for name, value in request.GET.items() if name not in {"cursor", "limit"})
    return rules.version([request.path, str(principal_of(request).id), filters])


def _bad() -> BadCursor:
    return BadCursor("This cursor isn't of this list and these filters. Begin again without one.")
