"""Many new rows of a table at once: streamed to PostgreSQL, which writes them down while the next ones are made."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


def copy_in(model: type[models.Model], objects: Iterable[models.Model]) -> None:
    """Write new objects in the transaction that is open; like `bulk_create` it saves what their fields hold, and calls nobody.

    Raises: TypeError when a field was left to the database and its default is more than a value.
    """
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]  # noqa: SLF001 -- Django's documented way to its fields
    names = [field.attname for field in fields]
    defaults = {place: field.db_default for place, field in enumerate(fields) if field.has_db_default()}
    places = [place for place, field in enumerate(fields) if _holds_numbers(field)]
    rows = _filled_in(map(attrgetter(*names), objects), defaults)
    copy_rows(model, names, _written_out(rows, places))


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write new rows, given by these columns, in the transaction that is open."""
    quoted = connection.ops.quote_name
    statement = f"COPY {quoted(model._meta.db_table)} ({', '.join(map(quoted, columns))}) FROM STDIN"  # noqa: SLF001 -- as above
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _filled_in(rows: Iterable[Sequence[object]], defaults: Mapping[int, object]) -> Iterator[Sequence[object]]:
    """Put in what the database would where nobody gave anything; COPY takes no word for that."""
    for row in rows:
        if any(isinstance(row[place], DatabaseDefault) for place in defaults):
            yield [_given(value, defaults.get(place)) for place, value in enumerate(row)]
        else:
            yield row


def _holds_numbers(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, ArrayField) and isinstance(field.base_field, models.IntegerField)


def numbers(these: Iterable[int]) -> str:
    """Write numbers as PostgreSQL reads an array of them, which takes the driver ten times as long.

    >>> numbers([3, -4])
    '{3,-4}'
    """
    return f"{{{','.join(map(str, these))}}}"


def _written_out(rows: Iterable[Sequence[object]], places: Sequence[int]) -> Iterator[Sequence[object]]:
    for row in rows:
        written = list(row)
        for place in places:
            value = written[place]
            written[place] = numbers(value) if isinstance(value, list) else value
        yield written


def _given(value: object, default: object) -> object:
    if not isinstance(value, DatabaseDefault):
        return value
    if hasattr(default, "resolve_expression"):
        raise TypeError(f"COPY can't ask the database for {default}; give the value.")
    return default
