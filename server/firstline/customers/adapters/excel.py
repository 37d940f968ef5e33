"""Turns the first sheet of an Excel file into CSV; needs `pip install 'firstline[files]'`."""

import csv
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from firstline.customers.reader import MAX_COLUMNS, CannotImport

# An Excel file is a zip archive: so large it may be when it is unfolded.
MAX_UNFOLDED_BYTES = 2_000_000_000
EXCEL_ENDING = ".xlsx"


def write_csv(source: Path, target: Path) -> None:
    """Write the rows of the first sheet that aren't empty; values are taken, formulas aren't run. Raises: CannotImport."""
    try:
        import openpyxl  # noqa: PLC0415 -- an extra
    except ImportError:
        message = _("Excel files can't be read here: pip install 'firstline[files]'. Or save the sheet as “CSV UTF-8”.")
        raise CannotImport(message) from None
    try:
        _write(openpyxl.load_workbook, source, target)
    except CannotImport:
        raise
    except Exception as error:  # whatever the library says of a broken file
        raise CannotImport(_("This is no Excel file that can be read. Save its sheet as “CSV UTF-8”.")) from error


def _write(load: Callable[..., Any], source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as archive:
        if sum(one.file_size for one in archive.infolist()) > MAX_UNFOLDED_BYTES:
            raise CannotImport(_("The Excel file is too large. Save its sheet as “CSV UTF-8”."))
    # From the bytes: of a path it would look at the ending.
    with source.open("rb") as file, closing(load(file, read_only=True, data_only=True, keep_links=False)) as book:
        _write_rows(book.worksheets[0].iter_rows(values_only=True), target)


def _write_rows(rows: Iterable[Sequence[object]], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        for row in rows:
            if any(value is not None for value in row):
                writer.writerow([_text(value) for value in row[: MAX_COLUMNS + 1]])


def _text(value: object) -> str:
    """Write a cell as somebody would; a number such as a postcode has lost nothing but leading zeros, which no file tells."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
