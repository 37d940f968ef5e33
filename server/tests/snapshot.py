"""What a fixture wrote, kept so that the next test gets it in a moment instead of making it again; and what a test wrote, taken away."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")

# Made together with the tables, and as good for the next test.
_STAYS = frozenset({"django_migrations", "django_content_type", "auth_permission"})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of the tables that were empty before, as PostgreSQL copies them: (table, columns, rows)."""

    tables: tuple[tuple[str, str, bytes], ...]

    @transaction.atomic
    def restore(self) -> None:
        """Write the rows again; what they refer to may come later, as foreign keys are looked at in the end."""
        with connection.cursor() as cursor:
            for table, columns, rows in self.tables:
                with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    copy.write(rows)


def taken(make: Callable[[], T]) -> tuple[T, Snapshot]:
    """Make something in the database and keep what was written; nothing may change rows that were there."""
    before = _filled()
    made = make()
    new = sorted(_filled() - before)
    return made, Snapshot(tuple((table, columns := _columns(table), _rows(table, columns)) for table in new))


@transaction.atomic
def take_away() -> None:
    """Empty the tables that aren't empty: Django empties all there are, which takes longer than most tests."""
    with connection.cursor() as cursor:
        # Who still writes is waited for.
        cursor.execute(f"LOCK TABLE {', '.join(_tables())}")
        if filled := sorted(_filled() - _STAYS):
            # Not TRUNCATE, which makes every table's files anew. Foreign keys are looked at when all is gone.
            cursor.execute(";".join(f"DELETE FROM {table}" for table in filled))


def _filled() -> set[str]:
    looks = " UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in _tables())
    with connection.cursor() as cursor:
        cursor.execute(looks)
        return {name for (name,) in cursor.fetchall()}


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND NOT c.relispartition AND n.nspname = 'public'"
            " UNION ALL SELECT inhrelid::regclass::text FROM pg_inherits"
            " JOIN pg_class p ON p.oid = inhparent WHERE p.relkind = 'p'"
        )
        return [name for (name,) in cursor.fetchall()]


def _columns(table: str) -> str:
    """Name the columns that are written; what is generated makes itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        (columns,) = cursor.fetchone()
        return str(columns)


def _rows(table: str, columns: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)
