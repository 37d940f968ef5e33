"""Noting our key in a table of the target, in the transaction of the write. `table` and `column` are checked names."""

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError


def insert_unless_there(connection: Connection, table: str, column: str, key: str) -> bool:
    """Note `key`; False when it was noted before."""
    statement = f"INSERT INTO {table} ({column}) VALUES (:key) ON CONFLICT DO NOTHING"  # noqa: S608 -- checked names
    return connection.execute(text(statement), {"key": key}).rowcount == 1


def try_to_insert(connection: Connection, table: str, column: str, key: str) -> bool:
    """Do the same in systems without that clause, where a statement that fails leaves the transaction as it was."""
    try:
        connection.execute(text(f"INSERT INTO {table} ({column}) VALUES (:key)"), {"key": key})  # noqa: S608 -- checked names
    except IntegrityError:
        return False
    return True
