"""The months of the history: each is a partition, by the moment in the ids of its instances, and can be dropped as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from firstline import ids

# How many are made before they begin; should nobody make them in time, the rest partition takes what comes.
_AHEAD = 3
_TABLE = "processes_historystep"
# Whoever reads or writes goes first; the next run tries again.
_PATIENCE = "SET LOCAL lock_timeout = '2s'"


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which ids are made."""

    year: int
    number: int

    @property
    def table(self) -> str:
        return f"{_TABLE}_{self.year}_{self.number:02}"

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def begins_at(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def first_id(self) -> UUID:
        """The bound between its UUIDv7 and those of the month before."""
        return UUID(int=int(self.begins_at.timestamp() * 1000) << 80)


def month_of(id_: UUID) -> Month:
    """Say in which month a UUIDv7 was made.

    >>> month_of(UUID("01890000-0000-7000-8000-000000000001"))
    Month(year=2023, number=6)
    """
    at = datetime.fromtimestamp((id_.int >> 80) / 1000, tz=UTC)
    return Month(at.year, at.month)


def make_ahead() -> list[Month]:
    """Make the partitions of this month and the next ones, where they are missing; returns those that were made.

    A month of which there is something already stays in the rest partition: nothing is ever moved.
    """
    month, made = month_of(ids.new_id()), []
    for _ in range(_AHEAD + 1):
        if _make(month):
            made.append(month)
        month = month.next
    return made


def months() -> Iterator[Month]:
    """List the months that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1", [_TABLE]
        )
        names = [name.removeprefix(f"{_TABLE}_") for (name,) in cursor.fetchall()]
    for name in names:
        year, _, number = name.partition("_")
        if number:
            yield Month(int(year), int(number))


def drop(month: Month) -> bool:
    """Drop the history of a month; returns whether it could be done now."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(month.table)))
    except DatabaseError:
        return False
    return True


def _make(month: Month) -> bool:
    if month in months() or _has_any(month):
        return False
    statement = sql.SQL("CREATE TABLE {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})").format(
        sql.Identifier(month.table),
        sql.Identifier(_TABLE),
        sql.Literal(str(month.first_id)),
        sql.Literal(str(month.next.first_id)),
    )
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(statement)
    except DatabaseError:
        # Somebody else was faster, or something of the month has come meanwhile.
        return False
    return True


def _has_any(month: Month) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM processes_historystep WHERE instance_id >= %s AND instance_id < %s)",
            [month.first_id, month.next.first_id],
        )
        return bool(cursor.fetchone()[0])
