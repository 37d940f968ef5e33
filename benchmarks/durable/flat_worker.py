"""One of the two databases of flat.py: filled once, then measured whenever a line comes in."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.management import call_command
from django.db import connection

from bpmn.testing import boundary, end, message_definition, message_reference, model, path, start, timer, user_task
from firstline import clock, ids
from firstline.processes import actions, executor, queries
from firstline.processes.adapters import partitions
from firstline.processes.models import Instance, Timer

TIMES = 50
# Waits for a person, for a moment of next month, and for a message.
MODEL = model(
    start(),
    user_task("t"),
    boundary("late", "t", timer(duration="P30D")),
    boundary("told", "t", message_reference("m")),
    end(),
    end("too_late"),
    end("heard"),
    path("start", "t", "end"),
    path("late", "too_late"),
    path("told", "heard"),
    definitions=[message_definition("m", "answer", "=number")],
)


def work(instances: int) -> None:
    """Fill the database, then measure once for every line that comes in."""
    call_command("migrate", verbosity=0)
    partitions.make_ahead()
    actions.deploy(release_id="flat", xml=MODEL)
    if instances:
        _fill(instances)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(_measure()), flush=True)


def _measure() -> dict[str, float]:
    least = {what: min(_seconds(do, *prepare()) for _ in range(TIMES)) for what, (prepare, do) in _things().items()}
    least["look for due work, and find none"] = min(_seconds(executor.run_due) for _ in range(TIMES))
    least["say when there is work next"] = min(_seconds(queries.next_due_at) for _ in range(TIMES))
    return least


def _things() -> dict[str, tuple[Callable[[], tuple[Any, ...]], Callable[..., object]]]:
    return {
        "start an instance": (lambda: (), _start),
        "complete its task, and end it": (_task, _complete),
        "give a message to who waits for it": (_waiting_key, _publish),
        "find a due message in the inbox, and take it": (_due_message, executor.run_due),
        "find a due timer, and let it happen": (_due_timer, executor.run_due),
    }


def _seconds(do: Callable[..., object], *arguments: Any) -> float:
    began = time.perf_counter()
    do(*arguments)
    return time.perf_counter() - began


# --- what is done ---


def _start(number: str = "") -> UUID:
    variables = {"number": number or str(uuid4())}
    return actions.start_instance(release_id="flat", process_id="p", business_id=None, variables=variables)


def _task() -> tuple[UUID]:
    (task,) = queries.open_tasks(instance_id=_start())
    return (task.id,)


def _complete(task_id: UUID) -> None:
    actions.complete_task(task_id=task_id, variables={"done": True}, completed_by=None)


def _waiting_key() -> tuple[str]:
    number = str(uuid4())
    _start(number)
    return (number,)


def _publish(number: str) -> None:
    actions.publish_message(message_id=number, name="answer", key=number, variables={})


def _due_message() -> tuple[()]:
    _publish(*_waiting_key())
    return ()


def _due_timer() -> tuple[()]:
    Timer.objects.filter(instance_id=_start()).update(due_at=clock.now() - timedelta(seconds=1))
    return ()


# --- many ---

_TABLES = {
    "processes_instance": "id",
    "processes_elementinstance": "instance_id",
    "processes_variable": "instance_id",
    "processes_task": "instance_id",
    "processes_timer": "instance_id",
    "processes_subscription": "instance_id",
    "processes_historystep": "instance_id",
}
# All ids of one instance begin with the same moment; with another beginning they are another instance's.
_COPY = """
INSERT INTO {table}
SELECT copied.*
FROM generate_series(1, %(many)s) number,
     (SELECT replace(to_jsonb(row)::text, %(deployment)s, '@') AS text FROM {table} row WHERE {key} = %(of)s) original,
     replace(replace(original.text, %(begins)s, lpad(to_hex(number), 8, '0') || '-'), '@', %(deployment)s) named,
     jsonb_populate_record(NULL::{table}, named::jsonb) copied
"""


def _fill(instances: int) -> None:
    """Copy an instance that waits, with all of its rows, under other ids and keys."""
    original, begins = _of_one_moment()
    deployment = str(Instance.objects.values_list("deployment_id", flat=True).get(id=original))
    with connection.cursor() as cursor:
        # What is copied as a whole refers to what is there: checking each row would take as long again. Needs a superuser.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
        for table, key in _TABLES.items():
            of = {"of": original, "begins": begins, "deployment": deployment, "many": instances}
            cursor.execute(_COPY.format(table=table, key=key), of)
        cursor.execute("RESET session_replication_role")
        cursor.execute("RESET synchronous_commit")


def _of_one_moment() -> tuple[UUID, str]:
    """Start an instance whose ids all begin alike; its message's key begins so as well."""
    while True:
        begins = str(ids.new_id())[:9]
        instance_id = _start(f"{begins}key")
        if str(instance_id).startswith(begins) and str(ids.new_id()).startswith(begins):
            return instance_id, begins
