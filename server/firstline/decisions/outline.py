"""What is in a decision model, in words and tables: for screens that show it, and forms that try it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from lxml import etree

Element = etree._Element  # noqa: SLF001 -- lxml has no public name for it
_KINDS = {
    "decision": "decision",
    "inputData": "input",
    "businessKnowledgeModel": "knowledge",
    "decisionService": "service",
    "knowledgeSource": "source",
}
_REQUIREMENTS = ("requiredDecision", "requiredInput", "requiredKnowledge")
# Boxed expressions that hold others, with what their parts are called.
_PARTS = {
    "conditional": ("if", "then", "else"),
    "filter": ("in", "match"),
    "for": ("in", "return"),
    "every": ("in", "satisfies"),
    "some": ("in", "satisfies"),
}
_BOXES = frozenset(
    {"literalExpression", "decisionTable", "context", "invocation", "list", "relation", "functionDefinition", *_PARTS}
)
MAX_NESTED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a decision table; `text` is what an input asks, or the name of an output."""

    id: str
    label: str
    text: str
    type: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of a decision table. `key` names it among all rules of the model."""

    id: str
    key: str
    # Its id in the drawing.
    drawn_id: str
    number: int
    tests: tuple[str, ...]
    results: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    id: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A boxed expression: FEEL, a table, or parts with their names."""

    kind: str
    text: str = ""
    table: Table | None = None
    parts: tuple[tuple[str, "Box"], ...] = ()

    def tables(self) -> Iterator[Table]:
        """Give the tables in it, at any depth."""
        if self.table is not None:
            yield self.table
        for _name, part in self.parts:
            yield from part.tables()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An element of the requirements diagram."""

    id: str
    kind: str
    name: str
    # The name under which others read its value.
    variable: str
    type: str = ""
    question: str = ""
    description: str = ""
    requires: tuple[str, ...] = ()
    # Of a function or a service: what it is called with, each with its type.
    parameters: tuple[tuple[str, str], ...] = ()
    box: Box | None = None
    # What its author calls this version of a decision (zeebe:versionTag).
    version_tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemType:
    """An item definition of the model."""

    type: str = ""
    allowed: str = ""
    is_collection: bool = False
    components: Mapping[str, "ItemType"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an element of the model is: in which node, in which rule, in which column."""

    node: str
    rule: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A decision model in short."""

    key: str
    name: str
    namespace: str
    imports: tuple[tuple[str, str], ...]
    nodes: Mapping[str, Node]
    types: Mapping[str, ItemType]
    places: Mapping[str, Place]

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """List the nodes of one kind, such as "decision"."""
        return tuple(node for node in self.nodes.values() if node.kind == kind)

    @property
    def decisions(self) -> tuple[Node, ...]:
        return self.of_kind("decision")

    @property
    def invocable(self) -> tuple[Node, ...]:
        """List what can be asked by itself: decisions, services, functions."""
        return (*self.decisions, *self.of_kind("service"), *self.of_kind("knowledge"))

    @property
    def with_logic(self) -> tuple[Node, ...]:
        """List the nodes that have something to read inside."""
        return tuple(node for node in self.nodes.values() if node.box is not None)

    def tables(self) -> dict[str, Table]:
        """Give every decision table by its id."""
        return {table.id: table for node in self.with_logic if node.box for table in node.box.tables()}

    def required_by(self, decision_id: str) -> tuple[Node, ...]:
        """List the decision and what it requires, itself or through others."""
        found: dict[str, Node] = {}
        pending = [decision_id]
        while pending:
            node = self.nodes.get(pending.pop(0))
            if node is not None and node.id not in found:
                found[node.id] = node
                pending.extend(node.requires)
        return tuple(found.values())


def read(xml: str) -> Outline:
    """Read the outline of a model that `dmn.load` has accepted."""
    root = etree.fromstring(
        xml.encode(),
        etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        ),
    )
    namespace, name = root.get("namespace", ""), root.get("name", "")
    nodes = {node.id: node for element in _children(root, *_KINDS) if (node := _node(element, namespace)).id}
    nodes |= {node.id: _with_parameters(node, root, nodes) for node in nodes.values() if node.kind == "service"}
    return Outline(
        key=(root.get("id") or name or namespace)[:200],
        name=(name or root.get("id") or namespace)[:200],
        namespace=namespace[:500],
        imports=tuple((one.get("name", ""), one.get("namespace", "")) for one in _children(root, "import")),
        nodes=nodes,
        types={one.get("name", ""): _item_type(one, 0) for one in _children(root, "itemDefinition")},
        places=_places(root),
    )


# --- nodes ---


def _version_tag(element: Element) -> str:
    """Read the tag of a decision's version; the extension's own namespace is its authors' business."""
    for extensions in _children(element, "extensionElements"):
        for tag in extensions.iterchildren("{*}versionTag"):
            return str(tag.get("value", "")).strip()
    return ""


