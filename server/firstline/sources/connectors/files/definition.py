"""What a definition says to the connector to files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.secrets import Reference, parse_reference
from firstline.sources.rules.templates import check_places

FORMATS = ("csv", "excel", "parquet")
COLUMN_TYPES = ("text", "number", "date")
_ORDER = re.compile(r"(?P<column>.+?)( (?P<way>asc|desc))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesConnection:
    folder: Reference
    pattern: str
    format: str
    # How long a file must have been left alone to count as complete.
    settle: timedelta
    delimiter: str
    encoding: str
    sheet: str
    # Columns that aren't texts, and how numbers and dates are written where a format has only texts.
    columns: Mapping[str, str]
    decimal: str
    dates: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """Rows that have all of these values."""

    where: Mapping[str, Any]
    order_by: str
    is_descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """One file of the folder, such as {document}.pdf."""

    name: str


class FilesParser:
    """Reads what stands under `connection` and `read`; nothing is ever written."""

    def connection(self, part: Part) -> FilesConnection:
        found = FilesConnection(
            folder=parse_reference(part, "folder"),
            pattern=part.text("pattern"),
            format=part.choice("format", FORMATS),
            settle=part.duration("settle", "2 s"),
            delimiter=part.text("delimiter", ","),
            encoding=part.text("encoding", "utf-8-sig"),
            sheet=part.text("sheet", ""),
            columns=part.mapping("columns"),
            decimal=part.choice("decimal", (".", ","), "."),
            dates=part.text("dates", "%Y-%m-%d"),
        )
        if "/" in found.pattern or "\\" in found.pattern:
            part.problem("pattern", "bad-path", "The pattern is of names in the folder: customers-*.csv.")
        if len(found.delimiter) != 1:
            part.problem("delimiter", "bad-text", "The delimiter is one character.")
        for column, kind in found.columns.items():
            if kind not in COLUMN_TYPES:
                part.problem("columns", "no-choice", f"'{kind}' of '{column}' isn't one of {', '.join(COLUMN_TYPES)}.")
        return found

    def read(self, part: Part, names: frozenset[str]) -> Lookup:
        where, order = part.mapping("where"), part.text("order", "")
        check_places(part, "where", where, names)
        match = _ORDER.fullmatch(order)
        return Lookup(
            where=where,
            order_by=match["column"] if match else "",
            is_descending=bool(match and match["way"] == "desc"),
        )

    def document(self, part: Part, names: frozenset[str]) -> NamedFile:
        name = part.text("file")
        check_places(part, "file", name, names)
        if "/" in name or "\\" in name:
            part.problem("file", "bad-path", "The file is one in the folder: {document}.pdf.")
        return NamedFile(name=name)

    def write(self, part: Part, names: frozenset[str]) -> None:
        part.problem("", "only-read", "Files are only read; commands need another source.")
        for key in part.keys():  # noqa: SIM118 -- a part is no dictionary
            part.raw(key)
