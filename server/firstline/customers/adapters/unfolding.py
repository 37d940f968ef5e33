"""Turns the first sheet of an Excel file into CSV, as a program of its own: a hostile file can harm it alone, and it has bounds.

Run as `python unfolding.py SOURCE TARGET`. It writes how far it is, a line of rows read and rows in all each time, and ends with
one of the codes below. Nothing of Firstline is imported, so that it begins at once.
"""

import csv
import errno
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

DONE, UNREADABLE, TOO_LARGE = 0, 3, 4
# An Excel file is a zip archive: so large it may be when it is unfolded, and as a table.
MAX_UNFOLDED_BYTES = 2_000_000_000
MAX_TABLE_BYTES = 300_000_000
MAX_ROWS = 1_048_576  # of a sheet, in Excel itself
MAX_CELLS = 201  # of a row: one more than are taken, so that too many are noticed
MAX_MEMORY_BYTES = 2 * 2**30
MAX_SECONDS = 900  # of a processor
_TELL_EVERY = 2000


class TooLarge(Exception):
    """The file holds more than is taken."""


def main(source: Path, target: Path) -> int:
    """Write the rows that aren't empty; values are taken, formulas aren't run."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_TABLE_BYTES, MAX_TABLE_BYTES))
    try:
        _write(source, target)
    except (TooLarge, MemoryError):
        return TOO_LARGE
    except Exception as error:  # noqa: BLE001 -- whatever the library says of a broken file
        return TOO_LARGE if getattr(error, "errno", 0) == errno.EFBIG else UNREADABLE
    return DONE


def _write(source: Path, target: Path) -> None:
    import openpyxl  # noqa: PLC0415 -- within the bounds

    with zipfile.ZipFile(source) as archive:
        if sum(one.file_size for one in archive.infolist()) > MAX_UNFOLDED_BYTES:
            raise TooLarge
    # From the bytes: of a path it would look at the ending.
    with (
        source.open("rb") as file,
        closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book,
        target.open("w", encoding="utf-8", newline="") as table,
    ):
        sheet = book.worksheets[0]
        writer = csv.writer(table, delimiter=";")
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > MAX_ROWS:
                raise TooLarge
            if any(value is not None for value in row):
                writer.writerow(_cells(row))
            if number % _TELL_EVERY == 0:
                sys.stdout.write(f"{number} {sheet.max_row or 0}\n")
                sys.stdout.flush()


def _cells(row: Sequence[object]) -> Iterator[str]:
    return (_text(value) for value in row[:MAX_CELLS])


def _text(value: object) -> str:
    """Write a cell as somebody would; a number such as a postcode has lost nothing but leading zeros, which no file tells."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
