"""A model as the drawing takes it: in one dialect of DMN, every element with an id, laid out where nobody did. Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from firstline.decisions.outline import Node, Outline, drawn_rule_id, read

_MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_DMNDI = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
_DC = "http://www.omg.org/spec/DMN/20180521/DC/"
_DI = "http://www.omg.org/spec/DMN/20180521/DI/"
# The drawing reads DMN 1.3; what it draws has the same form in the others.
_DIALECTS = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": _MODEL,
    "http://www.omg.org/spec/DMN/20180521/MODEL/": _MODEL,
    "https://www.omg.org/spec/DMN/20211108/MODEL/": _MODEL,
    "https://www.omg.org/spec/DMN/20230324/MODEL/": _MODEL,
    "http://www.omg.org/spec/DMN/20180521/DMNDI/": _DMNDI,
    "https://www.omg.org/spec/DMN/20211108/DMNDI/": _DMNDI,
    "https://www.omg.org/spec/DMN/20230324/DMNDI/": _DMNDI,
}
_NEEDS_ID = (
    "decision", "inputData", "businessKnowledgeModel", "knowledgeSource", "decisionService",
    "informationRequirement", "knowledgeRequirement", "authorityRequirement", "encapsulatedLogic", "variable",
    "decisionTable", "literalExpression", "context", "invocation", "relation", "list", "functionDefinition",
    "input", "inputExpression", "inputValues", "output", "outputValues", "inputEntry", "outputEntry",
    "formalParameter", "text",
)  # fmt: skip
_REQUIREMENTS = ("informationRequirement", "knowledgeRequirement")
WIDTH, HEIGHT, ACROSS, DOWN = 180, 80, 220, 160


@lru_cache(maxsize=64)
def drawing(xml: str) -> str:
    """Give the model for the drawing; nothing that it means changes."""
    for dialect, ours in _DIALECTS.items():
        xml = xml.replace(f'"{dialect}"', f'"{ours}"').replace(f"'{dialect}'", f"'{ours}'")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(xml.encode(), parser)
    _give_ids(root)
    if root.find(f".//{{{_DMNDI}}}DMNShape") is None:
        _lay_out(root, read(etree.tostring(root, encoding="unicode")))
    return str(etree.tostring(root, encoding="unicode"))


def _give_ids(root: etree._Element) -> None:
    taken = {element.get("id") for element in root.iter() if element.get("id")}
    number = 0
    for kind in _NEEDS_ID:
        for element in root.iter(f"{{{_MODEL}}}{kind}"):
            if element.get("id") or kind == "text":
                continue
            number += 1
            while f"drawn-{number}" in taken:
                number += 1
            element.set("id", f"drawn-{number}")
    for table in root.iter(f"{{{_MODEL}}}decisionTable"):
        for place, rule in enumerate(table.iterchildren(f"{{{_MODEL}}}rule"), 1):
            if not rule.get("id"):
                rule.set("id", drawn_rule_id(table.get("id", ""), place))


# --- layout ---


def _lay_out(root: etree._Element, outline: Outline) -> None:
    """Put what is required below what requires it, a row per step."""
    rows = _rows(outline)
    widest = max((len(row) for row in rows), default=0)
    places: dict[str, tuple[int, int]] = {}
    for depth, row in enumerate(rows):
        # Each row stands a little aside, so that lines between rows that aren't neighbours pass between nodes.
        indent = (widest - len(row)) * ACROSS // 2 + depth * ACROSS // 4
        for position, node in enumerate(row):
            places[node.id] = (80 + indent + position * ACROSS, 80 + depth * DOWN)
    container = etree.SubElement(
        root, f"{{{_DMNDI}}}DMNDI", nsmap={"dmndi": _DMNDI, "dc": _DC, "di": _DI}
    )  # fmt: skip
    diagram = etree.SubElement(container, f"{{{_DMNDI}}}DMNDiagram", id="drawn-diagram")
    for node_id, (x, y) in places.items():
        shape = etree.SubElement(diagram, f"{{{_DMNDI}}}DMNShape", id=f"drawn-shape-{node_id}", dmnElementRef=node_id)
        etree.SubElement(shape, f"{{{_DC}}}Bounds", _numbers(x=x, y=y, width=WIDTH, height=HEIGHT))
    for requirement, source, target in _edges(root):
        if source in places and target in places:
            _edge(diagram, requirement, places[source], places[target])


def _edge(diagram: etree._Element, requirement: str, source: tuple[int, int], target: tuple[int, int]) -> None:
    edge = etree.SubElement(
        diagram, f"{{{_DMNDI}}}DMNEdge", id=f"drawn-edge-{requirement}", dmnElementRef=requirement
    )  # fmt: skip
    etree.SubElement(edge, f"{{{_DI}}}waypoint", _numbers(x=source[0] + WIDTH // 2, y=source[1]))
    etree.SubElement(edge, f"{{{_DI}}}waypoint", _numbers(x=target[0] + WIDTH // 2, y=target[1] + HEIGHT))


def _numbers(**values: int) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _rows(outline: Outline) -> list[list[Node]]:
    depths = _depths(outline.nodes)
    rows: list[list[Node]] = [[] for _ in range(max(depths.values(), default=0) + 1)]
    for node in outline.nodes.values():
        rows[depths[node.id]].append(node)
    return rows


def _depths(nodes: Mapping[str, Node]) -> dict[str, int]:
    """Tell how far below what nobody requires each node stands; requirements have no cycles."""
    depths = dict.fromkeys(nodes, 0)
    for _round in nodes:
        changed = False
        for node in nodes.values():
            for required in node.requires:
                if required in depths and depths[required] <= depths[node.id] < len(nodes):
                    depths[required] = depths[node.id] + 1
                    changed = True
        if not changed:
            break
    return depths


def _edges(root: etree._Element) -> Iterator[tuple[str, str, str]]:
    """Give each requirement with what it requires and what requires it."""
    for kind in _REQUIREMENTS:
        for requirement in root.iter(f"{{{_MODEL}}}{kind}"):
            around = requirement.getparent()
            for reference in requirement:
                href = reference.get("href") if isinstance(reference.tag, str) else None
                if href and around is not None:
                    yield requirement.get("id", ""), href.rpartition("#")[2], around.get("id", "")