def _node(element: Element, namespace: str) -> Node:
    variable = next(_children(element, "variable"), None)
    name = element.get("name", "")
    return Node(
        id=element.get("id") or name,
        kind=_KINDS[_kind(element)],
        name=name or element.get("id", ""),
        variable=name or (variable.get("name", "") if variable is not None else "") or element.get("id", ""),
        type=_type_of(variable),
        question=_line(element, "question"),
        description=_line(element, "description"),
        version_tag=_version_tag(element),
        requires=tuple(
            target
            for requirement in _children(element, "informationRequirement", "knowledgeRequirement")
            for target in _targets(requirement, namespace, *_REQUIREMENTS)
        ),
        parameters=tuple(
            (one.get("name", ""), _type_of(one))
            for encapsulated in _children(element, "encapsulatedLogic")
            for one in _children(encapsulated, "formalParameter")
        ),
        box=_logic(element),
    )


def _with_parameters(service: Node, root: Element, nodes: Mapping[str, Node]) -> Node:
    """Give a service the inputs that it is called with."""
    element = next(one for one in _children(root, "decisionService") if service.id in {one.get("id"), one.get("name")})
    inputs = _targets(element, root.get("namespace", ""), "inputData", "inputDecision")
    parameters = tuple((nodes[one].variable, nodes[one].type) for one in inputs if one in nodes)
    return replace(service, parameters=parameters)


def _targets(element: Element, namespace: str, *kinds: str) -> tuple[str, ...]:
    """Give the ids that an element refers to in this model."""
    hrefs = (reference.get("href", "").rpartition("#") for reference in _children(element, *kinds))
    return tuple(target for space, _hash, target in hrefs if space in {"", namespace})


def _logic(element: Element) -> Box | None:
    if _kind(element) == "decision":
        return _inside(element)
    encapsulated = next(_children(element, "encapsulatedLogic"), None)
    return None if encapsulated is None else _function(encapsulated, 0)


def _item_type(element: Element, depth: int) -> ItemType:
    allowed = next(_children(element, "allowedValues"), None)
    components = {} if depth >= MAX_NESTED else {
        one.get("name", ""): _item_type(one, depth + 1) for one in _children(element, "itemComponent")
    }  # fmt: skip
    return ItemType(
        type=_line(element, "typeRef") or element.get("typeRef", ""),
        allowed="" if allowed is None else _text(allowed),
        is_collection=element.get("isCollection") == "true",
        components=components,
    )


# --- boxed expressions ---


def _inside(element: Element, depth: int = 0) -> Box | None:
    found = next(_children(element, *_BOXES), None)
    return None if found is None else _box(found, depth)


def _box(element: Element, depth: int) -> Box:
    kind = _kind(element)
    if depth > MAX_NESTED:
        return Box(kind="literalExpression", text="…")
    if kind == "literalExpression":
        return Box(kind=kind, text=_text(element))
    if kind == "decisionTable":
        return Box(kind=kind, table=_table(element))
    if kind == "functionDefinition":
        return _function(element, depth)
    return Box(kind=kind, text=_heading(element), parts=tuple(_parts(element, depth + 1)))


def _function(element: Element, depth: int) -> Box:
    parameters = ", ".join(one.get("name", "") for one in _children(element, "formalParameter"))
    body = _inside(element, depth + 1)
    return Box(kind="functionDefinition", text=f"({parameters})", parts=() if body is None else (("", body),))


def _heading(element: Element) -> str:
    if _kind(element) == "invocation":
        called = next(_children(element, "literalExpression"), None)
        return "" if called is None else _text(called)
    return element.get("iteratorVariable", "")


def _parts(element: Element, depth: int) -> Iterator[tuple[str, Box]]:
    kind = _kind(element)
    for child in _children(element, "contextEntry", "binding", "row", *_PARTS.get(kind, ())):
        inside = _row(child, element, depth) if kind == "relation" else _inside(child, depth)
        named = next(_children(child, "variable", "parameter"), None)
        name = (
            named.get("name", "")
            if named is not None
            else ""
            if _kind(child) in {"contextEntry", "row"}
            else _kind(child)
        )
        if inside is not None:
            yield name, inside
    if kind == "list":
        yield from (("", _box(child, depth)) for child in _children(element, *_BOXES))


def _row(row: Element, relation: Element, depth: int) -> Box:
    names = [column.get("name", "") for column in _children(relation, "column")]
    boxes = [_box(child, depth + 1) for child in _children(row, *_BOXES)]
    return Box(kind="context", parts=tuple(zip(names, boxes, strict=False)))


