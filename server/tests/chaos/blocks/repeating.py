"""Activities for many items, rounds, and what is undone."""

from bpmn.testing import (
    compensated,
    compensation,
    each,
    element,
    end,
    flow,
    gateway,
    path,
    script_task,
    start,
    subprocess,
)
from tests.chaos.draft import Draft, Ends


def each_at_once(draft: Draft) -> Ends:
    return _each(draft, sequential=False)


def one_by_one(draft: Draft) -> Ends:
    return _each(draft, sequential=True)


def _each(draft: Draft, *, sequential: bool) -> Ends:
    """Every item is a job; their results come together in the order of the items."""
    number, outputs = draft.dice.randint(0, 4), draft.new("outputs")
    items = list(range(1, number + 1))
    body = each(
        f"={items}", "item", sequential=sequential, outputCollection=outputs, outputElement="=answer",
    )  # fmt: skip
    id_ = draft.service("many", body=body, times=number, result="answer")
    draft.enters(id_, times=number + 1)
    draft.keeps(outputs, [item * 10 for item in items])
    return id_, id_


def rounds(draft: Draft) -> Ends:
    """A loop without a wait, long enough to pause."""
    into, count, again, name = (draft.new(kind) for kind in ("into", "count", "again", "n"))
    times = draft.dice.randint(1, 60)
    draft.add(
        gateway("exclusive", into),
        script_task(count, f"{name} + 1", name),
        gateway("exclusive", again, default=f"{again}-{again}_out"),
        element("task", f"{again}_out"),
        flow(into, count),
        flow(count, again),
        flow(again, into, f"={name} < {times}"),
        flow(again, f"{again}_out"),
    )
    draft.enters(into, count, again, times=times)
    draft.enters(f"{again}_out")
    draft.begins_with(name, 0)
    draft.changes(name, times)
    return into, f"{again}_out"


def undone(draft: Draft) -> Ends:
    """What was done in a subprocess is undone: once, for each of the steps that were."""
    id_, around = draft.new("sub"), draft.parts
    draft.parts = []
    steps = [draft.service("done") for _ in range(draft.dice.randint(1, 3))]
    first, throw, last = draft.new("start"), draft.new("throw"), draft.new("end")
    for step in steps:
        undo = draft.service("undo")
        draft.add(compensated(step, undo))
        draft.enters(step, undo)
    draft.add(start(first), element("intermediateThrowEvent", throw, compensation()), end(last))
    draft.add(path(first, *steps, throw, last))
    draft.parts = [*around, subprocess(id_, *draft.parts)]
    draft.enters(id_, first, throw, last)
    return id_, id_
