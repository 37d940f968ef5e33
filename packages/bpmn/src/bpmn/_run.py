"""One step under way: what the elements' behaviours are written with.

A behaviour evaluates first and states facts afterwards; a `Failure` while evaluating becomes an incident at the stage where
the element instance stopped, and a retry goes on from there.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bpmn import _compensation, _conditions, _ending, _events, _joins, _passing, _pausing, _waiting, facts
from bpmn._applying import APPLIERS
from bpmn._applying.elements import enter_element
from bpmn._evaluate import Failure, flow_holds
from bpmn._mappings import map_inputs, map_outputs
from bpmn._program import Deferring, Flow, Node, Program, ids_of
from bpmn._rows import ElementInstance, Errand, scope_of
from bpmn._state import State

Decide = Callable[[str, str, Mapping[str, object]], object]
"""decide(element_id, decision_id, context) -> value; raises `DecisionFailed`."""

Perform = Callable[["facts.JobCreated", Callable[[], Mapping[str, object]]], Mapping[str, object] | None]
"""perform(job, see) -> variables that it gives, None = it waits for somebody else to do it; see() -> variables that it sees.

What `see` raises is to be let through: a slice may not hold them.
"""

# Fewer entries than can ever be left, and a number that Python compares quickly.
_NEVER = -(1 << 29)
_ENDLESS = "The instance went through too many elements in one step without waiting; is this a loop without an end?"
# For each event that a condition lets happen, so many elements may be entered: what such events began is to come to rest.
_ENTRIES_PER_HAPPENING = 10


class Run:
    """The state under change, the facts so far, and what is still to be done."""

    __slots__ = (
        "began_with",
        "changed",
        "decide",
        "deferred",
        "entries_left",
        "errands",
        "facts",
        "happenings_left",
        "instance_id",
        "limit",
        "new_id",
        "now",
        "pauses_below",
        "program",
        "state",
        "tokens",
        "touched",
        "unbegun",
        "unfinished",
    )

    def __init__(
        self,
        program: Program,
        state: State,
        now: datetime,
        new_id: Callable[[], str],
        decide: Decide | None,
        limit: int,
        pause_after: int | None = None,
    ) -> None:
        self.program = program
        self.state = state
        # "" until it has started.
        self.instance_id = "" if state.instance is None else state.instance.id
        self.now = now
        self.new_id = new_id
        self.decide = decide
        self.facts: list[facts.Fact] = []
        # Few are ever in the lists: making a deque would cost more than taking from one saves.
        # Variables that a condition may be waiting for: (scope, name); ("", id) = a condition that is waited for anew.
        self.changed: list[tuple[str, str]] = []
        self.tokens: deque[tuple[Flow, str]] = deque()
        # Compensation to go on with.
        self.errands: list[Errand] = []
        # Scopes in which a token has ended.
        self.unfinished: deque[str] = deque()
        # Scopes where a token went on, so that a join there may have become free.
        self.touched: dict[str, Node] = {}
        # Multi-instance activities with instances to begin.
        self.unbegun: dict[str, None] = {}
        # Events that happen when nothing else moves.
        self.deferred: list[str] = []
        self.limit = limit
        self.began_with = self.entries_left = limit
        self.happenings_left = limit // _ENTRIES_PER_HAPPENING
        self.pauses_below = limit - pause_after + 1 if pause_after else _NEVER

    # --- facts and tokens ---

    def emit(self, fact: facts.Fact) -> None:
        """State a fact, and change the state by it."""
        self.facts.append(fact)
        APPLIERS[type(fact)](self.state, fact)

    def drain(self) -> None:
        """Move tokens until each waits for something, or until it is time to pause."""
        while True:
            if self.changed:
                _conditions.look_again(self, *self.changed.pop(0))
            elif self.entries_left < self.pauses_below and _pausing.put_down(self):
                return
            elif self.tokens:
                self._move_tokens()
            elif self.errands:
                _compensation.go_on(self, self.errands.pop(0))
            elif self.unfinished:
                self._finish_scope(self.unfinished.popleft())
            elif self.touched and _joins.release(self):
                continue
            elif self.unbegun:
                self._begin_next()
            elif self.deferred:
                self._perform_next()
            else:
                return

    def _move_tokens(self) -> None:
        """Move tokens until none is on its way, a condition is to be looked at, or it may be time to pause."""
        tokens, changed, may_pause = self.tokens, self.changed, self.pauses_below > _NEVER
        while tokens:
            flow, scope_id = tokens.popleft()
            node = flow.target
            take = node.quick
            if take is not None and self.entries_left > 0:
                self.entries_left -= 1
                take(self, node, scope_id, flow)
            elif node.joining is None:
                self.enter(node, scope_id, flow)
            else:
                node.joining.arrive(self, node, scope_id, flow)
            if changed or (may_pause and self.entries_left < self.pauses_below):
                return

    def node_of(self, at: ElementInstance) -> Node:
        """Find what the element instance is an instance of."""
        node = self.program.by_id[at.element_id]
        return node.inner if at.round and node.inner is not None else node

    def is_there(self, at: ElementInstance) -> bool:
        """Tell whether the element instance still is."""
        return self.state.elements.find(at.id) is not None

    # --- the life of an element instance ---

    def enter(self, node: Node, scope_id: str, flow: Flow | None = None) -> None:
        """Put a token into an element and begin it."""
        if node.quick is not None and self.entries_left > 0:
            self.entries_left -= 1
            node.quick(self, node, scope_id, flow)
        else:
            at = self.stand_at(node, scope_id, flow)
            begin = self.open if node.needs_preparing else self.begin
            begin(node, at)

    def stand_at(self, node: Node, scope_id: str, flow: Flow | None = None, round_: int = 0) -> ElementInstance:
        """Put a token into an element and leave it there."""
        entered = facts.ElementEntered(self.new_id(), node.id, scope_id, flow.id if flow else None, round_)
        self.facts.append(entered)
        return enter_element(self.state, entered)

    def join(self, node: Node, scope_id: str, flow_ids: tuple[str, ...]) -> ElementInstance:
        """Make one token of those that wait at an element."""
        id_ = self.new_id()
        self.emit(facts.TokensJoined(id_, node.id, scope_id, flow_ids))
        return self.state.elements.get(id_)

    def begin_joined(self, node: Node, scope_id: str, flow_ids: tuple[str, ...]) -> None:
        """Make one token of those that wait at an element, and begin it."""
        if node.passing is not None and self.entries_left > 0:
            self.entries_left -= 1
            _passing.pass_joined(self, node, scope_id, flow_ids)
        else:
            self.begin(node, self.join(node, scope_id, flow_ids))

    def open(self, node: Node, at: ElementInstance) -> None:
        """Map inputs and wait for the events around the element, then begin."""
        if (not node.needs_preparing or self.prepare(node, at)) and at.scope_id is not None:
            self.begin(node, at)

    def prepare(self, node: Node, at: ElementInstance) -> bool:
        """Map inputs and wait for the events around the element; False = it doesn't begin."""
        try:
            if node.takes:
                map_inputs(self, node, at)
            return not node.listens or _events.open_events(self, node.listens, at)
        except Failure as failure:
            self.fail(at, "enter", failure)
            return False

    def begin(self, node: Node, at: ElementInstance) -> None:
        """Let the element do what it does."""
        self.entries_left -= 1
        if self.entries_left < 0:
            self.fail(at, "begin", Failure("endless", _ENDLESS))
            return
        try:
            node.behaviour.enter(self, node, at)
        except Failure as failure:
            self.fail(at, "begin", failure)

    def defer(self, at: ElementInstance) -> None:
        """Let the event `at` happen when nothing else moves."""
        self.deferred.append(at.id)

    def _begin_next(self) -> None:
        scope_id = next(iter(self.unbegun))
        del self.unbegun[scope_id]
        scope = self.state.elements.find(scope_id)
        if scope is not None:
            self.go_round(self.node_of(scope), scope)

    def _perform_next(self) -> None:
        at = self.state.elements.find(self.deferred.pop(0))
        if at is not None:
            node = self.node_of(at)
            try:
                if isinstance(node.behaviour, Deferring):
                    node.behaviour.perform(self, node, at)
            except Failure as failure:
                self.fail(at, "begin", failure)

    def finish(self, node: Node, at: ElementInstance) -> None:
        """Map outputs, then leave over the flows whose conditions hold."""
        if node.ends_simply:
            row = self.state.elements.get(at.id)
            if not (row.waits or row.incident_id or row.errand):
                _waiting.leave(self, node, row)
                return
        around = node.scope
        container = around.container if around is not None else None
        enough = False
        try:
            if node.outputs or node.data_outputs:
                map_outputs(self, node, at)
            if container is not None and around is not None:
                enough = container.ending(self, around, node, at)
            flows = self._chosen_flows(node, at) if node.conditional else node.outgoing
        except Failure as failure:
            self.fail(at, "leave", failure)
            return
        self.leave(node, at, flows if node.completion_quantity == 1 else flows * node.completion_quantity)
        if container is not None and around is not None:
            container.ended(self, around, scope_of(at), enough=enough)

    def leave(self, node: Node, at: ElementInstance, flows: Sequence[Flow]) -> None:
        """Take the token out of an element, onto `flows`."""
        scope_id = self.depart(node, at, flows)
        for flow in flows:
            self.tokens.append((flow, scope_id))
        if not flows:
            self.unfinished.append(scope_id)

    def depart(self, node: Node, at: ElementInstance, flows: Sequence[Flow]) -> str:
        """Take the token out of an element; moving it on over `flows`, in the scope returned, is left to the caller."""
        scope_id = scope_of(at)
        row = self.state.elements.get(at.id)
        if row.waits or row.incident_id:
            _ending.let_go(self, row, "retried")
        if node.compensable:
            _compensation.keep(self, node, at)
        self.emit(facts.ElementLeft(at.id, node.id, scope_id, ids_of(flows)))
        if self.touched or node.frees_joins:
            self.touch(scope_id, node, at.id)
        if row.errand is not None:
            self.errands.append(row.errand)
        return scope_id

    def _chosen_flows(self, node: Node, at: ElementInstance) -> tuple[Flow, ...]:
        """Choose as an activity does: every flow without a condition or whose condition holds; the default if none does."""
        chosen = [flow for flow in node.outgoing if flow is not node.default and flow_holds(self, flow, at)]
        if node.default is not None and not any(flow.condition for flow in chosen):
            chosen.append(node.default)
        if not chosen:
            raise Failure("no_flow", "No condition of an outgoing flow holds, and there is no default flow.")
        return tuple(chosen)

    def fail(self, at: ElementInstance, stage: facts.Stage, failure: Failure) -> None:
        """Make the failure an incident of the element instance, or say that its incident is still there."""
        known = self.state.elements.get(at.id).incident_id
        if known:
            repeated = facts.IncidentRepeated(known, at.id, at.element_id, failure.kind, failure.message, stage)
            self.emit(repeated)
        else:
            id_ = self.new_id()
            self.emit(facts.IncidentRaised(id_, at.id, at.element_id, failure.kind, failure.message, stage))

    # --- scopes ---

    def change_mode(self, at: ElementInstance, mode: facts.NewMode, reason: str) -> None:
        """Let a scope go on in another way."""
        self.emit(facts.ModeChanged(at.id, at.element_id, mode, reason))

    def _finish_scope(self, scope_id: str) -> None:
        scope = self.state.elements.find(scope_id)
        if scope is None or scope.tokens or scope.incident_id or scope.mode == "cancelling":
            return
        node = self.node_of(scope)
        if scope.mode == "reopened":
            _compensation.close(self, node, scope)
        elif node.joins and _joins.reset_all(self, node, scope_id):
            self.unfinished.append(scope_id)
        elif scope.scope_id is None:
            _ending.end_instance(self, "completed")
        elif node.container is None:
            self.finish(node, scope)
        else:
            self.go_round(node, scope)

    def go_round(self, node: Node, scope: ElementInstance) -> None:
        """Let a scope that decides itself what is next do so."""
        if node.container is None:
            return
        try:
            node.container.emptied(self, node, scope)
        except Failure as failure:
            self.fail(scope, "round", failure)

    def touch(self, scope_id: str, node: Node, gone_id: str) -> None:
        """Note that a token went on in a scope, out of the element instance `gone_id`."""
        if self.touched:
            self.touched.pop(gone_id, None)
        scope = node.scope
        if scope is not None and scope.inclusive_joins:
            self.touched[scope_id] = scope
