"""One evaluation of a model: the values of its elements, each computed once (DMN 1.5, clause 10.4)."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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

    `declared` are the names of the model's own elements: who doesn't require one can't read it. Other variables of the
    caller can be read by all. `own_inputs` are the names of its own input data.
    """

    model: Definitions
    nodes: Mapping[Key, Node]
    logic: Mapping[Key, Evaluator | None]
    declared: frozenset[str]
    own_inputs: frozenset[str]


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
        self._undeclared = {name: value for name, value in context.items() if name not in program.declared}
        self._values: dict[Key, object] = dict(values or {})

    def value_of(self, key: Key) -> object:
        """Give an element's value; null and a note when it can't be computed."""
        # What it requires comes first, however long the chain: not one Python call inside the other.
        pending = [key]
        while pending:
            node = self._program.nodes[pending[-1]]
            missing = [other for _, other in node.required if other not in self._values and other != node.key]
            pending += missing
            if not missing:
                self._found(pending.pop())
        value = self._found(key)
        return None if value is _MISSING else value

    def invoke(self, node: Node) -> object:
        """Call a business knowledge model or a decision service with the context's values."""
        function = self.value_of(node.key)
        if not isinstance(function, feel.Function):
            return function
        nodes = self._program.nodes
        if node.kind == "decisionService":
            arguments = [self._given(nodes[key]) for key in node.parameters]
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

    def _given(self, node: Node) -> object:
        """Give the context's value for an element, fitted to its type."""
        namespace, name = node.key[0], node.variable
        model = self._program.model
        prefix = model.prefixed(namespace)
        value = self._context.get(f"{{{namespace}}}{name}", _MISSING)
        if value is _MISSING and prefix:
            values = self._context.get(prefix)
            value = values.get(name, _MISSING) if isinstance(values, Mapping) else _MISSING
        # An own input of the same name hides the imported one.
        if value is _MISSING and not (prefix and name in self._program.own_inputs):
            value = self._context.get(name, _MISSING)
        return self._fitted(value, node.type, node.id)

    def _fitted(self, value: object, kind: feel.Type | None, element_id: str) -> object:
        if value is _MISSING or kind is None or kind == _ANY:
            return value
        try:
            return kind.conformed(feel.from_python(value))
        except Fault as fault:
            return self._frame.note(fault.kind, fault.message, element_id)

    def _scope(self, node: Node) -> dict[str, object]:
        scope = dict(self._undeclared)
        for name, key in node.required:
            if key == node.key:
                continue
            value = self._found(key)
            if value is not _MISSING:
                scope[name] = value
        return scope

    def _input_data(self, node: Node) -> object:
        return self._given(node)

    def _decision(self, node: Node) -> object:
        logic = self._program.logic[node.key]
        if logic is None:
            return self._frame.note("logic", "The decision has no logic", node.id)
        scope = self._scope(node)
        steps = self._frame.steps
        first = len(steps)
        value = logic(self._frame, scope)
        if node.type is not None:
            value = self._frame.conformed(value, node.type, node.id)
        for step in steps[first:]:
            step.decision = step.decision or node.id
        steps.append(DecisionStep(node, value))
        return value

    def _knowledge(self, node: Node) -> object:
        logic = self._program.logic[node.key]
        if logic is None:
            return self._frame.note("logic", "The business knowledge model has no logic", node.id)
        scope = self._scope(node)
        # The function reads its scope when it's called, so it finds itself there.
        scope[node.variable] = logic(self._frame, scope)
        return scope[node.variable]

    def _service(self, node: Node) -> object:
        """Make a function of a decision service: its inputs are parameters, its decisions are evaluated afresh."""
        nodes = self._program.nodes
        variables = tuple(nodes[key].variable for key in node.parameters)
        outputs = [nodes[key] for key in node.outputs]

        def call(*arguments: object) -> object:
            given = dict(zip(variables, arguments, strict=True))
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
    return feel.Type("function", (result or UNSTATED, *(nodes[key].type or _ANY for key in node.parameters)))


_EVALUATE: Mapping[str, Callable[[Evaluation, Node], object]] = {
    "decision": Evaluation._decision,  # noqa: SLF001 - its own table
    "inputData": Evaluation._input_data,  # noqa: SLF001
    "businessKnowledgeModel": Evaluation._knowledge,  # noqa: SLF001
    "decisionService": Evaluation._service,  # noqa: SLF001
}
