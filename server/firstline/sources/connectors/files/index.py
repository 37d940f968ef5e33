"""One file's content, looked up by its columns: a database of SQLite that lies on disk and vanishes with its connection."""

import sqlite3
import time
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any

from firstline.sources.connectors.files.definition import FilesConnection, Lookup
from firstline.sources.connectors.files.formats import UnusableFile, rows_of

MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
# A net: a file that takes longer is none to look customers up in.
LOAD_SECONDS = 300.0
_PAGE = 5_000


class FileIndex:
    """What one file says; `read` is one at a time."""

    def __init__(self, path: Path, settings: FilesConnection) -> None:
        self._settings = settings
        self.names, rows = rows_of(path, settings)
        if len(self.names) > MAX_COLUMNS:
            raise UnusableFile(f"it has more than {MAX_COLUMNS} columns")
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._indexed: set[int] = set()
        self._until = time.monotonic() + LOAD_SECONDS
        try:
            self._load(rows)
        except BaseException:
            self.close()
            raise

    def read(self, lookup: Lookup, wanted: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
        """Find rows by what their columns hold.

        Raises: UnusableFile when the file has no such column.
        """
        conditions = [(self._column(name), as_text(value)) for name, value in wanted.items()]
        for column, _ in conditions:
            self._index(column)
        where = " AND ".join(f"c{column} = ?" for column, _ in conditions) or "1"
        found = self._database.execute(
            f"SELECT * FROM t WHERE {where} ORDER BY {self._order(lookup)} LIMIT ?",  # noqa: S608 -- names of our own
            [value for _, value in conditions] + [limit],
        )
        return [{name: self._typed(name, value) for name, value in zip(self.names, row, strict=True)} for row in found]

    def close(self) -> None:
        self._database.close()

    def _load(self, rows: Any) -> None:
        columns = ", ".join(f"c{number} TEXT" for number in range(len(self.names)))
        places = ", ".join("?" for _ in self.names)
        self._database.execute(f"CREATE TABLE t ({columns})")
        self._database.execute("BEGIN")
        rest, count = iter(rows), 0
        while page := [tuple(map(as_text, row)) for row in islice(rest, _PAGE)]:
            count += len(page)
            if count > MAX_ROWS or time.monotonic() > self._until:
                raise UnusableFile(
                    f"it has more than {MAX_ROWS} rows, or takes longer than {LOAD_SECONDS:.0f} s to read"
                )
            self._database.executemany(f"INSERT INTO t VALUES ({places})", page)  # noqa: S608 -- question marks
        self._database.execute("COMMIT")

    def _column(self, name: str) -> int:
        if name not in self.names:
            raise UnusableFile(f"it has no column '{name[:100]}'")
        return self.names.index(name)

    def _index(self, column: int) -> None:
        if column not in self._indexed:
            self._database.execute(f"CREATE INDEX i{column} ON t (c{column})")
            self._indexed.add(column)

    def _order(self, lookup: Lookup) -> str:
        if not lookup.order_by:
            return "rowid"
        column = f"c{self._column(lookup.order_by)}"
        kind = self._settings.columns.get(lookup.order_by)
        key = {"number": f"as_number({column})", "date": f"as_date({column})"}.get(kind or "", column)
        # Made for ordering only: what can't be read so comes last.
        self._database.create_function("as_number", 1, self._sortable("number"), deterministic=True)
        self._database.create_function("as_date", 1, self._sortable("date"), deterministic=True)
        return f"{key} IS NULL, {key} {'DESC' if lookup.is_descending else 'ASC'}, rowid"

    def _sortable(self, kind: str) -> Any:
        def key(value: str | None) -> float | str | None:
            read = typed(value, kind, self._settings)
            return float(read) if isinstance(read, Decimal) else read.isoformat() if isinstance(read, date) else None

        return key

    def _typed(self, name: str, value: str | None) -> Any:
        return typed(value, self._settings.columns.get(name, "text"), self._settings)


def as_text(value: Any) -> str | None:
    """Write a value of any format as the text that it is looked up by.

    >>> [as_text(value) for value in ("a", 1, 1.0, 1.5, Decimal("2.50"), date(2026, 1, 5), datetime(2026, 1, 5), None)]
    ['a', '1', '1', '1.5', '2.50', '2026-01-05', '2026-01-05', None]
    """
    match value:
        case None | str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == datetime.min.time():
            return value.date().isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return None
        case _:
            return str(value)


def typed(value: str | None, kind: str, settings: FilesConnection) -> Any:
    """Read a text as a number or a date; what can't be read so stays what it is, for the eye to judge."""
    if value is None or kind == "text":
        return value
    try:
        return _number(value, settings.decimal) if kind == "number" else _date(value, settings.dates)
    except (ValueError, InvalidOperation):
        return value


def _number(value: str, decimal: str) -> Decimal:
    plain = value.replace(" ", "").replace("\u00a0", "")
    if decimal == "," and "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    number = Decimal(plain)
    if not number.is_finite():
        raise ValueError(value)
    return number


def _date(value: str, how: str) -> date:
    try:
        return datetime.strptime(value, how).date()  # noqa: DTZ007 -- a day has no zone
    except ValueError:
        return date.fromisoformat(value[:10])
