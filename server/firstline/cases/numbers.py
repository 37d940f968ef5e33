"""Numbers that a person can say on the phone; contacts and cases share one row, so that a number names one thing."""

from django.db import connection

from firstline import ids


def next_number() -> str:
    """Take the next number, with its check digit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('spoken_number')")
        return ids.short_number(cursor.fetchone()[0])
