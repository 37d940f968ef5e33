"""A model: its decisions with what they require, and their evaluation."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import feel
from dmn._boxed import ELEMENTS
from dmn._evaluation import Evaluation, Program, program_of
from dmn._frame import Evaluator, Frame, Step
from dmn._functions import compile_function
from dmn._imports import Definitions, Sources, read_models
from dmn._nodes import Key, Node, in_order, inputs_of, read_nodes, resolved
from dmn._scope import Functions, Reader
from dmn._tables import Table
from dmn._types import define_types
from dmn._xml import child
from dmn.errors import Diagnostic, DmnProblems, Problem, UnknownDecisionError


# Not frozen: one is made with every evaluation, and freezing takes longer than all the rest of making it.
@dataclass(slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`variable` is the name under which others read its value; `inputs` those of the input data that it requires,
    itself or through others: an imported model's as `{namespace}name`. `type` is what its variable states."""

    id: str
    name: str
    variable: str
    inputs: tuple[str, ...]
    type: feel.Type | None


class Model:
    """A compiled model; it holds no state and may be used by many threads.

    `types` are its item definitions by name, `warnings` what may be a mistake but keeps nothing from being evaluated.
    """

    def __init__(
        self,
        program: Program,
        *,
        namespace: str,
        inputs: Mapping[Key, Iterable[Key]],
        tables: Sequence[Table],
        types: Mapping[str, feel.Type],
        warnings: Sequence[Problem],
    ) -> None:
        self._program = program
        self.namespace = namespace
        self.tables = tuple(tables)
        self.types = types
        self.warnings = tuple(warnings)
        self.decisions: tuple[Decision, ...] = tuple(
            Decision(
                id=node.id,
                name=node.name,
                variable=node.variable,
                inputs=tuple(map(self._input_name, inputs[node.key])),
                type=node.type,
            )
            for node in program.nodes.values()
            if node.kind == "decision" and node.key[0] == self.namespace
        )
        self._by_name = _index(program)

    def evaluate(
        self,
        decision: str,
        context: Mapping[str, object],
        *,
        namespace: str | None = None,
        now: dt.datetime | None = None,
    ) -> Result:
        """Evaluate a decision, a decision service or a business knowledge model, by id or name.

        What a decision requires is evaluated first; a service or knowledge model takes its parameters from the context.
        An element, or an input, of an imported model is named with its namespace (`namespace=`; inputs as
        `{namespace}name`, or inside a context under the import's name).
        Raises: UnknownDecisionError. Source: DMN 1.5, clauses 6.2 and 10.4.
        """
        key = self._by_name.get((self.namespace if namespace is None else namespace, decision))
        if key is None:
            raise UnknownDecisionError(f"There is no decision “{decision}” in this model; {self._offered()}")
        frame = Frame(now)
        value: object = None
        try:
            value = self._value(Evaluation(self._program, frame, context), self._program.nodes[key])
        except RecursionError:
            frame.note("limit", "The evaluation is nested too deeply", key[1])
        return Result(value=value, diagnostics=tuple(frame.diagnostics), steps=tuple(frame.steps))

    def _offered(self) -> str:
        names = sorted({self._program.nodes[key].name for key in self._by_name.values()})
        listed = ", ".join(f"“{name}”" for name in names[:_MOST_NAMES])
        return f"there are {listed}" + (f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else "")

    def _value(self, evaluation: Evaluation, node: Node) -> object:
        return evaluation.value_of(node.key) if node.kind == "decision" else evaluation.invoke(node)

    def _input_name(self, key: Key) -> str:
        variable = self._program.nodes[key].variable
        return variable if key[0] == self.namespace else f"{{{key[0]}}}{variable}"


_MOST_NAMES = 10
MAX_NODES = 3_000
"""Elements of the graph, in a model with all that it imports."""

_INVOCABLE = ("decision", "decisionService", "businessKnowledgeModel")


def _index(program: Program) -> dict[tuple[str, str], Key]:
    """Find elements by namespace and name or id; a decision goes before a service, a service before a function."""
    index: dict[tuple[str, str], Key] = {}
    nodes = [node for kind in _INVOCABLE for node in program.nodes.values() if node.kind == kind]
    for node in nodes:
        index.setdefault((node.key[0], node.name), node.key)
    for node in nodes:
        index.setdefault(node.key, node.key)
    return index


def load(xml: bytes, *, imports: Sources = {}, functions: Functions = {}) -> Model:  # noqa: B006 - only read
    """Compile a model.

    `imports` are the models that it may import, with those that they import: namespace to XML, or a function from one
    to the other that answers None for what it hasn't. `functions` are the host's external functions, see
    `feel.compile_expression`; a ValueError or ArithmeticError of one of them means that it has no result.
    Raises: DmnProblems with every mistake. Source: DMN 1.1 to 1.6, clauses 6 to 8 and 10.
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    model, models = read_models(xml, imports, problems, warnings)
    readers = [Reader(problems=problems, warnings=warnings, elements=ELEMENTS, functions=functions) for _ in models]
    types: dict[str, Mapping[str, feel.Type]] = {}
    for one, reader in zip(models, readers, strict=True):
        types[one.namespace] = define_types(one, reader, types)
    nodes, ordered = _read_graph(models, readers)
    holds_together = not problems
    logic: dict[Key, Evaluator | None] = {}
    for one, reader in zip(models, readers, strict=True):
        own = [node for node in nodes.values() if node.key[0] == one.namespace]
        logic.update({node.key: _compile_node(node, reader) for node in own})
    if not holds_together:
        raise DmnProblems(tuple(problems))
    loaded = Model(
        program_of(model, nodes, logic, {name for reader in readers for name in reader.names}),
        namespace=model.namespace,
        inputs=inputs_of(ordered),
        tables=[table for reader in readers for table in reader.tables],
        types=types[model.namespace],
        warnings=warnings,
    )
    if problems:
        raise DmnProblems(tuple(problems), loaded)
    return loaded


def _read_graph(models: Sequence[Definitions], readers: Sequence[Reader]) -> tuple[dict[Key, Node], list[Node]]:
    """Read the elements of all models: as they stand there, and in an order in which they can be evaluated."""
    nodes = {node.key: node for one, reader in zip(models, readers, strict=True) for node in read_nodes(one, reader)}
    model, reader = models[-1], readers[-1]
    if len(nodes) > MAX_NODES:
        reader.problem("too_large", model.root, f"There are more than {MAX_NODES} decisions, inputs and functions")
        return {}, []
    if not any(node.kind in _INVOCABLE and node.key[0] == model.namespace for node in nodes.values()):
        reader.problem("no_decision", model.root, "The model has no decision")
    for one, own in zip(models, readers, strict=True):
        for node in [node for node in nodes.values() if node.key[0] == one.namespace]:
            nodes[node.key] = resolved(node, one, nodes, own)
    ordered, circular = in_order(nodes)
    for node in circular:
        reader.problem("cycle", node.element, "The decision requires itself, directly or through others")
    return nodes, ordered


def _compile_node(node: Node, reader: Reader) -> Evaluator | None:
    names = frozenset(name for name, _ in node.required)
    if node.kind == "decision":
        return reader.inside(node.element, names)
    if node.kind == "businessKnowledgeModel":
        encapsulated = child(node.element, "encapsulatedLogic")
        if encapsulated is not None:
            return compile_function(encapsulated, names | {node.variable}, reader, node.type)
    return None
