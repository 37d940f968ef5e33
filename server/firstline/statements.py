"""Statements in SQL that are sent again and again: planned once per connection, on Django's own connection; deleting bit by bit."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import QuerySet
from psycopg import Cursor

_NEVER_UNASKED = sys.maxsize
FEW = "LIMIT (SELECT 1000000)"
"""Behind what reads rows from a parameter: it bounds nothing, but PostgreSQL plans for ten rows instead of a hundred, and so looks each
up by index instead of reading a table of thousands from end to end."""
ONE_BY_ONE = "OFFSET 0"
"""Behind a lateral subquery: it is carried out for each row, by index, and never turned into a join with a whole table."""


def execute(statement: str, parameters: Iterable[object] = ()) -> Cursor[Any]:
    """Send a statement, prepared unless the settings say otherwise, with its parameters beside it; its errors are Django's."""
    # Each look at `connection` asks which thread this is.
    django = connections[DEFAULT_DB_ALIAS]
    django.ensure_connection()
    own = django.connection
    is_prepared: bool = settings.FIRSTLINE_PREPARE
    # Django prepares nothing, and wants psycopg not to; this statement alone is prepared. None: nothing ever is.
    own.prepare_threshold = _NEVER_UNASKED if is_prepared else None
    with django.wrap_database_errors:
        return Cursor(own).execute(statement.encode(), list(parameters), prepare=is_prepared)


def delete_some(rows: "QuerySet[Any]", *, at_once: int = 500) -> Iterator[int]:
    """Delete rows in the order of their keys, so many in each transaction; gives how many each time. What is locked is left alone."""
    last: Any = None
    while True:
        with transaction.atomic():
            page = rows if last is None else rows.filter(pk__gt=last)
            keys = page.order_by("pk").select_for_update(skip_locked=True).values_list("pk", flat=True)
            found = list(keys[:at_once])
            rows.model.objects.filter(pk__in=found).delete()
        yield len(found)
        if len(found) < at_once:
            return
        last = found[-1]
