"""What the release before has stored is kept, and it can go on beside this one while a house upgrades."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bpmn.testing import end, model, path, start, user_task
from firstline import ids

BEFORE, NOW = ("processes", "0013_signals_once"), ("processes", "0014_fewer_indexes")
# As the release before writes them: what else there is of a row, what it is known by, and what changes.
WRITTEN = {
    "variable": ({"name": "x", "value": "1"}, "name", "value", "2"),
    "join": ({"element_id": "x", "waiting": '{"f": 1}'}, "element_id", "waiting", '{"f": 2}'),
    "compensable": (
        {"order": 1, "element_id": "x", "element_instance_id": str(ids.new_id()), "round": 0, "inside": 0},
        "order",
        "element_id",
        "y",
    ),
}
WAITING = model(start(), user_task("t"), end(), path("start", "t", "end"))


def migrate(*to: tuple[str, str]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(list(to) or executor.loader.graph.leaf_nodes("processes"))


@pytest.fixture
def back_again() -> Iterator[None]:
    yield
    migrate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("back_again")
@pytest.mark.parametrize("table", WRITTEN)
def test_rows_without_an_id_of_their_own_are_kept_and_the_release_before_can_write_them(run, table):
    columns, known_by, changing, changed = WRITTEN[table]
    instance_id = run(WAITING)
    migrate(BEFORE)

    def write(scope_id: UUID, **other: object) -> None:
        row = {"id": ids.new_id(), "instance_id": instance_id, "scope_id": scope_id, **columns, **other}
        names, places = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO processes_{table} ({names}) VALUES ({places}) ON CONFLICT (scope_id, "{known_by}")'
                f' DO UPDATE SET "{changing}" = excluded."{changing}"',
                list(row.values()),
            )

    scopes = [ids.new_id() for _ in range(3)]
    write(scopes[0])
    migrate(NOW)
    write(scopes[0], **{changing: changed})
    write(scopes[1])
    stored = apps.get_model("processes", table)
    ours = stored.objects.get(scope_id=scopes[1])
    ours.scope_id = scopes[2]
    ours.save(force_insert=True)
    kept = {one.scope_id: getattr(one, changing) for one in stored.objects.order_by("scope_id")}
    assert list(kept) == scopes
    assert kept[scopes[0]] != kept[scopes[1]] == kept[scopes[2]]
    migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT id), count(*) FROM processes_{table}")
        assert cursor.fetchone() == (3, 3)
