"""What the register is narrowed down to, read from the address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils import timezone

from firstline.contacts.models import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """A choice of contacts; days are days of the installation's zone, both included."""

    text: str = ""
    channel: str = ""
    state: str = ""
    reason: str = ""
    first_day: date | None = None
    last_day: date | None = None
    customer_id: UUID | None = None

    @property
    def is_set(self) -> bool:
        """Whether anything is narrowed down at all."""
        return self != Filters()

    @property
    def received(self) -> tuple[datetime, datetime] | None:
        """The moments between which the contacts were received, the last excluded."""
        if self.first_day is None and self.last_day is None:
            return None
        return _midnight(self.first_day or date(2000, 1, 1)), _midnight(
            (self.last_day or date(2999, 12, 30)) + timedelta(days=1)
        )

    def query(self) -> str:
        """Write it as it stands in an address."""
        known = {
            "q": self.text,
            "channel": self.channel,
            "state": self.state,
            "reason": self.reason,
            "from": self.first_day,
            "to": self.last_day,
            "customer": self.customer_id,
        }
        return urlencode({name: value for name, value in known.items() if value})

    def arguments(self) -> dict[str, Any]:
        """Give it as the register's query takes it."""
        return {
            "text": self.text,
            "channel": self.channel,
            "state": self.state,
            "reason": self.reason,
            "customer_id": self.customer_id,
            "received": self.received,
        }


def read_filters(wanted: Mapping[str, str]) -> Filters:
    """Read a choice of contacts; what can't be understood is left out."""
    state = wanted.get("state", "")
    return Filters(
        text=wanted.get("q", "").replace("\x00", "").strip()[:200],
        channel=wanted.get("channel", "")[:20].replace("\x00", ""),
        state=state if state in Contact.State.values else "",
        reason=wanted.get("reason", "")[:80].replace("\x00", ""),
        first_day=_day(wanted.get("from", "")),
        last_day=_day(wanted.get("to", "")),
        customer_id=_id(wanted.get("customer", "")),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2999 else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
