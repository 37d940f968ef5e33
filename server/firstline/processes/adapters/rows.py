"""Rows that one transaction writes: gathered in memory, written with one statement.

A row that is inserted and changed, or inserted and deleted, before the statement is sent goes there once, or not at all. The
text of the statement is put together from one part per table and kind of change: names come from the models, values go as
parameters, the rows of one part as one JSON document. Every part sees the tables as they were before, so no two may touch
the same row; that's what the gathering is for.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, models

from firstline.statements import FEW, execute

Row = dict[str, Any]
_Model = type[models.Model]


class Rows:
    """What is to be written. Columns are named as in the database; values are what JSON has, moments and ids."""

    def __init__(self) -> None:
        self._inserts: dict[_Model, dict[Hashable, Row]] = defaultdict(dict)
        # Of those that may be there already.
        self._known_to_be_new: dict[_Model, set[Hashable]] = defaultdict(set)
        self._updates: dict[_Model, dict[str, Row]] = defaultdict(dict)
        self._deletes: dict[tuple[_Model, str], list[str]] = defaultdict(list)
        self._deletes_where: dict[tuple[_Model, tuple[str, ...]], list[Row]] = defaultdict(list)

    def insert(self, model: _Model, key: Hashable, row: Row, *, is_new: bool = False) -> None:
        """Insert a row; `key` is what `update` and `delete` know it by, its id as text where it has one.

        `is_new` says that it isn't there, where it could be (`_KNOWN_BY`): finding that out takes longer than inserting it.
        """
        self._inserts[model][key] = {**_defaults(model), **row}
        if is_new:
            self._known_to_be_new[model].add(key)

    def inserted(self, model: _Model, key: Hashable) -> Row | None:
        """Find a row that is to be inserted."""
        return self._inserts[model].get(key)

    def update(self, model: _Model, id_: str, **columns: Any) -> None:
        """Change the row with this id."""
        row = self._inserts[model].get(id_)
        if row is None:
            row = self._updates[model].setdefault(id_, {"id": id_})
        row.update(columns)

    def delete(self, model: _Model, id_: str) -> None:
        """Delete the row with this id."""
        self._updates[model].pop(id_, None)
        if self._inserts[model].pop(id_, None) is None:
            self.delete_all(model, "id", id_)

    def delete_all(self, model: _Model, column: str, id_: str) -> None:
        """Delete the rows that have this id in a column, of those that were there before."""
        self._deletes[model, column].append(id_)

    def delete_where(self, model: _Model, **columns: Any) -> None:
        """Delete the row that has these values."""
        self._deletes_where[model, tuple(columns)].append(columns)

    def write(self) -> None:
        """Send everything."""
        parts: list[tuple[str, object]] = [(_delete(*of), ids) for of, ids in self._deletes.items()]
        parts += [(_delete_where(*of), _document(rows)) for of, rows in self._deletes_where.items()]
        for model, changed in self._updates.items():
            alike: dict[tuple[str, ...], list[Row]] = defaultdict(list)
            for row in changed.values():
                alike[tuple(row)].append(row)
            parts += [(_update(model, columns), _document(rows)) for columns, rows in alike.items()]
        for model, inserted in self._inserts.items():
            new = self._known_to_be_new[model]
            for is_new in (True, False):
                rows = [row for key, row in inserted.items() if (key in new) == is_new]
                if rows:
                    parts.append((_insert(model, is_new=is_new), _document(rows)))
        if parts:
            named = (f"part_{place} AS ({part})" for place, (part, _) in enumerate(parts))
            execute(f"WITH {', '.join(named)} SELECT 1", [values for _, values in parts])


# --- the parts of the statement ---

# Rows that may be there already: what they are known by, what changes then.
_KNOWN_BY = {
    '"processes_variable"': (("scope_id", "name"), ("value",)),
    '"processes_compensable"': (("scope_id", "order"), ("element_id",)),
    '"processes_join"': (("scope_id", "element_id"), ("waiting", "taken")),
    '"outbox_outboxentry"': (("key",), ()),
}


@cache
def _insert(model: _Model, *, is_new: bool) -> str:
    table, fields = _table(model), _fields(model)
    names = ", ".join(map(_quoted, fields))
    insert = f"INSERT INTO {table} ({names}) SELECT {names} FROM {_recordset(fields)}"  # noqa: S608 -- names
    if is_new or table not in _KNOWN_BY:
        return insert
    unique, changed = _KNOWN_BY[table]
    known_by = ", ".join(map(_quoted, unique))
    if not changed:
        return f"{insert} ON CONFLICT ({known_by}) DO NOTHING"
    new = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in changed)
    return f"{insert} ON CONFLICT ({known_by}) DO UPDATE SET {new}"


@cache
def _update(model: _Model, columns: tuple[str, ...]) -> str:
    new = ", ".join(f"{_quoted(name)} = r.{_quoted(name)}" for name in columns if name != "id")
    table, rows = _table(model), _recordset({name: _fields(model)[name] for name in columns})
    return f"UPDATE {table} SET {new} FROM {rows} WHERE {table}.id = r.id"  # noqa: S608 -- names


@cache
def _delete_where(model: _Model, columns: tuple[str, ...]) -> str:
    table, rows = _table(model), _recordset({name: _fields(model)[name] for name in columns})
    same = " AND ".join(f"{table}.{_quoted(name)} = r.{_quoted(name)}" for name in columns)
    return f"DELETE FROM {table} USING {rows} WHERE {same}"  # noqa: S608 -- names


@cache
def _delete(model: _Model, column: str) -> str:
    return f"DELETE FROM {_table(model)} WHERE {_quoted(column)} = ANY(%s::text[]::uuid[])"  # noqa: S608 -- names


def _recordset(fields: Mapping[str, str]) -> str:
    columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in fields.items())
    return f"(SELECT * FROM json_to_recordset(%s::json) AS r ({columns}) {FEW}) AS r"  # noqa: S608 -- names


@cache
def _fields(model: _Model) -> Mapping[str, str]:
    """Name the columns of a table, with their types."""
    return {column: field.db_type(connection) or "" for column, field in _concrete(model).items()}


@cache
def _defaults(model: _Model) -> Row:
    """Say what a row has that doesn't say anything else; ids and moments it says itself."""
    defaults = {column: field.get_default() for column, field in _concrete(model).items()}
    return {name: value for name, value in defaults.items() if not isinstance(value, datetime | UUID | None)}


def columns_of(model: _Model) -> list[str]:
    """Name the columns of a table, which are what the attributes of its rows are called too."""
    return list(_fields(model))


def _concrete(model: _Model) -> "dict[str, models.Field[Any, Any]]":
    # A key of several columns is a field without one; generated columns nobody writes. `_meta` is how Django documents it.
    return {field.column: field for field in model._meta.local_concrete_fields if field.column and not field.generated}  # noqa: SLF001 -- as above


def _table(model: _Model) -> str:
    return _quoted(model._meta.db_table)  # noqa: SLF001 -- as above


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _document(rows: Iterable[Row]) -> str:
    return _ENCODER.encode(list(rows)).decode()


def _plain(value: object) -> str:
    """Give the text that a kind of text is, as Django's safe strings are."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"{type(value).__name__} is no column's value")


# Much of what a step costs is this; moments and ids it writes itself.
_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
