"""Pages of a long list by key: the next page begins where this one ended, however many rows came meanwhile."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

Row = TypeVar("Row")
Key = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[Row]):
    """Some rows, and where the next page begins; '' on the last."""

    rows: Sequence[Row]
    next: str


def page_of(rows: Sequence[Row], *, size: int, key: Callable[[Row], Key]) -> ListPage[Row]:
    """Make a page of up to `size` rows; `rows` holds one more when there is another page."""
    shown = rows[:size]
    return ListPage(rows=shown, next=write_key(key(shown[-1])) if len(rows) > size else "")


def write_key(key: Key) -> str:
    """Write where a page ended, for an address."""
    at, last = key
    return base64.urlsafe_b64encode(f"{at.isoformat()} {last}".encode()).decode().rstrip("=")


def read_key(text: str) -> Key | None:
    """Read where the last page ended; None is the beginning, also for what nobody here wrote."""
    try:
        at, last = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().rsplit(" ", 1)
        moment = datetime.fromisoformat(at)
        return (moment, UUID(last)) if moment.tzinfo is not None else None
    except (ValueError, binascii.Error):
        return None
