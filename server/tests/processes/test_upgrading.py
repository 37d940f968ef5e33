"""What the release before has stored is kept, and it can go on beside this one while a house upgrades."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from bpmn.testing import end, model, path, start, user_task
from firstline import ids
from firstline.processes.models import Variable

BEFORE, NOW = ("processes", "0013_signals_once"), ("processes", "0014_tables_for_many_changes")
# As the release before writes a variable.
WRITTEN = """
INSERT INTO processes_variable (id, instance_id, scope_id, name, value) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (scope_id, name) DO UPDATE SET value = excluded.value
"""


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
def test_rows_without_an_id_of_their_own_are_kept_and_the_release_before_can_write_them(run):
    instance_id = run(WAITING)
    migrate(BEFORE)

    def write(name: str, value: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(WRITTEN, [ids.new_id(), instance_id, instance_id, name, value])

    write("kept", "1")
    migrate(NOW)
    write("kept", "2")
    write("new", "3")
    Variable.objects.create(instance_id=instance_id, scope_id=instance_id, name="ours", value=4)
    assert dict(Variable.objects.values_list("name", "value")) == {"kept": 2, "new": 3, "ours": 4}
    migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT id), count(*) FROM processes_variable")
        assert cursor.fetchone() == (3, 3)
