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
_HOST_KEY = re.compile(r"(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,2000}={0,3}( .{0,200})?")
_ORDER = re.compile(r"(?P<column>.+?)( (?P<way>asc|desc))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesConnection:
    # A path, or sftp://user@host/path with all that follows.
    folder: Reference
    password: Reference | None
    key: Reference | None
    # The public key of that host, as ssh-keyscan writes it behind the name.
    host_key: str
    allow: tuple[str, ...]
    look_every: timedelta
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
            password=parse_reference(part, "password") if part.has("password") else None,
            key=parse_reference(part, "key") if part.has("key") else None,
            host_key=part.text("host_key", ""),
            allow=part.strings("allow"),
            look_every=part.duration("look_every", "30 s"),
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
        _check_sftp(part, found)
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


def _check_sftp(part: Part, found: FilesConnection) -> None:
    if found.password is not None and found.key is not None:
        part.problem("key", "twofold", "Sign in with 'password' or with 'key', not with both.")
    if found.host_key and not _HOST_KEY.fullmatch(found.host_key):
        part.problem("host_key", "bad-key", "The key of the host is written as in known_hosts: ssh-ed25519 AAAA...")
    if not found.host_key and (found.password is not None or found.key is not None):
        part.problem("host_key", "missing", "'host_key' says whom to trust: what ssh-keyscan writes behind the name.")
