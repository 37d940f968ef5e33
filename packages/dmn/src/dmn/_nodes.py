"""The elements of a decision requirements graph (DMN 1.5, clause 6.3), across models, and what they require."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import feel
from dmn import _xml
from dmn._imports import Definitions
from dmn._scope import Reader
from dmn._xml import Element

Key = tuple[str, str]
"""A model's namespace and the element's id."""

_KINDS = ("decision", "inputData", "businessKnowledgeModel", "decisionService")
_REQUIREMENTS = {
    "informationRequirement": ("requiredDecision", "requiredInput"),
    "knowledgeRequirement": ("requiredKnowledge",),
}
_TARGETS = {
    "requiredDecision": ("decision",),
    "requiredInput": ("inputData",),
    "requiredKnowledge": ("businessKnowledgeModel", "decisionService"),
    "inputData": ("inputData",),
    "inputDecision": ("decision",),
    "outputDecision": ("decision",),
    "encapsulatedDecision": ("decision",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element of the graph.

    `required` are those that it reads, under the names by which it knows them; of a decision service `parameters` are
    its inputs and `outputs` its results. `type` is that of its variable.
    """

    kind: str
    key: Key
    element: Element
    name: str
    variable: str
    type: feel.Type | None
    required: tuple[tuple[str, Key], ...] = ()
    parameters: tuple[Key, ...] = ()
    outputs: tuple[Key, ...] = ()

    @property
    def id(self) -> str:
        """Give the element's id, or its name when it has none."""
        return self.key[1]


def read_nodes(model: Definitions, reader: Reader) -> Iterator[Node]:
    """Read the elements of one model; what they require is resolved later, when all are known."""
    ids: set[str] = set()
    names: set[tuple[str, str]] = set()
    for element in _xml.children(model.root, *_KINDS):
        kind = _xml.kind(element)
        variable = _xml.child(element, "variable")
        name = element.get("name") or (variable.get("name") if variable is not None else None) or ""
        node_id = element.get("id") or name
        if not node_id:
            reader.problem("no_id", element, f"A {kind} has neither id nor name")
            continue
        if node_id in ids or (name and (kind, name) in names):
            reader.problem("duplicate", element, f"There are two of the name “{name or node_id}”")
        ids.add(node_id)
        names.add((kind, name))
        yield Node(
            kind=kind,
            key=(model.namespace, node_id),
            element=element,
            name=name or node_id,
            variable=name or node_id,
            type=reader.type_of(variable),
        )


def resolved(node: Node, model: Definitions, nodes: Mapping[Key, Node], reader: Reader) -> Node:
    """Find what a node's references point to; those that lead nowhere are noted and left out."""
    required: dict[Key, str] = {}
    for kind, references in _REQUIREMENTS.items():
        for requirement in _xml.children(node.element, kind):
            for target in _targets(requirement, references, model, nodes, reader):
                prefix = model.prefixed(target.key[0])
                required[target.key] = f"{prefix}.{target.variable}" if prefix else target.variable
    if len(set(required.values())) < len(required):
        reader.problem("duplicate", node.element, "It requires two elements that have the same name here")
    found = replace(node, required=tuple((name, key) for key, name in required.items()))
    if node.kind != "decisionService":
        return found
    # The order of a service's parameters: the input data, then the decisions (clause 10.4).
    inputs = [_targets(node.element, (kind,), model, nodes, reader) for kind in ("inputData", "inputDecision")]
    outputs = _targets(node.element, ("outputDecision",), model, nodes, reader)
    _targets(node.element, ("encapsulatedDecision",), model, nodes, reader)
    if not outputs:
        reader.problem("no_output", node.element, "The decision service has no output decision")
    parameters = tuple(target.key for targets in inputs for target in targets)
    return replace(found, parameters=parameters, outputs=tuple(target.key for target in outputs))


def _targets(
    element: Element, references: tuple[str, ...], model: Definitions, nodes: Mapping[Key, Node], reader: Reader
) -> list[Node]:
    found: list[Node] = []
    for reference in _xml.children(element, *references):
        href = reference.get("href", "").strip()
        namespace, _, node_id = href.rpartition("#")
        key = (namespace or model.namespace, node_id)
        if key[0] in model.unread:
            continue
        if model.prefixed(key[0]) is None:
            reader.problem(
                "not_imported", element, f"The model {key[0]} isn't imported, but “{node_id}” of it is required"
            )
        elif key not in nodes:
            reader.problem("missing_reference", element, f"There is no element “{href}”, which is required")
        else:
            target = nodes[key]
            if target.kind not in _TARGETS[_xml.kind(reference)]:
                reader.warning(
                    "requirement_kind", element, f"“{target.name}” isn't what a {_xml.kind(reference)} should be"
                )
            found.append(target)
    return found


def in_order(nodes: Mapping[Key, Node]) -> tuple[list[Node], list[Node]]:
    """Put the nodes in an order in which each comes after those that it requires, and give those that can't be.

    The latter require themselves, directly or through others. A function may call itself.
    """
    open_requirements: dict[Key, int] = {}
    dependents: dict[Key, list[Key]] = {}
    for node in nodes.values():
        required = [key for _, key in node.required if key != node.key or node.kind == "decision"]
        open_requirements[node.key] = len(required)
        for key in required:
            dependents.setdefault(key, []).append(node.key)
    ordered = [key for key, count in open_requirements.items() if not count]
    for key in ordered:
        for dependent in dependents.get(key, ()):
            open_requirements[dependent] -= 1
            if not open_requirements[dependent]:
                ordered.append(dependent)
    return [nodes[key] for key in ordered], [nodes[key] for key, count in open_requirements.items() if count]


def inputs_of(nodes: Iterable[Node]) -> dict[Key, dict[Key, None]]:
    """Give for each node, which come in their order, the input data that it requires, itself or through others."""
    inputs: dict[Key, dict[Key, None]] = {}
    for node in nodes:
        found: dict[Key, None] = {node.key: None} if node.kind == "inputData" else {}
        for _, key in node.required:
            found.update(inputs.get(key, {}))
        inputs[node.key] = found
    return inputs
