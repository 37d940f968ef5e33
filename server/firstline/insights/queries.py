"""The figures: what each counts stands in `sql/<figure>.sql`; the number and the list behind it come from the same SQL.

Such a file gives facts: id (the unit: a contact, a case, a task), about (the contact or case that a link leads to), channel,
reason, team, at and value. `sql/_measure.sql` sums them up, `sql/_behind.sql` lists them.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from firstline.cases import queries as case_queries
from firstline.contacts import queries as contact_queries
from firstline.contacts.models import Contact
from firstline.insights import rules
from firstline.insights.access import Scope
from firstline.insights.rules import Period

_SQL = Path(__file__).parent / "sql"
_BY_TIME = "extract(epoch FROM at)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What is counted: contacts or cases; how a unit's rows come together; what stands on top of the list behind it."""

    key: str
    of: Literal["contacts", "cases"]
    together: Literal["sum", "min"] = "min"
    rank: str = _BY_TIME


FIGURES = {
    one.key: one
    for one in (
        Figure(key="contacts", of="contacts"),
        Figure(key="turnaround", of="cases", rank="value"),
        Figure(key="handling", of="contacts", together="sum", rank="value"),
        Figure(key="first-time-right", of="contacts"),
        Figure(key="complaints", of="cases"),
        Figure(key="cases", of="cases"),
        Figure(key="tasks", of="cases", rank="value"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The facts of one channel, reason, team or day, or all of them; durations in seconds."""

    count: int = 0
    total: float = 0
    mean: float | None = None
    median: float | None = None
    ninety: float | None = None  # nine of ten are at or below it
    first_at: datetime | None = None


NOTHING = Slice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure in a period: in all, and by channel, reason, team and day."""

    whole: Slice = NOTHING
    by: Mapping[str, Mapping[str, Slice]] = field(default_factory=dict)

    def of(self, dimension: str) -> Mapping[str, Slice]:
        """Give the slices of a dimension, by key."""
        return self.by.get(dimension, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: whose numbers, of which period, as of when, and how soon a second contact counts as a repeat."""

    scope: Scope
    period: Period
    now: datetime
    repeat_days: int = rules.DEFAULT_REPEAT_DAYS


def zone() -> ZoneInfo:
    """Give the zone whose days the numbers count."""
    return ZoneInfo(settings.TIME_ZONE)


def measure(figure: str, question: Question) -> Measured:
    """Count a figure, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_statement("_measure", figure), _parameters(question))
        rows = cursor.fetchall()
    slices: dict[str, dict[str, Slice]] = defaultdict(dict)
    for dimension, key, *values in rows:
        count, total, mean, median, ninety, first_at = values
        slices[dimension][key] = Slice(
            count=count, total=total, mean=mean, median=median, ninety=ninety, first_at=first_at
        )
    whole = slices.pop("", {}).get("", NOTHING)
    return Measured(whole=whole, by=dict(slices))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which part of a figure: None means all; '' is the contacts without a reason, or the tasks without a team."""

    channel: str | None = None
    reason: str | None = None
    team: str | None = None
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One contact or case behind a figure."""

    id: UUID
    about: UUID
    at: datetime
    value: float
    rank: float
    number: str
    customer: str
    channel: str
    reasons: tuple[str, ...]


def behind(
    figure: str,
    question: Question,
    chosen: Chosen,
    *,
    language: str,
    after: tuple[float, UUID] | None = None,
    limit: int = 50,
) -> list[FactRow]:
    """List what a figure counted, in a fixed number of queries; `after` is where the last page ended."""
    rank, last = after or (None, None)
    parameters = {
        **_parameters(question),
        **{name: getattr(chosen, name) for name in ("channel", "reason", "team", "value")},
        "after_rank": rank,
        "after_id": last,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement("_behind", figure), parameters)
        rows = cursor.fetchall()
    describe = _contacts if FIGURES[figure].of == "contacts" else _cases
    described = describe({about for _, about, *_ in rows}, language, question.now)
    return [
        FactRow(id=id_, about=about, at=at, value=value, rank=rank_, **described[about])
        for id_, about, at, value, rank_ in rows
    ]


def _contacts(contact_ids: set[UUID], language: str, _now: datetime) -> dict[UUID, dict[str, Any]]:
    found = contact_queries.rows(Contact.objects.filter(id__in=contact_ids), language=language)
    return {
        one.id: {
            "number": one.number,
            "customer": one.customer or one.speaker,
            "channel": one.channel,
            "reasons": one.reasons,
        }
        for one in found
    }


def _cases(case_ids: set[UUID], language: str, now: datetime) -> dict[UUID, dict[str, Any]]:
    found = case_queries.case_rows(case_ids, language=language, now=now)
    return {
        one.id: {"number": one.number, "customer": one.customer, "channel": one.channel, "reasons": (one.reason,)}
        for one in found
    }


def _parameters(question: Question) -> dict[str, Any]:
    return {
        "brands": list(question.scope.brands),
        "start": question.period.start,
        "end": question.period.end,
        "now": question.now,
        "zone": settings.TIME_ZONE,
        "repeat_days": question.repeat_days,
        "old_enough": rules.old_enough_before(now=question.now, repeat_days=question.repeat_days),
    }


@cache
def _statement(frame: str, figure: str) -> str:
    known = FIGURES[figure]
    return _text(frame).format(facts=_text(known.key), together=known.together, rank=known.rank)


@cache
def _text(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
