"""What callers ask of the product, through its own actions; to be imported when the house is entered."""

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

from django.db import connection
from shapes import COMPLAINT, REGISTERED

from bpmn.testing import each, element, end, model, path, start, user_task
from firstline.processes import actions
from firstline.processes.models import Instance, Task

RELEASE = "durable"
TASKS_IN_A_ROW = 10


def deploy() -> None:
    """Deploy what is measured: complaints, ten tasks in a row, a multi-instance."""
    names = [f"t{number}" for number in range(TASKS_IN_A_ROW)]
    in_a_row = model(start(), *map(user_task, names), end(), path("start", *names, "end"), process_id="TASKS")
    many = element("userTask", "t", each("=items", "item", outputCollection="all", outputElement="=item"))
    at_once = model(start(), many, end(), path("start", "t", "end"), process_id="MANY")
    for xml in (COMPLAINT.xml("feel"), in_a_row, at_once):
        actions.deploy(release_id=RELEASE, xml=xml)


def begin(process_id: str, **variables: object) -> UUID:
    """Start an instance."""
    return actions.start_instance(release_id=RELEASE, process_id=process_id, business_id=None, variables=variables)


def complete(task_id: UUID, **variables: object) -> None:
    """Complete a task."""
    actions.complete_task(task_id=task_id, variables=variables, completed_by=None)


def register(task_id: UUID) -> None:
    """Register a complaint."""
    complete(task_id, **REGISTERED)


def handle(task_id: UUID) -> None:
    """Decide about a complaint."""
    complete(task_id, decision="refund")


REQUESTS: dict[str, Callable[[Any], object]] = {
    "start": begin,
    "register": register,
    "handle": handle,
    "task": complete,
}


def open_tasks(element_id: str) -> list[UUID]:
    """List the open tasks of an element."""
    return list(Task.objects.filter(state="open", element_id=element_id).order_by("id").values_list("id", flat=True))


def running() -> int:
    """Count the instances that haven't ended."""
    return Instance.objects.filter(outcome="").count()


def in_turns(callers: int, request: str, subjects: list[Any]) -> list[float]:
    """Let as many threads make the requests, each one after the other; gives how long each took to be acknowledged."""
    waiting: SimpleQueue[Callable[[], object]] = SimpleQueue()
    for subject in subjects:
        waiting.put(partial(REQUESTS[request], subject))
    took: list[float] = []

    def call() -> None:
        try:
            while True:
                ask = waiting.get_nowait()
                began = time.perf_counter()
                ask()
                took.append(time.perf_counter() - began)
        except Empty:
            connection.close()

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took
