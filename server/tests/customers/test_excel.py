"""An Excel file is turned into CSV within bounds, whoever made it."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from firstline.customers.adapters import excel, unfolding
from firstline.customers.reader import MAX_COLUMNS, CannotImport

ONE_CELL = '<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
ENTITIES = "".join(f'<!ENTITY a{at + 1} "{f"&a{at};" * 20}">' for at in range(8))


def book(path: Path, sheet: str) -> Path:
    """Make an Excel file whose only sheet is this."""
    whole = io.BytesIO()
    openpyxl.Workbook().save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for one in source.infolist():
            written = sheet.encode() if one.filename.endswith("sheet1.xml") else source.read(one)
            target.writestr(one.filename, written)
    return path


def test_it_tells_how_far_it_is_and_stops_when_nobody_wants_it(tmp_path: Path) -> None:
    rows = "".join(ONE_CELL.format(row=number, text=f"r{number}") for number in range(1, 5001))
    path = book(
        tmp_path / "a.xlsx", SHEET.format(rows).replace("<sheetData>", '<dimension ref="A1:A5000"/><sheetData>')
    )
    told: list[tuple[int, float]] = []

    def tell(rows: int, share: float) -> bool:
        told.append((rows, share))
        return len(told) < 4

    assert excel.write_csv(path, tmp_path / "a.csv", on_rows=tell)
    assert told == [(2000, 0.4), (4000, 0.8)]
    assert (tmp_path / "a.csv").read_text().split()[::4999] == ["r1", "r5000"]
    assert not excel.write_csv(path, tmp_path / "a.csv", on_rows=lambda _rows, _share: False)


@pytest.mark.parametrize(
    ("sheet", "why"),
    [
        (SHEET.format(ONE_CELL.format(row=10**9, text="far below")), "too large"),
        (
            f'<!DOCTYPE l [<!ENTITY a0 "{"x" * 1000}">{ENTITIES}]>{SHEET.format(ONE_CELL.format(row=1, text="&a8;"))}',
            "no Excel",
        ),
        ("<worksheet", "no Excel"),
    ],
    ids=["a row far below all others", "entities in entities", "broken off"],
)
def test_a_hostile_file_is_refused_with_what_to_do(tmp_path: Path, sheet: str, why: str) -> None:
    with pytest.raises(CannotImport, match=f"{why}.*CSV UTF-8"):
        excel.write_csv(book(tmp_path / "a.xlsx", sheet), tmp_path / "a.csv")


def test_one_cell_more_than_a_table_may_have_is_read() -> None:
    assert unfolding.MAX_CELLS == MAX_COLUMNS + 1


def test_what_is_no_archive_is_refused_at_once() -> None:
    with pytest.raises(CannotImport, match="no Excel"):
        excel.check_looks_like_excel(b"no archive")
