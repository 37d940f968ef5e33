"""One instance moves: row by row, from the process inwards; then what is newly waited for begins, and joins look again.

Everything is tried on a fork of the state, with the new program; where anything has no place, nothing has happened.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from bpmn import _conditions, _joins, facts
from bpmn._elements.start_quantity import StartQuantity
from bpmn._engine import STEP_LIMIT, NeedMore, Step
from bpmn._evaluate import Failure
from bpmn._program import Node
from bpmn._rows import Compensable, ElementInstance, Join
from bpmn._run import Decide, Run
from bpmn._state import State
from bpmn._tables import Key, Unknown
from bpmn.migration import _waits
from bpmn.migration._planning import Finding, Plan, without_place

_K = TypeVar("_K")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Refusal:
    """The instance can't move; each finding that `blocks` says why."""

    findings: tuple[Finding, ...]


def check(plan: Plan, state: State, now: datetime, ids: Callable[[], str]) -> tuple[Finding, ...] | NeedMore:
    """Say whether an instance can move, and what changes for it; nothing is changed.

    It can when no finding blocks. `state` is complete, or a slice to which more is added while `NeedMore` is answered.
    """
    move = _Move(plan, Run(plan.new, state.fork(), now, ids, None, STEP_LIMIT, None))
    try:
        move.prepare()
    except Unknown as unknown:
        return NeedMore(tuple(dict.fromkeys(unknown.keys)))
    return tuple(move.findings)


def migrate(
    plan: Plan,
    state: State,
    now: datetime,
    ids: Callable[[], str],
    *,
    version: str,
    from_version: str,
    decide: Decide | None = None,
    limit: int = STEP_LIMIT,
    pause_after: int | None = None,
) -> Step | NeedMore | Refusal:
    """Move an instance to the new program, and say so as facts; the step's effects ask for what is newly waited for.

    Variables stay, and input mappings aren't evaluated again. What is waited for in both programs as it is written there goes
    on; what is only in the new one, or written otherwise there, begins now. A join that has all its tokens now goes on.
    """
    move = _Move(plan, Run(plan.new, state.fork(), now, ids, decide, limit, pause_after))
    try:
        move.begin(version, from_version)
        move.prepare()
        if any(finding.blocks for finding in move.findings):
            return Refusal(tuple(move.findings))
        move.finish()
    except Unknown as unknown:
        return NeedMore(tuple(dict.fromkeys(unknown.keys)))
    return Step(tuple(move.run.facts), move.run.state)


