"""A model: its decisions with what they require, and their evaluation."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import feel
from dmn import _xml
from dmn._boxed import compile_function, compile_inside
from dmn._frame import Evaluator, Frame, Scope, Step, plain
from dmn._scope import Reader
from dmn._tables import Table
from dmn._xml import Element
from dmn.errors import Diagnostic, DmnProblems, UnknownDecisionError

_REQUIREMENTS = {
    "informationRequirement": ("requiredDecision", "requiredInput"),
    "knowledgeRequirement": ("requiredKnowledge",),
}
_NODES = ("decision", "inputData", "businessKnowledgeModel", "decisionService")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A decision's value; `diagnostics` tell why something is null; `steps` is what `trace` is written from."""

    value: object
    diagnostics: tuple[Diagnostic, ...]
    steps: tuple[Step, ...] = field(repr=False, compare=False)

    @property
    def trace(self) -> list[dict[str, object]]:
        """Tell, in the order of evaluation, which rules matched with which inputs and outputs.

        Plain values, ready for JSON. They are written each time this is read, so a trace that nobody reads costs little.
        """
        return [step.plain() for step in self.steps]


class _DecisionStep:
    __slots__ = ("_node", "_value", "decision")

    def __init__(self, node: "_Node", value: object) -> None:
        self._node = node
        self._value = value
        self.decision: str | None = node.id

    def plain(self) -> dict[str, object]:
        return {"decision": self.decision, "name": self._node.element.get("name"), "value": plain(self._value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`variable` is the name under which others read its value; `inputs` those of the input data that it requires,
    itself or through others."""

    id: str
    name: str
    variable: str
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    kind: str
    element: Element
    id: str
    variable: str
    required: tuple[str, ...]


class Model:
    """A compiled model; it holds no state and may be used by many threads."""

    def __init__(
        self, nodes: Mapping[str, _Node], logic: Mapping[str, Evaluator | None], tables: Sequence[Table] = ()
    ) -> None:
        self._nodes = nodes
        self._logic = logic
        self.tables = tuple(tables)
        self.decisions: tuple[Decision, ...] = tuple(
            Decision(
                id=node.id, name=node.element.get("name", node.id), variable=node.variable, inputs=self._inputs(node)
            )
            for node in nodes.values()
            if node.kind == "decision"
        )
        self._by_name = {
            node.element.get("name", node.id): node.id for node in nodes.values() if node.kind == "decisionService"
        } | {decision.name: decision.id for decision in self.decisions}

    def evaluate(self, decision: str, context: Mapping[str, object], *, now: dt.datetime | None = None) -> Result:
        """Evaluate a decision or decision service, by id or name, after the decisions that it requires.

        Raises: UnknownDecisionError. Source: DMN 1.5, clauses 6.2 and 10.4.
        """
        node = self._nodes.get(self._by_name.get(decision, decision))
        if node is None or node.kind not in {"decision", "decisionService"}:
            raise UnknownDecisionError(f"There is no decision “{decision}” in this model")
        frame = Frame(now)
        value = _Evaluation(self._nodes, self._logic, frame, context).value_of(node.id)
        if isinstance(value, feel.Function) and node.kind == "decisionService":
            value = value.call(*(context.get(parameter) for parameter in value.parameters))
        return Result(value=value, diagnostics=tuple(frame.diagnostics), steps=tuple(frame.steps))

    def _inputs(self, node: _Node) -> tuple[str, ...]:
        found: dict[str, None] = {}
        pending, seen = list(node.required), {node.id}
        while pending:
            required = self._nodes[pending.pop(0)]
            if required.id in seen:
                continue
            seen.add(required.id)
            if required.kind == "inputData":
                found[required.variable] = None
            pending.extend(required.required)
        return tuple(found)


class _Evaluation:
    """Values of the nodes in one evaluation, each computed once."""

    def __init__(
        self, nodes: Mapping[str, _Node], logic: Mapping[str, Evaluator | None], frame: Frame, context: Scope
    ) -> None:
        self._nodes = nodes
        self._logic = logic
        self._frame = frame
        self._context = context
        self._values: dict[str, object] = {}

    def value_of(self, node_id: str) -> object:
        if node_id not in self._values:
            node = self._nodes[node_id]
            self._values[node_id] = _EVALUATE[node.kind](self, node)
        return self._values[node_id]

    def _scope(self, node: _Node) -> dict[str, object]:
        scope = dict(self._context)
        for required in (self._nodes[required] for required in node.required):
            given = required.kind != "inputData" or required.variable in self._context
            if given and required.id != node.id:
                scope[required.variable] = self.value_of(required.id)
        return scope

    def input_data(self, node: _Node) -> object:
        return self._context.get(node.variable)

    def decision(self, node: _Node) -> object:
        logic = self._logic[node.id]
        if logic is None:
            return self._frame.note("logic", "The decision has no logic", node.id)
        scope = self._scope(node)
        steps = self._frame.steps
        first = len(steps)
        value = logic(self._frame, scope)
        for step in steps[first:]:
            step.decision = step.decision or node.id
        steps.append(_DecisionStep(node, value))
        return value

    def knowledge(self, node: _Node) -> object:
        logic = self._logic[node.id]
        if logic is None:
            return self._frame.note("logic", "The business knowledge model has no logic", node.id)
        scope = self._scope(node)
        # The function reads its scope when it's called, so it finds itself there.
        scope[node.variable] = logic(self._frame, scope)
        return scope[node.variable]

    def service(self, node: _Node) -> object:
        """Make a function of a decision service: its inputs are parameters, its decisions are evaluated afresh."""
        inputs = [*_targets(node.element, "inputData"), *_targets(node.element, "inputDecision")]
        outputs = [self._nodes[target] for target in _targets(node.element, "outputDecision")]
        variables = tuple(self._nodes[target].variable for target in inputs)

        def call(*arguments: object) -> object:
            given = dict(zip(variables, arguments, strict=True))
            inner = _Evaluation(self._nodes, self._logic, self._frame, given)
            inner._values.update(zip(inputs, arguments, strict=True))
            results = {output.variable: inner.value_of(output.id) for output in outputs}
            return next(iter(results.values())) if len(results) == 1 else results

        return self._frame.function(variables, node.id, call)


_EVALUATE = {
    "decision": _Evaluation.decision,
    "inputData": _Evaluation.input_data,
    "businessKnowledgeModel": _Evaluation.knowledge,
    "decisionService": _Evaluation.service,
}


def load(xml: bytes) -> Model:
    """Compile a model.

    Raises: DmnProblems with every mistake. Source: DMN 1.1 to 1.5, clauses 6 to 8 and 10.
    """
    root = _xml.read(xml)
    reader = Reader()
    for element in _xml.children(root, "import"):
        reader.problem("import", element, "Importing other models isn't possible; put the decisions into one model")
    nodes = _read_nodes(root, reader)
    _check_references(nodes, reader)
    logic = {node.id: _compile_node(node, nodes, reader) for node in nodes.values()}
    if reader.problems:
        raise DmnProblems(tuple(reader.problems))
    return Model(nodes, logic, reader.tables)


def _read_nodes(root: Element, reader: Reader) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    names: set[tuple[str, str]] = set()
    for element in _xml.children(root, *_NODES):
        variable = _xml.child(element, "variable")
        name = element.get("name", "")
        node_id = element.get("id") or name
        if not node_id:
            reader.problem("no_id", element, f"A {_xml.kind(element)} has neither id nor name")
            continue
        kind = _xml.kind(element)
        if node_id in nodes or (name and (kind, name) in names):
            reader.problem("duplicate", element, f"There are two of the name “{name or node_id}”")
        names.add((kind, name))
        nodes[node_id] = _Node(
            kind=kind,
            element=element,
            id=node_id,
            variable=name or (variable.get("name", "") if variable is not None else "") or node_id,
            required=tuple(_required(element)),
        )
    if not any(node.kind == "decision" for node in nodes.values()):
        reader.problem("no_decision", root, "The model has no decision")
    return nodes


def _required(element: Element) -> list[str]:
    targets: list[str] = []
    for kind, references in _REQUIREMENTS.items():
        for requirement in _xml.children(element, kind):
            targets += _targets(requirement, *references)
    return targets


def _targets(element: Element, *kinds: str) -> list[str]:
    return [reference.get("href", "").rpartition("#")[2] for reference in _xml.children(element, *kinds)]


def _check_references(nodes: dict[str, _Node], reader: Reader) -> None:
    for node in nodes.values():
        parts = _targets(node.element, "inputData", "inputDecision", "outputDecision", "encapsulatedDecision")
        for target in (*node.required, *(parts if node.kind == "decisionService" else ())):
            if target not in nodes:
                reader.problem("missing_reference", node.element, f"There is no element “{target}”, which is required")
    if reader.problems:
        # The requirements can't be followed: compile each node with those that are there, to find its other mistakes.
        for node_id, node in nodes.items():
            there = tuple(target for target in node.required if target in nodes)
            nodes[node_id] = _Node(
                kind=node.kind, element=node.element, id=node.id, variable=node.variable, required=there
            )
    for cycle in _cycles(nodes):
        reader.problem("cycle", nodes[cycle].element, "The decision requires itself, directly or through others")


def _cycles(nodes: Mapping[str, _Node]) -> list[str]:
    """Give the nodes that remain when those whose requirements are met are taken away, again and again."""
    waiting = {node.id: {target for target in node.required if target != node.id} for node in nodes.values()}
    own = [node.id for node in nodes.values() if node.kind == "decision" and node.id in node.required]
    while done := {node_id for node_id, required in waiting.items() if not required & waiting.keys()}:
        for node_id in done:
            del waiting[node_id]
    return own + list(waiting)


def _compile_node(node: _Node, nodes: Mapping[str, _Node], reader: Reader) -> Evaluator | None:
    names = frozenset(nodes[target].variable for target in node.required)
    if node.kind == "decision":
        return compile_inside(node.element, names, reader)
    if node.kind == "businessKnowledgeModel":
        encapsulated = _xml.child(node.element, "encapsulatedLogic")
        return None if encapsulated is None else compile_function(encapsulated, names | {node.variable}, reader)
    return None
