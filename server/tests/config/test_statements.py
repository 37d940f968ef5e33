"""Statements are prepared, unless a pooler doesn't keep what is prepared."""

from typing import Any

import pytest
from django.db import connection

from firstline.statements import execute

pytestmark = pytest.mark.django_db


def prepared(mark: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"SELECT '{mark}'%"])
        found: int = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize(("setting", "count"), [(True, 1), (False, 0)])
def test_statements_are_prepared_where_the_settings_say_so(settings: Any, setting: bool, count: int) -> None:
    settings.FIRSTLINE_PREPARE = setting
    mark = f"prepared {setting}"
    for number in range(10):
        assert execute(f"SELECT '{mark}', %s::int", [number]).fetchone() == (mark, number)
    assert prepared(mark) == count
