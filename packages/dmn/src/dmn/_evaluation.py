"""One evaluation of a model: the values of its elements, each computed once (DMN 1.5, clause 10.4)."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import feel
from dmn._frame import Evaluator, Frame, Scope, plain
from dmn._functions import UNSTATED
from dmn._imports import Definitions
from dmn._nodes import Key, Node
from feel.errors import Fault

_MISSING = object()
_ANY = feel.Type("Any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The elements of a model and of those that it imports, with their compiled logic.

    Who doesn't require an element can't read it; other variables of the caller can be read by all: `undeclared` are the
    names that something here reads and no own element has, `reads_own` whether something reads a name that one has. `given`
    tells how each element's value is found.
    """

    nodes: Mapping[Key, Node]
    logic: Mapping[Key, Evaluator | None]
    undeclared: frozenset[str]
    reads_own: bool
    given: Mapping[Key, "Given"]
    plans: dict[Key, tuple[Node, ...]] = field(default_factory=dict)
    """What a decision requires, in the order in which it's evaluated, last itself; made when it's first asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Where the caller may give an element's value, and the type that it must have; None for any.

    `prefix` is the name of the import that brought it, `hidden` when the model itself has an input of that name.
    """

    id: str
    name: str
    qualified: str
    prefix: str
    hidden: bool
    type: feel.Type | None


def program_of(
    model: Definitions, nodes: Mapping[Key, Node], logic: Mapping[Key, Evaluator | None], names: Iterable[str]
) -> Program:
    """Put a program together; `names` are those that its expressions read."""
    own = [node for node in nodes.values() if node.key[0] == model.namespace]
    inputs = frozenset(node.variable for node in own if node.kind == "inputData")
    given = {node.key: _given(node, model, inputs) for node in nodes.values() if node.kind in {"inputData", "decision"}}
    read = frozenset(names)
    undeclared = read - {node.variable for node in own}
    return Program(nodes=nodes, logic=logic, undeclared=undeclared, reads_own=undeclared != read, given=given)


def _given(node: Node, model: Definitions, own_inputs: frozenset[str]) -> Given:
    # The elements of a model that is imported by an imported one have no name here.
    prefix = model.prefixed(node.key[0])
    return Given(
        id=node.id,
        name=node.variable,
        qualified=f"{{{node.key[0]}}}{node.variable}",
        prefix=prefix or "",
        hidden=node.key[0] != model.namespace and prefix != "" and node.variable in own_inputs,
        type=None if node.type == _ANY else node.type,
    )


def _plan(key: Key, nodes: Mapping[Key, Node]) -> tuple[Node, ...]:
    """Order what an element requires, itself or through others, however long the chain."""
    planned: dict[Key, Node] = {}
    pending = [key]
    while pending:
        node = nodes[pending[-1]]
        missing = [other for _, other in node.required if other not in planned and other != node.key]
        pending += missing
        if not missing:
            planned[pending.pop()] = node
    return tuple(planned.values())


class DecisionStep:
    """A decision was made."""

    __slots__ = ("_node", "_value", "decision")

    def __init__(self, node: Node, value: object) -> None:
        self._node = node
        self._value = value
        self.decision: str | None = node.id

    def plain(self) -> dict[str, object]:
        """Describe the step for the trace."""
        return {"decision": self.decision, "name": self._node.name, "value": plain(self._value)}


