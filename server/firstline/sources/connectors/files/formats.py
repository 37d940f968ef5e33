"""Reading files row by row, each format in its way; the first row has the names of the columns."""

import csv
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from firstline.sources.connectors.files.definition import FilesConnection

MAX_FILE_BYTES = 200_000_000
# An Excel file is a zip archive: so large it may be when it is unfolded.
MAX_UNFOLDED_BYTES = 500_000_000
_PAGE = 10_000


class UnusableFile(ValueError):
    """A file isn't what it should be; the message says why."""


Rows = Iterator[tuple[Any, ...]]


def _csv(path: Path, settings: FilesConnection) -> Rows:
    with path.open(newline="", encoding=settings.encoding) as file:
        for row in csv.reader(file, delimiter=settings.delimiter, strict=True):
            if row:
                yield tuple(row)


def _excel(path: Path, settings: FilesConnection) -> Rows:
    import openpyxl  # noqa: PLC0415 -- an extra

    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > MAX_UNFOLDED_BYTES:
            raise UnusableFile("it unfolds without bound")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    with closing(book):
        if settings.sheet and settings.sheet not in book.sheetnames:
            raise UnusableFile(f"it has no sheet '{settings.sheet}'")
        sheet = book[settings.sheet] if settings.sheet else book.worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            if any(value is not None for value in row):
                yield tuple(row)


def _parquet(path: Path, settings: FilesConnection) -> Rows:
    import duckdb  # noqa: PLC0415 -- an extra

    # Nothing but this file is read, and no extension is fetched.
    quiet: Any = {"memory_limit": "512MB", "threads": 1, "autoinstall_known_extensions": False}
    with duckdb.connect(":memory:", config=quiet) as database:
        found = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
        yield tuple(column[0] for column in found.description or ())
        while page := found.fetchmany(_PAGE):
            yield from page


FORMATS: dict[str, Callable[[Path, FilesConnection], Rows]] = {"csv": _csv, "excel": _excel, "parquet": _parquet}


def rows_of(path: Path, settings: FilesConnection) -> tuple[tuple[str, ...], Iterable[tuple[Any, ...]]]:
    """Read the names of the columns, and then the rows, each with as many values.

    Raises: UnusableFile, OSError, and whatever the format's library raises.
    """
    rows = FORMATS[settings.format](path, settings)
    names = tuple(str(name if name is not None else "").strip() for name in next(rows, ()))
    if not names or len(set(names)) != len(names) or not all(names):
        raise UnusableFile("its first row doesn't name each column once")
    return names, _even(rows, len(names))


def _even(rows: Rows, columns: int) -> Rows:
    for number, row in enumerate(rows, start=2):
        if len(row) != columns:
            raise UnusableFile(f"row {number} has {len(row)} values instead of {columns}")
        yield row
