"""How things end before their time: an element instance with all that is inside it, what is waited for, the whole instance."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from bpmn import _compensation, _joins, facts
from bpmn._applying.elements import element_cancelled
from bpmn._applying.waits import close_wait
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance, scope_of

if TYPE_CHECKING:
    from bpmn._run import Run


def end_instance(run: "Run", outcome: facts.Outcome, error_code: str = "", error_message: str = "") -> None:
    """End the whole instance; nothing may be left inside it."""
    head = run.state.head()
    row = run.state.elements.get(head.id)
    if row.waits or row.incident_id:
        let_go(run, row, "cancelled")
    variables = run.state.variables.all(head.id) if head.call_id else {}
    run.emit(facts.InstanceEnded(head.id, outcome, error_code, error_message, head.call_id, variables))
    for left in (
        run.changed,
        run.tokens,
        run.errands,
        run.unfinished,
        run.touched,
        run.unbegun,
        run.deferred,
    ):
        if left:
            left.clear()


def cancel(run: "Run", at: ElementInstance, reason: str) -> None:
    """Take a token out of an element for good, with everything inside it."""
    node = run.node_of(at)
    if node.is_scope:
        empty_scope(run, node, at.id, reason)
    row = run.state.elements.get(at.id)
    if row.waits or row.incident_id:
        let_go(run, row, "cancelled")
    scope_id = scope_of(at)
    if row.compensable:
        _compensation.forget_inside(run, at.id, reason)
    cancelled = facts.ElementCancelled(at.id, node.id, scope_id, reason)
    run.facts.append(cancelled)
    element_cancelled(run.state, cancelled)
    if run.touched or node.frees_joins:
        run.touch(scope_id, node, at.id)


def empty_scope(run: "Run", node: Node, scope_id: str, reason: str) -> None:
    """Cancel everything inside a scope, also tokens on their way."""
    if not node.is_scope:
        return
    if run.tokens:
        left = list(_lifted(run, scope_id, reason))
        run.tokens.clear()
        run.tokens.extend(left)
    for child_id in run.state.inside(scope_id):
        cancel(run, run.state.elements.get(child_id), reason)
    for gateway in node.joins:
        join = run.state.find_join(scope_id, gateway.id)
        if join is not None and join.waiting:
            waiting = _joins.waiting_tokens(gateway, join)
            run.emit(facts.TokensDiscarded(scope_id, gateway.id, waiting, reason))
        if join is not None and join.taken:
            run.emit(facts.GatewayReset(scope_id, gateway.id))


def _lifted(run: "Run", scope_id: str, reason: str) -> Iterable[tuple[Flow, str]]:
    """Take tokens of the scope off their flows; the fact names the element that they would have reached."""
    for flow, where in run.tokens:
        if where == scope_id:
            run.emit(facts.TokensDiscarded(scope_id, "", (flow.id,), reason))
        else:
            yield flow, where


def stop_listening(run: "Run", at: ElementInstance, events: Iterable[Node]) -> None:
    """Stop waiting for some of the events around an element."""
    ids = {event.id for event in events}
    for kind, wait_id in run.state.elements.get(at.id).waits:
        wait = run.state.waits.get((kind, wait_id))
        if wait.element_id in ids:
            run.emit(facts.WaitCancelled(wait_id, kind, at.id, wait.element_id))


def stop_waiting(run: "Run", at: ElementInstance, waits: Iterable[tuple[str, str]]) -> None:
    """Stop waiting for what an element instance waits for that is about to go, with its row."""
    for key in waits:
        wait = run.state.waits.get(key)
        run.facts.append(facts.WaitCancelled(wait.id, wait.kind, at.id, wait.element_id))
        close_wait(run.state, key)


def let_go(run: "Run", at: ElementInstance, how: facts.Resolution) -> None:
    """Stop waiting, and close the incident, of an element instance that is about to go."""
    if at.waits:
        stop_waiting(run, at, at.waits)
    if at.incident_id:
        run.emit(facts.IncidentResolved(at.incident_id, at.id, at.element_id, how))