class Evaluation:
    """Values of the nodes in one evaluation, each computed once."""

    def __init__(
        self, program: Program, frame: Frame, context: Scope, values: Mapping[Key, object] | None = None
    ) -> None:
        self._program = program
        self._frame = frame
        self._context = context
        self._undeclared = self._readable(context)
        self._values: dict[Key, object] = dict(values) if values else {}

    def _readable(self, context: Scope) -> feel.Values:
        """Give what all may read, converted once, not by each expression that reads it."""
        program, is_feel = self._program, type(context) is feel.Values
        if type(context) is feel.Values and not program.reads_own:
            return context
        readable = feel.Values()
        for name in program.undeclared:
            if name in context:
                value = context[name]
                readable[name] = value if is_feel else self._fitted(value, None, name)
        return readable

    def value_of(self, key: Key) -> object:
        """Give an element's value; null and a note when it can't be computed."""
        if not self._values:
            # What it requires comes first: a long chain is no deep call.
            program = self._program
            plan = program.plans.get(key) or program.plans.setdefault(key, _plan(key, program.nodes))
            for node in plan:
                self._values[node.key] = _EVALUATE[node.kind](self, node)
        value = self._found(key)
        return None if value is _MISSING else value

    def invoke(self, node: Node) -> object:
        """Call a business knowledge model or a decision service with the context's values."""
        function = self.value_of(node.key)
        if not isinstance(function, feel.Function):
            return function
        nodes = self._program.nodes
        if node.kind == "decisionService":
            arguments = [self.input_data(nodes[key]) for key in node.parameters]
        else:
            types = function.type.arguments[1:] if function.type is not None else ()
            arguments = [
                self._fitted(self._context.get(name, _MISSING), kind, node.id)
                for name, kind in zip(function.parameters, types, strict=True)
            ]
        values = [None if argument is _MISSING else argument for argument in arguments]
        return self._frame.call(function, values, node.id)

    def _found(self, key: Key) -> object:
        if key not in self._values:
            node = self._program.nodes[key]
            self._values[key] = _EVALUATE[node.kind](self, node)
        return self._values[key]

    def _fitted(self, value: object, kind: feel.Type | None, element_id: str) -> object:
        if value is _MISSING:
            return value
        try:
            converted = feel.from_python(value)
            return converted if kind is None else kind.conformed(converted)
        except Fault as fault:
            return self._frame.note(fault.kind, fault.message, element_id)

    def _scope(self, node: Node) -> feel.Values:
        if not node.required:
            return self._undeclared
        scope = feel.Values(self._undeclared)
        for name, key in node.required:
            if key == node.key:
                continue
            value = self._found(key)
            if value is not _MISSING:
                scope[name] = value
        return scope

    def input_data(self, node: Node) -> object:
        """Give the caller's value for an element, fitted to its type."""
        given, context = self._program.given[node.key], self._context
        if given.qualified in context:
            value = context[given.qualified]
        elif given.prefix and isinstance(imported := context.get(given.prefix), Mapping) and given.name in imported:
            value = imported[given.name]
        else:
            value = _MISSING if given.hidden else context.get(given.name, _MISSING)
        return self._fitted(value, given.type, given.id)

    def decision(self, node: Node) -> object:
        logic = self._program.logic[node.key]
        if logic is None:
            return self._frame.note("logic", "The decision has no logic", node.id)
        if self._frame.is_spent:
            return self._frame.note("limit", "The evaluation takes too long", node.id)
        scope = self._scope(node)
        steps = self._frame.steps
        first = len(steps)
        value = logic(self._frame, scope)
        if node.type is not None:
            value = self._frame.conformed(value, node.type, node.id)
        for number in range(first, len(steps)):
            steps[number].decision = steps[number].decision or node.id
        steps.append(DecisionStep(node, value))
        return value

    def knowledge(self, node: Node) -> object:
        logic = self._program.logic[node.key]
        if logic is None:
            return self._frame.note("logic", "The business knowledge model has no logic", node.id)
        scope = feel.Values(self._scope(node))
        # The function reads its scope when it's called, so it finds itself there.
        scope[node.variable] = logic(self._frame, scope)
        return scope[node.variable]

    def service(self, node: Node) -> object:
        """Make a function of a decision service: its inputs are parameters, its decisions are evaluated afresh."""
        nodes = self._program.nodes
        variables = tuple(nodes[key].variable for key in node.parameters)
        outputs = [nodes[key] for key in node.outputs]

        def call(*arguments: object) -> object:
            given = feel.Values(zip(variables, arguments, strict=True))
            values = dict(zip(node.parameters, arguments, strict=True))
            inner = Evaluation(self._program, self._frame, given, values)
            results = {output.variable: inner.value_of(output.key) for output in outputs}
            return next(iter(results.values())) if len(results) == 1 else results

        return self._frame.function(variables, _service_type(node, nodes), node.id, call)


def _service_type(node: Node, nodes: Mapping[Key, Node]) -> feel.Type:
    """Give the type of a service: what its variable states may be that of the function or of its result."""
    result = node.type
    if result is not None and result.kind == "function" and len(result.arguments) == len(node.parameters) + 1:
        result = result.arguments[0]
    outputs = [nodes[key] for key in node.outputs]
    if result is None and len(outputs) == 1:
        result = outputs[0].type
    result = UNSTATED if result is None or result == _ANY else result
    return feel.Type("function", (result, *(nodes[key].type or _ANY for key in node.parameters)))


_EVALUATE: Mapping[str, Callable[[Evaluation, Node], object]] = {
    "decision": Evaluation.decision,
    "inputData": Evaluation.input_data,
    "businessKnowledgeModel": Evaluation.knowledge,
    "decisionService": Evaluation.service,
}
