"""What callers ask of the product, through its own actions; to be imported when the house is entered."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

from django.db import connection
from shapes import COMPLAINT, REGISTERED

from bpmn.testing import (
    each,
    element,
    end,
    extensions,
    message_definition,
    message_reference,
    model,
    path,
    service_task,
    start,
    timer,
    user_task,
    zeebe,
)
from firstline import clock
from firstline.processes import actions, workers
from firstline.processes.models import Instance, Task, Timer

RELEASE = "durable"
TASKS_IN_A_ROW = 10


def deploy() -> None:
    """Deploy what is measured: complaints, ten tasks in a row, a multi-instance, a timer."""
    names = [f"t{number}" for number in range(TASKS_IN_A_ROW)]
    in_a_row = model(start(), *map(user_task, names), end(), path("start", *names, "end"), process_id="TASKS")
    many = element("userTask", "t", each("=items", "item", outputCollection="all", outputElement="=item"))
    at_once = model(start(), many, end(), path("start", "t", "end"), process_id="MANY")
    moment = element("intermediateCatchEvent", "moment", timer(date="=date and time(due)"))
    timed = model(start(), moment, end(), path("start", "moment", "end"), process_id="TIMED")
    jobs = [service_task(name, job_type="outside") for name in names]
    outside = model(start(), *jobs, end(), path("start", *names, "end"), process_id="OUTSIDE")
    for xml in (COMPLAINT.xml("feel"), in_a_row, at_once, timed, outside):
        actions.deploy(release_id=RELEASE, xml=xml)


def deploy_waits() -> None:
    """Deploy a process that calls another, which waits for a message."""
    answer = message_definition("answer", "answer", "=number")
    caught = element("intermediateCatchEvent", "wait", message_reference("answer"))
    child = model(start(), caught, end(), path("start", "wait", "end"), process_id="CHILD", definitions=[answer])
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId="CHILD")))
    caller = model(start(), call, end(), path("start", "call", "end"), process_id="CALLER")
    for xml in (child, caller):
        actions.deploy(release_id=RELEASE, xml=xml)


def begin_called(number: str) -> None:
    """Start an instance that calls another, which waits for a message with this key."""
    begin("CALLER", number=number)


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


def answer(lease_id: UUID) -> None:
    """Give the result of a job in the hands of a worker outside."""
    workers.complete(lease_id=lease_id, variables={"done": True})


def leases() -> list[UUID]:
    """Hand out every job that waits for a worker outside."""
    found: list[UUID] = []
    asked = {"types": ["outside"], "worker": "w", "limit": 100, "lease": timedelta(hours=1), "variables": []}
    while jobs := workers.hand_out(**asked, key_id=None, now=clock.now()):
        found += [job.lease_id for job in jobs]
    return found


def begin_timed(due: str) -> None:
    """Start an instance that waits for a moment."""
    begin("TIMED", due=due)


REQUESTS: dict[str, Callable[[Any], object]] = {
    "start": begin,
    "register": register,
    "handle": handle,
    "task": complete,
    "answer": answer,
    "timed": begin_timed,
}


def open_tasks(element_id: str) -> list[UUID]:
    """List the open tasks of an element."""
    return list(Task.objects.filter(state="open", element_id=element_id).order_by("id").values_list("id", flat=True))


def arrived(element_id: str, number: int) -> bool:
    """Tell whether so many tasks of an element are open."""
    return Task.objects.filter(state="open", element_id=element_id).count() == number


def running() -> bool:
    """Tell whether an instance hasn't ended."""
    return Instance.objects.filter(outcome="").exists()


def moments(number: int, *, first: datetime, seconds: float) -> list[str]:
    """Name as many moments, spread evenly over that time."""
    return [(first + timedelta(seconds=seconds * place / number)).isoformat() for place in range(number)]


def due() -> dict[UUID, datetime]:
    """Say which instances wait for a moment, and for which."""
    return dict(Timer.objects.filter(element_id="moment").values_list("instance_id", "due_at"))


def lateness(due: Mapping[UUID, datetime]) -> list[float]:
    """Say by how many seconds each was late that has come: until the step that the timer wanted."""
    ended = dict(Instance.objects.filter(id__in=due).exclude(outcome="").values_list("id", "ended_at"))
    return [(ended[id_] - due[id_]).total_seconds() for id_ in ended]


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