class _Move:
    """The move under way; `run` has the new program, over rows that are mapped one after another."""

    def __init__(self, plan: Plan, run: Run) -> None:
        self.plan = plan
        self.run = run
        self.findings: list[Finding] = []
        self._openings: list[facts.Opening] = []
        self._scopes: list[tuple[Node, str]] = []
        # Element instances and the events of the new program for which they begin to wait.
        self._listening: list[tuple[str, tuple[Node, ...]]] = []

    def begin(self, version: str, from_version: str) -> None:
        """Say first that the program is another one: what follows is read with it."""
        head, root = self.run.state.head(), self.plan.new.root
        self.run.emit(facts.InstanceMigrated(head.id, root.id, head.process_id, version, from_version))

    def prepare(self) -> None:
        """Map everything, and evaluate what is newly waited for; whatever is wrong is found."""
        head = self.run.state.instance
        if head is None or head.outcome:
            self.find("ended", "", "The instance has ended.")
            return
        if head.pending is not None:
            self.find("paused", "", "The instance is in the middle of a long step; wait until that is done.")
        root = self.run.state.elements.get(head.id)
        self._map_element(root, self.plan.new.root)
        self._move(self.plan.old.root, self.plan.new.root, head.id)
        if not any(finding.blocks for finding in self.findings):
            for id_, events in self._listening:
                self._open(id_, events)

    def finish(self) -> None:
        """Wait for what is new, and let go on what can."""
        for opening in self._openings:
            self.run.emit(opening)
        for opening in self._openings:
            if isinstance(opening, facts.ConditionSubscribed):
                _conditions.look(self.run, opening.id)
        for scope, scope_id in self._scopes:
            if self.run.state.elements.find(scope_id) is not None:
                _look_at_joins(self.run, scope, scope_id)
        self.run.drain()

    def find(self, code: str, element_id: str, message: str, *, blocks: bool = True) -> None:
        self.findings.append(Finding(code=code, element_id=element_id, message=message, blocks=blocks))

    # --- one element instance ---

    def _move(self, old: Node, new: Node, id_: str) -> None:
        """Move what hangs on an element instance that is mapped, and what is inside it."""
        at = self.run.state.elements.get(id_)
        if at.errand is not None or at.mode in {"reopened", "cancelling"}:
            self.find("compensating", old.id, f"'{old.id}' is being compensated; wait until that has ended.")
        events = _waits.move(self, old, new, at)
        if events:
            self._listening.append((id_, events))
        if not old.is_scope:
            return
        self._scopes.append((new, id_))
        self._move_joins(old, new, id_)
        self._move_compensables(new, id_, at.compensable)
        for child in self._children(id_):
            before = self._before(child)
            place = self._place(before, new, child)
            if place is not None:
                self._map_element(child, place)
                self._move(before, place, child.id)

    def _before(self, at: ElementInstance) -> Node:
        node = self.plan.old.by_id[at.element_id]
        return node.inner if at.round and node.inner is not None else node

    def _place(self, node: Node, scope: Node, at: ElementInstance) -> Node | None:
        """Find where a token goes on; `scope` has taken the place of the scope around it."""
        if at.round and node.scope is not None and node.scope.inner is node:
            return scope.inner
        place = self.plan.place_of(node)
        if place is None:
            why = without_place(self.plan.pairs[node.id])
            self.find(
                self.plan.pairs[node.id].reason, node.id, f"A token is at '{node.id}', which has no place: {why}."
            )
        elif place.scope is not scope:
            message = f"A token is at '{node.id}'; '{place.id}', which takes its place, lies in another scope."
            self.find("other_scope", node.id, message)
            return None
        return place

    def _map_element(self, at: ElementInstance, place: Node) -> None:
        if at.element_id != place.id:
            self.run.emit(facts.ElementMapped(at.id, place.id, at.scope_id, at.element_id))

    def _children(self, scope_id: str) -> Iterator[ElementInstance]:
        rows = self.run.state.elements
        return _all(rows.find, self.run.state.children.ids(scope_id))

    # --- joins ---

    def _move_joins(self, old: Node, new: Node, scope_id: str) -> None:
        taken: set[str] = set()
        for gateway in old.joins:
            join = self.run.state.find_join(scope_id, gateway.id)
            if join is None:
                continue
            place = self.plan.place_of(gateway)
            flows = self._flows(join, place) if place in new.joins and place.id not in taken else None
            if place is None or flows is None:
                message = (
                    f"Tokens wait at '{gateway.id}', and not each of their flows has a place where it waits as well."
                )
                self.find("join", gateway.id, message)
                continue
            taken.add(place.id)
            if place.id != gateway.id or any(before != after for before, after in flows.items()):
                self.run.emit(facts.JoinMapped(scope_id, place.id, gateway.id, flows))

    def _flows(self, join: Join, place: Node) -> dict[str, str] | None:
        """Map the flows that have given a token; None = two of them are one now, or one is none."""
        known = {flow.id for flow in place.incoming}
        pairs = [self.plan.flows.get(flow_id) for flow_id in dict.fromkeys((*join.waiting, *join.taken))]
        flows = {pair.old_id: pair.new_id for pair in pairs if pair is not None and pair.new_id in known}
        return flows if len(set(flows.values())) == len(pairs) else None

    # --- what has ended and can be compensated ---

    def _move_compensables(self, scope: Node, scope_id: str, count: int) -> None:
        keys = [(scope_id, str(order)) for order in range(1, count + 1)]
        for row in _all(self.run.state.compensables.find, keys):
            place = self._move_compensable(scope, row)
            if place is not None:
                # Of an activity with a handler of its own nothing inside is kept.
                self._move_compensables(place, row.element_instance_id, row.inside)

    def _move_compensable(self, scope: Node, row: Compensable) -> Node | None:
        node = _round(self.plan.old.by_id[row.element_id], row)
        outer = self.plan.place_of(node)
        place = _round(outer, row) if outer is not None else None
        if place is None or place.scope is not scope or not _is_compensated_alike(node, place):
            message = f"'{node.id}' has ended and can be compensated; in the new version it can't be, or not so."
            self.find("compensable", node.id, message)
            return None
        if place.id != node.id:
            self.run.emit(facts.CompensableMapped(row.scope_id, row.order, place.id, node.id))
        return place

    # --- what is newly waited for ---

    def _open(self, id_: str, events: Iterable[Node]) -> None:
        host = self.run.state.elements.get(id_)
        for event in events:
            try:
                self._openings.extend(trigger.opening(self.run, event, host) for trigger in event.triggers)
            except Failure as failure:
                message = f"'{event.id}' can't begin to wait: {failure.message}"
                self.find("event_fails", event.id, message)


def _round(node: Node, row: Compensable) -> Node:
    return node.inner if row.round and node.inner is not None else node


def _is_compensated_alike(old: Node, new: Node) -> bool:
    has_handler = old.compensation_handler is not None
    return new.compensable and (new.compensation_handler is not None) == has_handler


def _all(find: Callable[[_K], _R | None], keys: Iterable[_K]) -> Iterator[_R]:
    """Read rows, those that are there; all that is unknown is asked for at once."""
    found: list[_R] = []
    unknown: list[Key] = []
    for key in keys:
        try:
            row = find(key)
        except Unknown as question:
            unknown.extend(question.keys)
        else:
            found.extend([row] if row is not None else [])
    if unknown:
        raise Unknown(tuple(unknown))
    return iter(found)


def _look_at_joins(run: Run, scope: Node, scope_id: str) -> None:
    """Let each join of a scope go on that has its tokens now: it may wait for fewer than before."""
    for node in scope.joins:
        join = run.state.find_join(scope_id, node.id)
        if join is None:
            continue
        if isinstance(node.joining, StartQuantity):
            waiting = [flow_id for flow_id, number in join.waiting.items() for _ in range(number)]
            if len(waiting) >= node.start_quantity:
                run.open(node, run.join(node, scope_id, tuple(waiting[: node.start_quantity])))
        elif node.tag == "complexGateway":
            _joins.activate(run, node, scope_id)
        elif node.tag == "parallelGateway" and len(join.waiting) == len(node.incoming):
            run.begin(node, run.join(node, scope_id, tuple(flow.id for flow in node.incoming)))
    if scope.inclusive_joins:
        run.touched[scope_id] = scope
