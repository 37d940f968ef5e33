"""What a definition says to the connector to SQL databases."""

import re
from dataclasses import dataclass

from sqlalchemy import text

from firstline.definitions import Part
from firstline.sources.connectors.secrets import Reference, parse_reference

_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READS = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)
_WRITES = re.compile(r"\s*(UPDATE|INSERT|DELETE|WITH|CALL|SELECT)\b", re.IGNORECASE)
# MySQL and MariaDB write files with it, in a read-only transaction too.
_TO_FILE = re.compile(r"\bINTO\s+(OUTFILE|DUMPFILE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlConnection:
    url: Reference
    allow: tuple[str, ...]
    key_table: str
    key_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    sql: str


class SqlParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> SqlConnection:
        found = SqlConnection(
            url=parse_reference(part, "url"),
            allow=part.strings("allow"),
            key_table=part.text("key_table", ""),
            key_column=part.text("key_column", "key"),
        )
        if found.key_table and not _TABLE.fullmatch(found.key_table):
            part.problem("key_table", "bad-name", f"'{found.key_table}' is no name of a table.")
        if not _COLUMN.fullmatch(found.key_column):
            part.problem("key_column", "bad-name", f"'{found.key_column}' is no name of a column.")
        return found

    def read(self, part: Part, names: frozenset[str]) -> Statement:
        return _statement(part, names, _READS, "A view only reads: begin with SELECT or WITH.")

    def document(self, part: Part, names: frozenset[str]) -> Statement:
        return _statement(part, names, _READS, "A document is only read: begin with SELECT or WITH.")

    def write(self, part: Part, names: frozenset[str]) -> Statement:
        return _statement(part, names, _WRITES, "Begin with UPDATE, INSERT, DELETE, WITH, CALL or SELECT.")


def _statement(part: Part, names: frozenset[str], begins: re.Pattern[str], otherwise: str) -> Statement:
    statement = part.text("sql").strip().removesuffix(";")
    if statement and not begins.match(statement):
        part.problem("sql", "bad-statement", otherwise)
    # Even in quotes: systems differ in what they take for the end of a quoted text, and we don't want to know better.
    if ";" in statement:
        part.problem("sql", "bad-statement", "One statement only: there may be no ';' in it, also not in a text.")
    if _TO_FILE.search(statement):
        part.problem("sql", "bad-statement", "A statement writes no files.")
    for name in sorted(text(statement).compile().params.keys() - names):
        known = ", ".join(f":{one}" for one in sorted(names))
        part.problem("sql", "unknown-parameter", f"':{name}' is unknown here; known are {known}.")
    return Statement(sql=statement)
