"""One step under way: what the elements' behaviours are written with.

A behaviour evaluates first and states facts afterwards; a `Failure` while evaluating becomes an incident at the stage where
the element instance stopped, and a retry goes on from there.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bpmn import facts
from bpmn._apply import apply
from bpmn._program import Flow, Formula, IoMapping, Node, Program
from bpmn._state import ABSENT, ElementInstance, Key, State, Unknown
from bpmn._values import MAX_NAME, storable
from bpmn.errors import CodecError
from feel import Expression

Decide = Callable[[str, str, Mapping[str, object]], object]
"""decide(element_id, decision_id, context) -> value; raises `DecisionFailed`."""

# A name that isn't there is null and no more: optional variables are everyday.
_HARMLESS = frozenset({"name", "property"})

_ENDLESS = "The instance went through too many elements in one step without waiting; is this a loop without an end?"


class Failure(Exception):
    """The element instance can't go on."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        self.message = message


class Run:
    """The state under change, the facts so far, and the tokens still to be moved."""

    __slots__ = (
        "_entries_left",
        "_tokens",
        "_touched",
        "_unfinished",
        "decide",
        "facts",
        "new_id",
        "now",
        "program",
        "state",
    )

    def __init__(
        self,
        program: Program,
        state: State,
        now: datetime,
        new_id: Callable[[], str],
        decide: Decide | None,
        limit: int,
    ) -> None:
        self.program = program
        self.state = state
        self.now = now
        self.new_id = new_id
        self.decide = decide
        self.facts: list[facts.Fact] = []
        self._tokens: deque[tuple[Flow, str]] = deque()
        self._unfinished: deque[str] = deque()
        # Scopes where a token went on, so that an inclusive join there may have become free.
        self._touched: dict[str, Node] = {}
        self._entries_left = limit

    # --- facts and tokens ---

    def emit(self, fact: facts.Fact) -> None:
        """State a fact, and change the state by it."""
        self.facts.append(fact)
        apply(self.state, fact)

    def drain(self) -> None:
        """Move tokens until each waits for something."""
        while True:
            if self._tokens:
                flow, scope_id = self._tokens.popleft()
                self._arrive(flow, scope_id)
            elif self._unfinished:
                self._finish_scope(self._unfinished.popleft())
            elif not self._release_inclusive_join():
                return

    def node_of(self, at: ElementInstance) -> Node:
        """Find what the element instance is an instance of."""
        return self.program.by_id[at.element_id]

    def _arrive(self, flow: Flow, scope_id: str) -> None:
        node = flow.target
        if node.joining is not None:
            node.joining.arrive(self, node, scope_id, flow)
        else:
            self.enter(node, scope_id, flow)

    # --- the life of an element instance ---

    def enter(self, node: Node, scope_id: str, flow: Flow | None = None) -> None:
        """Put a token into an element and begin it."""
        self.open(node, self.stand_at(node, scope_id, flow))

    def stand_at(self, node: Node, scope_id: str, flow: Flow | None = None) -> ElementInstance:
        """Put a token into an element and leave it there."""
        id_ = self.new_id()
        self.emit(facts.ElementEntered(id_, node.id, scope_id, flow.id if flow else None))
        return self.state.elements.get(id_)

    def join(self, node: Node, scope_id: str, flow_ids: tuple[str, ...]) -> None:
        """Make one token of those that wait at a gateway, and go on with it."""
        id_ = self.new_id()
        self.emit(facts.TokensJoined(id_, node.id, scope_id, flow_ids))
        self.begin(node, self.state.elements.get(id_))

    def open(self, node: Node, at: ElementInstance) -> None:
        """Map inputs and open boundary events, then begin."""
        try:
            self._map_inputs(node, at)
            openings = [event.trigger.opening(self, event, at) for event in node.boundaries if event.trigger]
        except Failure as failure:
            self.fail(at, "enter", failure)
            return
        for opening in openings:
            self.emit(opening)
        self.begin(node, at)

    def begin(self, node: Node, at: ElementInstance) -> None:
        """Let the element do what it does."""
        self._entries_left -= 1
        if self._entries_left < 0:
            self.fail(at, "begin", Failure("endless", _ENDLESS))
            return
        try:
            node.behaviour.enter(self, node, at)
        except Failure as failure:
            self.fail(at, "begin", failure)

    def finish(self, node: Node, at: ElementInstance) -> None:
        """Map outputs, then leave over the flows whose conditions hold."""
        try:
            self._map_outputs(node, at)
            flows = self._chosen_flows(node, at) if node.conditional else node.outgoing
        except Failure as failure:
            self.fail(at, "leave", failure)
            return
        self.leave(node, at, flows)

    def leave(self, node: Node, at: ElementInstance, flows: Sequence[Flow]) -> None:
        """Take the token out of an element, onto `flows`."""
        scope_id = _scope(at)
        self._stop_waiting(at.id)
        self._close_incident(at.id, "retried")
        self._touched.pop(at.id, None)
        self.emit(facts.ElementLeft(at.id, node.id, scope_id, tuple([flow.id for flow in flows])))
        self._touch(scope_id, node)
        if flows:
            for flow in flows:
                self._tokens.append((flow, scope_id))
        else:
            self._unfinished.append(scope_id)

    def fail(self, at: ElementInstance, stage: facts.Stage, failure: Failure) -> None:
        """Make the failure an incident of the element instance, or say that its incident is still there."""
        known = self.state.elements.get(at.id).incident_id
        if known:
            repeated = facts.IncidentRepeated(known, at.id, at.element_id, failure.kind, failure.message, stage)
            self.emit(repeated)
        else:
            id_ = self.new_id()
            self.emit(facts.IncidentRaised(id_, at.id, at.element_id, failure.kind, failure.message, stage))

    def catch(self, event: Node, host: ElementInstance, variables: Mapping[str, object], reason: str) -> None:
        """Let a boundary event happen on the activity `host`; it ends the activity if it interrupts."""
        scope_id = _scope(host)
        if event.interrupting:
            self.cancel(host, reason)
        at = self.stand_at(event, scope_id)
        self.take_result(event, at, variables)
        self.finish(event, at)

    # --- scopes ---

    def _finish_scope(self, scope_id: str) -> None:
        scope = self.state.elements.find(scope_id)
        if scope is None or scope.tokens or scope.incident_id:
            return
        if scope.scope_id is None:
            self.end_instance("completed")
        else:
            self.finish(self.node_of(scope), scope)

    def end_instance(self, outcome: facts.Outcome, error_code: str = "", error_message: str = "") -> None:
        """End the whole instance; nothing may be left inside it."""
        head = self.state.head()
        variables = self.state.variables.all(head.id) if head.call_id else {}
        self.emit(facts.InstanceEnded(head.id, outcome, error_code, error_message, head.call_id, variables))
        self._tokens.clear()
        self._unfinished.clear()
        self._touched.clear()

    def cancel(self, at: ElementInstance, reason: str) -> None:
        """Take a token out of an element for good, with everything inside it."""
        node = self.node_of(at)
        self.empty_scope(node, at.id, reason)
        self._stop_waiting(at.id)
        self._close_incident(at.id, "cancelled")
        self._touched.pop(at.id, None)
        scope_id = _scope(at)
        self.emit(facts.ElementCancelled(at.id, node.id, scope_id, reason))
        self._touch(scope_id, node)

    def empty_scope(self, node: Node, scope_id: str, reason: str) -> None:
        """Cancel everything inside a scope, also tokens on their way."""
        if not node.is_scope:
            return
        self._tokens = deque(self._lifted(scope_id, reason))
        for child_id in self.state.children.ids(scope_id):
            self.cancel(self.state.elements.get(child_id), reason)
        for gateway in node.joins:
            join = self.state.find_join(scope_id, gateway.id)
            if join is not None:
                waiting = tuple(flow_id for flow_id, count in join.waiting.items() for _ in range(count))
                self.emit(facts.TokensDiscarded(scope_id, gateway.id, waiting, reason))

    def _lifted(self, scope_id: str, reason: str) -> Iterable[tuple[Flow, str]]:
        """Take tokens of the scope off their flows; the fact names the element that they would have reached."""
        for flow, where in self._tokens:
            if where == scope_id:
                self.emit(facts.TokensDiscarded(scope_id, "", (flow.id,), reason))
            else:
                yield flow, where

    def _stop_waiting(self, id_: str) -> None:
        for kind, wait_id in self.state.elements.get(id_).waits:
            wait = self.state.waits.get((kind, wait_id))
            self.emit(facts.WaitCancelled(wait_id, kind, id_, wait.element_id))

    def _close_incident(self, id_: str, how: facts.Resolution) -> None:
        at = self.state.elements.get(id_)
        if at.incident_id:
            self.emit(facts.IncidentResolved(at.incident_id, id_, at.element_id, how))

    # --- errors ---

    def throw(
        self, at: ElementInstance, code: str, message: str, variables: Mapping[str, object] | None = None
    ) -> None:
        """Throw a BPMN error at an element instance, to be caught there or in a scope around it.

        Raises: Failure when nothing catches it and nobody called this instance.
        """
        thrown_at = at
        host: ElementInstance | None = at
        while host is not None:
            event = _catcher(self.node_of(host), code)
            if event is not None:
                self.emit(facts.ErrorThrown(thrown_at.id, thrown_at.element_id, code, message, event.id))
                self.catch(event, host, variables or {}, f"error {code}")
                return
            host = self.state.elements.get(host.scope_id) if host.scope_id else None
        if self.state.head().call_id is None:
            raise Failure("unhandled_error", f"Nothing catches the error '{code}': {message}".rstrip(": "))
        self.emit(facts.ErrorThrown(thrown_at.id, thrown_at.element_id, code, message, None))
        self.empty_scope(self.program.root, self.state.head().id, f"error {code}")
        self.end_instance("error", code, message)

    # --- inclusive joins ---

    def _touch(self, scope_id: str, node: Node) -> None:
        scope = node.scope
        if scope is not None and scope.inclusive_joins:
            self._touched[scope_id] = scope

    def _release_inclusive_join(self) -> bool:
        while self._touched:
            scope_id, scope = next(iter(self._touched.items()))
            for node in scope.inclusive_joins:
                flow_ids = self._free_tokens(node, scope, scope_id)
                if flow_ids:
                    self.join(node, scope_id, flow_ids)
                    return True
            del self._touched[scope_id]
        return False

    def _free_tokens(self, node: Node, scope: Node, scope_id: str) -> tuple[str, ...]:
        """Tell which tokens an inclusive join may take now: none while another can still come over an empty flow."""
        join = self.state.find_join(scope_id, node.id)
        rule = node.inclusive
        if join is None or rule is None:
            return ()
        filled = sum(rule.bit_of[flow_id] for flow_id in join.waiting)
        for element_id in self._occupied(node, scope, scope_id):
            reach = rule.reach.get(element_id, 0)
            if reach & ~filled and not reach & filled:
                return ()
        return tuple(join.waiting)

    def _occupied(self, node: Node, scope: Node, scope_id: str) -> Iterable[str]:
        for other in scope.joins:
            if other is not node and self.state.find_join(scope_id, other.id) is not None:
                yield other.id
        yield from self.state.children.positions(scope_id)

    # --- variables and expressions ---

    def evaluate(self, formula: Formula, at: ElementInstance) -> object:
        """Evaluate with the variables that the element instance sees. Raises: Failure."""
        if isinstance(formula, str):
            return formula
        evaluation = formula.evaluate(self.lookup(at, formula.names), now=self.now)
        if evaluation.value is None:
            for diagnostic in evaluation.diagnostics:
                if diagnostic.kind not in _HARMLESS:
                    raise Failure("expression", f"'{formula.text}' failed: {diagnostic.message}")
        return evaluation.value

    def compute(self, formula: Formula, at: ElementInstance) -> object:
        """Evaluate to a value that can be kept as a variable. Raises: Failure."""
        try:
            return storable(self.evaluate(formula, at))
        except CodecError as error:
            raise Failure("expression", f"'{source_of(formula)}': {error}") from error

    def evaluate_text(self, formula: Formula, at: ElementInstance, what: str) -> str:
        """Evaluate to a name: a text, neither empty nor long. Raises: Failure."""
        value = self.compute(formula, at)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
            wanted = f"{what} must be a text of 1 to {MAX_NAME} characters"
            raise Failure("expression", f"{wanted}, but '{source_of(formula)}' gave {shown(value)}.")
        return value

    def holds(self, condition: Expression, flow: Flow, at: ElementInstance) -> bool:
        """Evaluate the condition of a flow. Raises: Failure."""
        value = self.evaluate(condition, at)
        if not isinstance(value, bool):
            message = f"The condition '{condition.text}' of flow '{flow.id}' gave {shown(value)}, not true or false."
            raise Failure("condition", message)
        return value

    def chain(self, at: ElementInstance) -> list[str]:
        """List the scopes that an element instance sees, its own first, the instance last."""
        ids = [at.id]
        scope_id = at.scope_id
        while scope_id is not None:
            ids.append(scope_id)
            scope_id = self.state.elements.get(scope_id).scope_id
        return ids

    def lookup(self, at: ElementInstance, names: Iterable[str]) -> dict[str, object]:
        """Read variables by name, each from the nearest scope that has it; all that is unknown is asked for at once."""
        chain: list[str] | None = None
        found: dict[str, object] = {}
        unknown: list[Key] = []
        for name in names:
            chain = chain or self.chain(at)
            home = self._home(chain, name, unknown)
            if home is not None:
                found[name] = self.state.variables.find(home, name)
        if unknown:
            raise Unknown(tuple(unknown))
        return found

    def visible(self, at: ElementInstance) -> dict[str, object]:
        """Read all variables that an element instance sees."""
        seen: dict[str, object] = {}
        unknown: list[Key] = []
        for scope_id in self.chain(at):
            try:
                seen = self.state.variables.all(scope_id) | seen
            except Unknown as question:
                unknown.extend(question.keys)
        if unknown:
            raise Unknown(tuple(unknown))
        return seen

    def take_result(self, node: Node, at: ElementInstance, variables: Mapping[str, object]) -> None:
        """Take variables that a task, message or call brought: for the output mappings if there are any, else for all."""
        if node.outputs:
            self.set_local(at.id, variables)
        elif variables:
            self.propagate(at, variables)

    def set_local(self, scope_id: str, variables: Mapping[str, object]) -> None:
        """Set variables in this very scope."""
        for name, value in variables.items():
            self.emit(facts.VariableSet(scope_id, name, value))

    def propagate(self, at: ElementInstance, variables: Mapping[str, object]) -> None:
        """Set each variable in the nearest scope that has it, else in the instance."""
        chain = self.chain(at)
        unknown: list[Key] = []
        homes = [self._home(chain, name, unknown) or chain[-1] for name in variables]
        if unknown:
            raise Unknown(tuple(unknown))
        for home, (name, value) in zip(homes, variables.items(), strict=True):
            self.emit(facts.VariableSet(home, name, value))

    def _home(self, chain: Sequence[str], name: str, unknown: list[Key]) -> str | None:
        for scope_id in chain:
            try:
                if self.state.variables.find(scope_id, name) is not ABSENT:
                    return scope_id
            except Unknown as question:
                unknown.extend(question.keys)
        return None

    def _map_inputs(self, node: Node, at: ElementInstance) -> None:
        for mapping in node.inputs:
            value = self.compute(mapping.source, at)
            name = mapping.target[0]
            current = self.state.variables.find(at.id, name) if len(mapping.target) > 1 else ABSENT
            self.set_local(at.id, {name: _placed(current, mapping.target[1:], value)})

    def _map_outputs(self, node: Node, at: ElementInstance) -> None:
        if not node.outputs:
            return
        around = self.state.elements.get(_scope(at))
        values = [(mapping, self.compute(mapping.source, at)) for mapping in node.outputs]
        result: dict[str, object] = {}
        for mapping, value in values:
            self._place_output(mapping, value, around, result)
        self.propagate(around, result)

    def _place_output(
        self, mapping: IoMapping, value: object, around: ElementInstance, result: dict[str, object]
    ) -> None:
        name, *path = mapping.target
        if path and name not in result:
            result.update(self.lookup(around, (name,)))
        result[name] = _placed(result.get(name), path, value)

    def _chosen_flows(self, node: Node, at: ElementInstance) -> tuple[Flow, ...]:
        """Choose as an activity does: every flow without a condition or whose condition holds; the default if none."""
        others = (flow for flow in node.outgoing if flow is not node.default)
        chosen = tuple(flow for flow in others if flow.condition is None or self.holds(flow.condition, flow, at))
        if chosen:
            return chosen
        if node.default is None:
            raise Failure("no_flow", "No condition of an outgoing flow holds, and there is no default flow.")
        return (node.default,)


def source_of(formula: Formula) -> str:
    """Say what the author wrote."""
    return formula if isinstance(formula, str) else formula.text


def _scope(at: ElementInstance) -> str:
    if at.scope_id is None:
        raise KeyError("the root of an instance is in no scope")
    return at.scope_id


def _catcher(node: Node, code: str) -> Node | None:
    errors = [event for event in node.boundaries if event.error_code is not None]
    exact = next((event for event in errors if event.error_code == code), None)
    return exact or next((event for event in errors if not event.error_code), None)


def _placed(current: object, path: Sequence[str], value: object) -> object:
    if not path:
        return value
    context = dict(current) if isinstance(current, dict) else {}
    context[path[0]] = _placed(context.get(path[0]), path[1:], value)
    return context


def shown(value: object) -> str:
    return "null" if value is None else repr(value)[:80]
