"""Events that happen at an element instance, and what is thrown inside it: who catches it, and what follows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from bpmn import _conditions, _ending, facts
from bpmn._evaluate import Failure
from bpmn._program import Node, Trigger
from bpmn._rows import ElementInstance
from bpmn._variables import propagate, take_result

if TYPE_CHECKING:
    from bpmn._run import Run


# --- listening ---


def open_events(run: "Run", events: Iterable[Node], host: ElementInstance) -> bool:
    """Begin to wait for events at `host`; False when a condition that holds already has ended or interrupted it.

    Raises: Failure, before anything is waited for.
    """
    return open_triggers(run, [(event, trigger) for event in events for trigger in event.triggers], host)


def open_triggers(run: "Run", awaited: Iterable[tuple[Node, Trigger]], host: ElementInstance) -> bool:
    """Begin to wait for some of the triggers of events, as `open_events` does for all."""
    conditions = _open(run, awaited, host)
    if not conditions:
        return True
    for id_ in conditions:
        _conditions.look(run, id_)
    there = run.state.elements.find(host.id)
    return there is not None and there.mode != "interrupted"


def _open(run: "Run", awaited: Iterable[tuple[Node, Trigger]], host: ElementInstance) -> list[str]:
    """Begin to wait; give the conditions, to be looked at whether they hold already."""
    openings = [trigger.opening(run, event, host) for event, trigger in awaited]
    for opening in openings:
        run.emit(opening)
    return [opening.id for opening in openings if type(opening) is facts.ConditionSubscribed]


def happen(run: "Run", event: Node, host: ElementInstance, variables: Mapping[str, object], reason: str) -> None:
    """Go on at the element that waited, at a boundary event on it, or in an event subprocess inside it."""
    node = run.node_of(host)
    if event.is_parallel and _waits_for_more(run, event, host):
        propagate(run, host, variables)
    elif event.attached_to is not None:
        catch(run, event, host, variables, reason)
    elif event.id == node.id:
        take_result(run, node, host, variables)
        run.finish(node, host)
    elif event.scope is not None and event.scope.is_event_subprocess:
        interrupt(run, event, host, variables, reason)
    else:
        choose(run, event, host, variables)


def _waits_for_more(run: "Run", event: Node, host: ElementInstance) -> bool:
    waits = run.state.elements.get(host.id).waits
    return any(run.state.waits.get(wait).element_id == event.id for wait in waits)


def choose(run: "Run", event: Node, host: ElementInstance, variables: Mapping[str, object]) -> None:
    """Go on behind an event-based gateway, at the event that happened first."""
    gateway = run.node_of(host)
    flow = next(flow for flow in gateway.outgoing if flow.target is event)
    run.depart(gateway, host, (flow,))
    at = run.stand_at(event, host.scope_id or "", flow)
    take_result(run, event, at, variables)
    run.finish(event, at)


def catch(run: "Run", event: Node, host: ElementInstance, variables: Mapping[str, object], reason: str) -> None:
    """Let a boundary event happen on the activity `host`; it ends the activity if it interrupts."""
    if event.interrupting:
        errand = run.state.elements.get(host.id).errand
        _ending.cancel(run, host, reason)
        if errand is not None:
            run.errands.append(errand)
    at = run.stand_at(event, host.scope_id or "")
    take_result(run, event, at, variables)
    run.finish(event, at)
    if event.is_parallel and not event.interrupting:
        _listen_again(run, event, host)


def interrupt(run: "Run", start: Node, host: ElementInstance, variables: Mapping[str, object], reason: str) -> None:
    """Begin an event subprocess of the scope `host`; everything else in the scope ends if its start event interrupts."""
    node = run.node_of(host)
    if start.interrupting:
        starts = [inside.start for inside in node.event_subprocesses if inside.start]
        # An ad-hoc subprocess offers no more steps.
        _ending.stop_listening(run, host, [*starts, node])
        run.change_mode(host, "interrupted", reason)
        _ending.empty_scope(run, node, host.id, reason)
    begin_event_subprocess(run, start, host, variables)
    if start.is_parallel and not start.interrupting:
        _listen_again(run, start, host)


def begin_event_subprocess(run: "Run", start: Node, host: ElementInstance, variables: Mapping[str, object]) -> None:
    """Put a token into an event subprocess, behind its start event."""
    node = start.scope
    if node is None:
        raise KeyError(f"{start.id} is in no event subprocess")
    at = run.stand_at(node, host.id)
    if run.prepare(node, at):
        begun = run.stand_at(start, at.id)
        take_result(run, start, begun, variables)
        run.finish(start, begun)


def _listen_again(run: "Run", event: Node, host: ElementInstance) -> None:
    try:
        # Not looked at from here: conditions that all hold would let it happen again and again, each time deeper inside.
        conditions = _open(run, [(event, trigger) for trigger in event.triggers], host)
        run.changed.extend(("", id_) for id_ in conditions)
    except Failure as failure:
        run.fail(host, "condition", failure)


# --- throwing ---


def throw_error(
    run: "Run", at: ElementInstance, code: str, message: str, variables: Mapping[str, object] | None = None
) -> None:
    """Throw a BPMN error at an element instance, to be caught there or in a scope around it.

    Raises: Failure when nothing catches it and nobody called this instance.
    """
    found = next(_catching(run, at, code, _error_code), None)
    if found is None and run.state.head().call_id is None:
        raise Failure("unhandled_error", f"Nothing catches the error '{code}': {message}".rstrip(": "))
    caught_by = found[0].id if found else None
    run.emit(facts.ErrorThrown(at.id, at.element_id, code, message, caught_by))
    if found is not None:
        _caught(run, *found, variables or {}, f"error {code}")
        return
    _ending.empty_scope(run, run.program.root, run.state.head().id, f"error {code}")
    _ending.end_instance(run, "error", code, message)


def throw_escalation(run: "Run", at: ElementInstance, code: str, variables: Mapping[str, object]) -> None:
    """Throw an escalation, to be caught in a scope around the element instance, or by the caller of this one; else it is told only."""
    found = next(_catching(run, at, code, _escalation_code), None)
    call_id = None if found else run.state.head().call_id
    caught_by = found[0].id if found else None
    run.emit(facts.EscalationThrown(at.id, at.element_id, code, caught_by, call_id, variables))
    if found is not None:
        _caught(run, *found, variables, f"escalation {code}")


def throw_signal(run: "Run", at: ElementInstance, name: str, variables: Mapping[str, object]) -> None:
    """Throw a signal: to everything in this instance that waits for it, and to the world."""
    listening = run.state.signals.ids((name,))
    run.emit(facts.SignalThrown(at.id, at.element_id, name, variables))
    for id_ in listening:
        hear_signal(run, id_, variables)


def hear_signal(run: "Run", id_: str, variables: Mapping[str, object]) -> None:
    """Let one subscription hear its signal, if it is still there."""
    wait = run.state.waits.find(("signal", id_))
    if wait is None:
        return
    event = run.program.by_id[wait.element_id]
    host = run.state.elements.get(wait.element_instance_id)
    run.emit(facts.SignalCaught(id_, host.id, event.id, event.stays_open))
    happen(run, event, host, variables, f"signal {wait.name}")


def _caught(run: "Run", event: Node, host: ElementInstance, variables: Mapping[str, object], reason: str) -> None:
    if event.attached_to is not None:
        catch(run, event, host, variables, reason)
    else:
        interrupt(run, event, host, variables, reason)


def _error_code(event: Node) -> str | None:
    return event.catches.error_code


def _escalation_code(event: Node) -> str | None:
    return event.catches.escalation_code


def _catching(
    run: "Run", at: ElementInstance, code: str, code_of: Callable[[Node], str | None]
) -> Iterator[tuple[Node, ElementInstance]]:
    """List who could catch a code thrown at `at`, innermost first: events on it, in the scope around it, on that, and so on.

    What was reopened to be compensated has ended: nothing catches there any more.
    """
    host: ElementInstance | None = at
    while host is not None:
        event = _matching(run.node_of(host).boundaries, code, code_of) if host.mode != "reopened" else None
        if event is not None:
            yield event, host
        host = run.state.elements.get(host.scope_id) if host.scope_id else None
        if host is not None and host.mode not in {"interrupted", "reopened", "cancelling"}:
            starts = tuple(inside.start for inside in run.node_of(host).event_subprocesses if inside.start)
            event = _matching(starts, code, code_of)
            if event is not None:
                yield event, host


def _matching(events: Iterable[Node], code: str, code_of: Callable[[Node], str | None]) -> Node | None:
    """Find the event for this very code, else one for any."""
    anything = None
    for event in events:
        caught = code_of(event)
        if caught == code:
            return event
        if caught == "" and anything is None:
            anything = event
    return anything