# --- tables ---


def _table(element: Element) -> Table:
    identity = _identity(element)
    return Table(
        id=identity,
        hit_policy=element.get("hitPolicy", "UNIQUE").upper(),
        aggregation=element.get("aggregation", ""),
        inputs=tuple(_input(one) for one in _children(element, "input")),
        outputs=tuple(_output(one, element) for one in _children(element, "output")),
        rules=tuple(_rule(one, identity, number) for number, one in enumerate(_children(element, "rule"), 1)),
    )


def _input(element: Element) -> Column:
    expression = next(_children(element, "inputExpression"), None)
    allowed = next(_children(element, "inputValues"), None)
    text = "" if expression is None else _text(expression)
    return Column(
        id=_identity(element),
        label=element.get("label") or text,
        text=text,
        type=_type_of(expression),
        allowed="" if allowed is None else _text(allowed),
    )


def _output(element: Element, table: Element) -> Column:
    allowed = next(_children(element, "outputValues"), None)
    name = element.get("name", "")
    return Column(
        id=_identity(element),
        label=str(element.get("label") or name or table.get("outputLabel", "")),
        text=name,
        type=_type_of(element),
        allowed="" if allowed is None else _text(allowed),
    )


def _rule(element: Element, table: str, number: int) -> Rule:
    identity = element.get("id") or f"rule {number}"
    notes = [_text(one) for one in _children(element, "annotationEntry")]
    return Rule(
        id=identity,
        key=rule_key(table, identity),
        drawn_id=element.get("id") or drawn_rule_id(table, number),
        number=number,
        tests=tuple(_text(one) or "-" for one in _children(element, "inputEntry")),
        results=tuple(_text(one) or "-" for one in _children(element, "outputEntry")),
        note=" · ".join(part for part in (_line(element, "description"), *notes) if part),
    )


def rule_key(table: str, rule: str) -> str:
    """Name a rule among all rules of a model.

    >>> rule_key("priority", "r1")
    'priority#r1'
    """
    return f"{table}#{rule}"


def drawn_rule_id(table: str, number: int) -> str:
    """Name a rule that has no id of its own, as an id in the drawing."""
    return f"{table}-rule-{number}"


def _places(root: Element) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for element in _children(root, *_KINDS):
        name = str(element.get("name") or element.get("id", ""))
        for inner in element.iter():
            identity = inner.get("id") if isinstance(inner.tag, str) else None
            if identity:
                found.setdefault(identity, Place(node=name))
        for table in element.iter():
            if isinstance(table.tag, str) and _kind(table) == "decisionTable":
                found.update(_cells(table, name))
    return found


def _cells(table: Element, node: str) -> Iterator[tuple[str, Place]]:
    inputs = [column.label for column in map(_input, _children(table, "input"))]
    outputs = [_output(one, table).label for one in _children(table, "output")]
    for kinds, labels in ((("input",), inputs), (("output",), outputs)):
        for column, label in zip(_children(table, *kinds), labels, strict=True):
            for inner in column.iter():
                if isinstance(inner.tag, str) and inner.get("id"):
                    yield inner.get("id", ""), Place(node=node, column=label)
    for number, rule in enumerate(_children(table, "rule"), 1):
        yield rule.get("id") or f"rule {number}", Place(node=node, rule=number)
        for kind, labels in (("inputEntry", inputs), ("outputEntry", outputs)):
            for cell, label in zip(_children(rule, kind), labels, strict=False):
                if cell.get("id"):
                    yield cell.get("id", ""), Place(node=node, rule=number, column=label)


# --- XML ---


def _kind(element: Element) -> str:
    """Tell an element's name; what other tools added gets an empty one."""
    name = etree.QName(element)
    return str(name.localname) if "omg.org/spec/DMN/" in str(name.namespace) else ""


def _children(element: Element, *kinds: str) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str) and _kind(child) in kinds)


def _line(element: Element, kind: str) -> str:
    found = next(_children(element, kind), None)
    return "" if found is None else "".join(str(part) for part in found.itertext()).strip()


def _text(element: Element) -> str:
    return _line(element, "text")


def _type_of(element: Element | None) -> str:
    """Give the type that an element names; DMN 1.1 writes it as a qualified name."""
    if element is None:
        return ""
    named = element.get("typeRef") or _line(element, "typeRef")
    return named.partition(":")[2] if named.startswith("feel:") else named


def _identity(element: Element) -> str:
    """Name an element as the trace does: its id, else that of the nearest element around it."""
    for candidate in (element, *element.iterancestors()):
        identifier = candidate.get("id") or candidate.get("name")
        if identifier:
            return str(identifier)
    return _kind(element)
