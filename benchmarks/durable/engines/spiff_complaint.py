"""SpiffWorkflow kept in PostgreSQL as its users do it: one row per instance with its whole state, locked while a step is made.

`spiff_complaint.py URL CALLERS INSTANCES ROUNDS`
"""

import os
import sys
from importlib.metadata import version
from threading import local
from typing import Any

import psycopg
import spiff_workflows as engine
from crowd import begins, opened

_mine = local()
# TEXT: SpiffWorkflow restores a parallel join wrongly from JSONB, which sorts the keys.
TABLE = "CREATE TABLE instance (id bigint PRIMARY KEY, is_done boolean NOT NULL, state text NOT NULL)"


def connection() -> "psycopg.Connection[Any]":
    """Give each caller one of its own."""
    if not hasattr(_mine, "connection"):
        _mine.connection = psycopg.connect(os.environ["PEER_DATABASE"])
    return _mine.connection  # type: ignore[no-any-return] -- a thread's own attributes have no types


def start(id_: int) -> None:
    with connection().transaction():
        state = engine.saved(engine.begin("COMPLAINT"))
        connection().execute("INSERT INTO instance VALUES (%s, false, %s)", (id_, state))


def register(id_: int) -> None:
    step(id_, engine.to_handle, is_done=False)


def handle(id_: int) -> None:
    step(id_, lambda workflow: engine.complete_task(workflow, {"decision": "refund"}), is_done=True)


def step(id_: int, do: Any, *, is_done: bool) -> None:
    with connection().transaction():
        found = connection().execute("SELECT state FROM instance WHERE id = %s FOR UPDATE", (id_,)).fetchone()
        assert found
        workflow = engine.restored(found[0])
        do(workflow)
        if is_done and not workflow.is_completed():
            raise RuntimeError("the instance doesn't end")
        update = "UPDATE instance SET state = %s, is_done = %s WHERE id = %s"
        connection().execute(update, (engine.saved(workflow), is_done, id_))


def main() -> None:
    url, callers, instances, rounds = sys.argv[1], *map(int, sys.argv[2:])
    os.environ["PEER_DATABASE"] = url
    with psycopg.connect(url) as made:
        made.execute(TABLE)
    with opened(callers) as crowd:
        for number in range(rounds):
            begins()
            ids = range(number * instances, (number + 1) * instances)
            for request in (start, register, handle):
                crowd.ask(request, ids)
            crowd.tell(f"SpiffWorkflow {version('SpiffWorkflow')}")


if __name__ == "__main__":
    main()
