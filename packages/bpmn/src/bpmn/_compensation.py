"""Undoing what has ended: handlers run one after another, the last that ended first.

A scope remembers, as numbered rows, which activities in it have ended and can be compensated. An ended subprocess keeps its
variables and its own rows; to compensate it, it is reopened. Who throws waits, as an errand carried by the handler that runs.
Source: BPMN 2.0.2, clause 13.5.5.
"""

from typing import TYPE_CHECKING

from bpmn import _events, facts
from bpmn._program import Node
from bpmn._rows import Compensable, ElementInstance, Errand
from bpmn._tables import Key, Unknown

if TYPE_CHECKING:
    from bpmn._run import Run


def keep(run: "Run", node: Node, at: ElementInstance) -> None:
    """Remember that an activity has ended, if there is anything to compensate."""
    row = run.state.elements.get(at.id)
    if row.mode == "reopened" or at.scope_id is None:
        return
    handler = node.compensation_handler
    if handler is not None:
        forget_inside(run, at.id, "the activity has a compensation handler of its own")
    elif not row.compensable and event_subprocess_of(node) is None:
        return
    inside = 0 if handler is not None else row.compensable
    order = run.state.elements.get(at.scope_id).compensable + 1
    keeps_scope = handler is None and node.is_scope
    run.emit(facts.CompensationKept(at.scope_id, order, node.id, at.id, at.round, inside, keeps_scope))


def event_subprocess_of(node: Node) -> Node | None:
    """Find the event subprocess that compensates a scope."""
    return next(
        (inside for inside in node.event_subprocesses if inside.start and inside.start.catches.compensation), None
    )


def forget_inside(run: "Run", scope_id: str, reason: str) -> None:
    """Forget everything that ended in a scope."""
    _forget(run, scope_id, run.state.elements.get(scope_id).compensable, reason)


def _forget(run: "Run", scope_id: str, count: int, reason: str) -> None:
    for row in _rows(run, scope_id, count):
        _forget(run, row.element_instance_id, row.inside, reason)
        run.emit(facts.CompensationForgotten(scope_id, row.order, row.element_instance_id, reason))


def _rows(run: "Run", scope_id: str, count: int) -> list[Compensable]:
    found: list[Compensable] = []
    unknown: list[Key] = []
    for order in range(1, count + 1):
        try:
            row = run.state.compensables.find((scope_id, str(order)))
        except Unknown as question:
            unknown.extend(question.keys)
        else:
            found.extend([row] if row else [])
    if unknown:
        raise Unknown(tuple(unknown))
    return found


# --- running ---


def start(run: "Run", thrower: ElementInstance, scope_id: str, activity_id: str, *, waits: bool) -> None:
    """Compensate what has ended in a scope (one activity, or "" = all); `thrower` goes on afterwards if it waits."""
    count = run.state.elements.get(scope_id).compensable
    run.errands.append(Errand(thrower.id if waits else "", scope_id, count, activity_id))


def go_on(run: "Run", errand: Errand) -> None:
    """Run the next handler, or let the thrower go on when there is none."""
    if run.state.elements.find(errand.scope_id) is None:
        return
    for order in range(errand.order, 0, -1):
        row = find(run, errand.scope_id, order)
        if row is not None and errand.activity_id in {"", row.element_id}:
            compensate_one(run, row, Errand(errand.thrower_id, errand.scope_id, order - 1, errand.activity_id))
            return
    thrower = run.state.elements.find(errand.thrower_id) if errand.thrower_id else None
    if thrower is not None:
        _thrower_goes_on(run, thrower)


def find(run: "Run", scope_id: str, order: int) -> Compensable | None:
    """Find the ended activity with this number in its scope, unless it is compensated or forgotten."""
    try:
        return run.state.compensables.find((scope_id, str(order)))
    except Unknown:
        # Those before it are likely to be wanted as well, but not all that a long-running scope may have.
        raise Unknown(
            tuple(("compensable", scope_id, str(n)) for n in range(order, max(order - _BATCH, 0), -1))
        ) from None


_BATCH = 50


def compensate_one(run: "Run", row: Compensable, after: Errand) -> None:
    """Run the handler of an ended activity, or undo what ended inside it; `after` is what comes then."""
    node = run.program.by_id[row.element_id]
    node = node.inner if row.round and node.inner is not None else node
    run.emit(facts.CompensationTriggered(row.scope_id, row.order, row.element_id, row.element_instance_id))
    handler = node.compensation_handler
    if handler is not None:
        at = run.stand_at(handler, row.scope_id)
        run.emit(
            facts.HandlerBegan(at.id, handler.id, after.thrower_id, after.scope_id, after.order, after.activity_id)
        )
        run.open(handler, at)
        return
    back = (after.thrower_id, after.order, after.activity_id)
    id_ = row.element_instance_id
    run.emit(facts.ElementReopened(id_, node.id, row.scope_id, row.round, row.inside, *back))
    inside = event_subprocess_of(node)
    if inside is not None and inside.start is not None:
        _events.begin_event_subprocess(run, inside.start, run.state.elements.get(id_), {})
    else:
        run.errands.append(Errand(id_, id_, row.inside, ""))


def close(run: "Run", node: Node, at: ElementInstance) -> None:
    """Leave an activity again that was reopened to be compensated."""
    forget_inside(run, at.id, "compensated")
    run.depart(node, at, ())
    run.unfinished.append(at.scope_id or "")


def _thrower_goes_on(run: "Run", thrower: ElementInstance) -> None:
    node = run.node_of(thrower)
    if thrower.mode == "reopened":
        close(run, node, thrower)
    elif thrower.mode == "cancelling":
        host = run.state.elements.get(thrower.scope_id or "") if thrower.round else thrower
        event = next(event for event in run.node_of(host).boundaries if event.catches.cancel)
        _events.catch(run, event, host, {}, "cancelled")
    elif thrower.mode == "returning":
        run.change_mode(thrower, "", "what was done is undone")
        run.open(node, thrower)
    else:
        run.finish(node, thrower)
