"""What is due is done in batches, and a step is a handful of statements."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Cursor

from bpmn.testing import element, end, model, path, start, timer, user_task
from firstline import clock
from firstline.processes import actions, executor, queries
from firstline.processes.adapters import rows, whole
from firstline.processes.models import Timer, Variable

from .conftest import NOON

pytestmark = pytest.mark.django_db
WAITING = model(
    start(),
    element("intermediateCatchEvent", "wait", timer(duration="PT1H")),
    user_task("t"),
    path("start", "wait", "t"),
)
ASKING = model(start(), user_task("first"), user_task("second"), end(), path("start", "first", "second", "end"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement of steps, as it is sent."""
    said: list[str] = []
    plain = Cursor.execute

    def execute(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        said.append(query.decode() if isinstance(query, bytes) else str(query))
        return plain(cursor, query, *arguments, **more)

    monkeypatch.setattr(Cursor, "execute", execute)
    return said


def test_many_instances_that_are_due_are_locked_loaded_and_written_together(run, sent):
    instances = [run(WAITING) for _ in range(20)]
    with clock.fixed(NOON + timedelta(hours=1)):
        sent.clear()
        assert executor.run_due() == 20
    assert len([query for query in sent if query.startswith("WITH part_0")]) == 1
    assert len(sent) < 20
    assert {len(queries.open_tasks(instance_id=one)) for one in instances} == {1}


def test_a_step_locks_loads_and_writes_once(run, sent):
    run(ASKING, n=1)
    (task,) = queries.open_tasks()
    sent.clear()
    actions.complete_task(task_id=task.id, variables={"said": "yes"}, completed_by=None)
    assert len([query for query in sent if "SAVEPOINT" not in query]) == 3


def test_an_instance_with_much_in_it_is_loaded_key_by_key(run, monkeypatch):
    instance_id = run(ASKING, long="x" * 1_000_000, n=1)
    assert not whole.load_whole([instance_id])[instance_id].is_complete
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={"said": "yes"}, completed_by=None)
    assert Variable.objects.filter(scope_id=instance_id).count() == 3
    (task,) = queries.open_tasks()
    actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    assert queries.instance(instance_id).outcome == "completed"
    assert queries.state_at(instance_id).head().outcome == "completed"


def test_rows_that_come_and_go_before_they_are_written_are_not_written(sent):
    gathered = rows.Rows()
    gathered.insert(Timer, "t", {"id": "t", "interval": "P1D"})
    gathered.update(Timer, "t", interval="P2D")
    assert (gathered.inserted(Timer, "t") or {})["interval"] == "P2D"
    gathered.delete(Timer, "t")
    gathered.write()
    assert sent == []


def test_only_a_variable_that_is_there_is_looked_for(run, sent):
    tasks = [user_task(name) for name in "abc"]
    run(model(start(), *tasks, end(), path("start", *"abc", "end")))
    for variables, is_looked_for in (({"one": 1}, False), ({"one": 2, "two": 2}, True)):
        (task,) = queries.open_tasks()
        sent.clear()
        actions.complete_task(task_id=task.id, variables=variables, completed_by=None)
        assert any("ON CONFLICT" in query for query in sent) == is_looked_for
    assert dict(Variable.objects.values_list("name", "value")) == {"one": 2, "two": 2}
