"""How time and memory grow with the work of one instance: half, a quarter and an eighth of it beside the whole.

Run as a program with a subject and a size, it measures that alone in a process of its own, so that memory is its own.
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import bpmn
from bpmn import commands, facts
from bpmn.testing import each, element, end, flow, gateway, model, path, script_task, start, user_task

_NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
_LIMIT = 10_000_000
# As the server does it by default: FIRSTLINE_PAUSE_AFTER.
_PAUSE_AFTER = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`unit` says what there is `most` of; `measure` gives how many elements were entered."""

    name: str
    unit: str
    most: int
    measure: Callable[[int], int]


def _multi_instance(number: int, *, sequential: bool, pause_after: int | None = None) -> int:
    """Do something for each of `number` items; give how many elements were entered."""
    loop = each("=items", "item", sequential=sequential, outputCollection="doubled", outputElement="=item * 2")
    body = model(start(), element("manualTask", "often", loop), end(), path("start", "often", "end"))
    return _run(body, pause_after, items=list(range(number)))


def _tasks(number: int) -> int:
    """Let people do a task each for `number` items: a command for each."""
    loop = each("=items", "item", outputCollection="done", outputElement="=item")
    body = model(start(), element("userTask", "often", loop), end(), path("start", "often", "end"))
    return _run(body, items=list(range(number)))


def _rounds(number: int, pause_after: int | None = None) -> int:
    """Go round `number` times through a gateway back to a script."""
    body = model(
        *(start(), script_task("count", "if i = null then 1 else i + 1", "i"), gateway("exclusive", "merge")),
        *(gateway("exclusive", "enough", "enough-merge"), end(), path("start", "merge", "count", "enough")),
        *(flow("enough", "merge"), flow("enough", "end", f"=i >= {number}")),
    )
    return _run(body, pause_after)


def _standard_loop(number: int, pause_after: int | None = None) -> int:
    """Repeat an activity `number` times by the standard's loop."""
    loop = (
        '<bpmn:standardLoopCharacteristics testBefore="true">'
        f"<bpmn:loopCondition>=loopCounter &lt;= {number}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    )
    body = model(start(), element("manualTask", "often", loop), end(), path("start", "often", "end"))
    return _run(body, pause_after)


def _long(number: int) -> int:
    """Compile a model of `number` elements in a row and go through it."""
    names = [f"t{n}" for n in range(number - 2)]
    tasks = (element("manualTask", name) for name in names)
    return _run(model(start(), *tasks, end(), path("start", *names, "end")))


def _branches(number: int) -> int:
    """Split into `number` branches with a task each, all of which an inclusive gateway joins: a command for each."""
    names = [f"t{n}" for n in range(number)]
    ways = (path("split", name, "join") for name in names)
    return _run(
        model(
            *(start(), gateway("parallel", "split"), gateway("inclusive", "join"), end(), path("start", "split")),
            *(*map(user_task, names), *ways, path("join", "end")),
        )
    )


SUBJECTS = (
    Subject(
        name="multi-instance, parallel",
        unit="item",
        most=10_000,
        measure=lambda n: _multi_instance(n, sequential=False),
    ),
    Subject(
        name="multi-instance, sequential",
        unit="item",
        most=10_000,
        measure=lambda n: _multi_instance(n, sequential=True),
    ),
    Subject(name="multi-instance of tasks", unit="item", most=10_000, measure=_tasks),
    Subject(name="loop over a gateway", unit="round", most=100_000, measure=_rounds),
    Subject(name="standard loop", unit="round", most=100_000, measure=_standard_loop),
    Subject(
        name="loop over a gateway, with pauses",
        unit="round",
        most=100_000,
        measure=lambda n: _rounds(n, _PAUSE_AFTER),
    ),
    Subject(
        name="standard loop, with pauses",
        unit="round",
        most=100_000,
        measure=lambda n: _standard_loop(n, _PAUSE_AFTER),
    ),
    Subject(
        name="multi-instance, parallel, with pauses",
        unit="item",
        most=10_000,
        measure=lambda n: _multi_instance(n, sequential=False, pause_after=_PAUSE_AFTER),
    ),
    Subject(name="long model, compiled and run", unit="element", most=2_000, measure=_long),
    Subject(name="branches with an inclusive join", unit="branch", most=500, measure=_branches),
)


def _run(xml: bytes, pause_after: int | None = None, **variables: object) -> int:
    """Run an instance to its end, completing every task; give how many elements were entered.

    The facts of each step are let go, as if they were written away.
    """
    (program,) = bpmn.compile_model(xml).processes.values()
    state = bpmn.State()
    numbers = count()
    entered, ahead = 0, [commands.Start(instance_id="i", business_id="b", variables=variables)]
    ended = False
    for command in ahead:
        step = bpmn.advance(
            program, state, command, _NOW, lambda: f"{next(numbers):012}", limit=_LIMIT, pause_after=pause_after
        )
        assert isinstance(step, bpmn.Step), step
        state.adopt(step.after)
        for fact in step.facts:
            entered += isinstance(fact, facts.ElementEntered | facts.TokensJoined)
            ended = ended or isinstance(fact, facts.InstanceEnded)
            if isinstance(fact, facts.TaskCreated):
                ahead.append(commands.CompleteTask(task_id=fact.id, variables={}))
        if state.head().pending is not None:
            ahead.append(commands.GoOn())
    assert ended
    return entered


def main() -> None:
    """Measure one subject at one size."""
    name, size = sys.argv[1], int(sys.argv[2])
    subject = next(one for one in SUBJECTS if one.name == name)
    subject.measure(8)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    entered = subject.measure(size)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps({"size": size, "seconds": seconds, "entered": entered, "peak_kib": peak}))


if __name__ == "__main__":
    main()
