"""Hints to screens: sent when the transaction commits, and only then."""

import json

from django.db import connection

CHANNEL = "firstline_push"


def hint(*, audience: str, kind: str, id: str) -> None:  # noqa: A002 -- the word of the domain
    """Tell the screens of `audience` ("user:<id>", "team:<key>", "brand:<key>") to look again at `kind` `id`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"audience": audience, "kind": kind, "id": id})]
        )
