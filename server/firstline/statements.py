"""Statements in SQL that are sent again and again: planned once per connection, on Django's own connection."""

import sys
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import Cursor

_NEVER_UNASKED = sys.maxsize


def execute(statement: str, parameters: Iterable[object] = ()) -> Cursor[Any]:
    """Send a statement, prepared unless the settings say otherwise, with its parameters beside it; its errors are Django's."""
    connection.ensure_connection()
    own = connection.connection
    is_prepared: bool = settings.FIRSTLINE_PREPARE
    # Django prepares nothing, and wants psycopg not to; this statement alone is prepared. None: nothing ever is.
    own.prepare_threshold = _NEVER_UNASKED if is_prepared else None
    with connection.wrap_database_errors:
        return Cursor(own).execute(statement.encode(), list(parameters), prepare=is_prepared)
