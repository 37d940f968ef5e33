"""What the other files of a procedure refer to in its BPMN: elements, forms, templates, commands, decisions, teams, names."""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

import bpmn
import feel
from feel import Expression
from firstline.processes.rules import separate_from

_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
_SUBPROCESSES = frozenset(f"{_BPMN}{kind}" for kind in ("subProcess", "transaction", "adHocSubProcess"))
_LOOPS = frozenset(f"{_BPMN}{kind}LoopCharacteristics" for kind in ("multiInstance", "standard"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element of the diagram as far as other files speak of it."""

    id: str
    kind: str
    name: str
    form_id: str = ""
    groups: tuple[str, ...] = ()
    job_type: str = ""
    headers: Mapping[str, str]
    decision_id: str = ""
    # Which version of the decision: "latest", "versionTag" with the tag, or "deployment" and "" for the release's own.
    decision_binding: str = ""
    decision_tag: str = ""
    # Steps whose doers mustn't do this one.
    separate_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A process file in short."""

    process_ids: tuple[str, ...]
    # Those that can be started as a case does it: at a start event without a trigger, or wherever no flow leads.
    startable_ids: frozenset[str]
    # Those that a message, a signal or a timer begins.
    self_starting_ids: frozenset[str]
    elements: Mapping[str, Element]
    # Names that mappings, scripts and decisions set.
    sets: frozenset[str]
    # The subprocess around an element.
    parents: Mapping[str, str]
    # What expressions read (conditions, mappings, due dates, teams, timers), with the element where they stand.
    reads: tuple[tuple[str, Expression], ...]

    def of_kind(self, kind: str) -> list[Element]:
        """List the elements of one kind, such as "userTask"."""
        return [element for element in self.elements.values() if element.kind == kind]


def read_outline(model: bpmn.Model) -> Outline:
    """Read the outline of a model that the engine has accepted."""
    root = etree.fromstring(model.xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
    elements: dict[str, Element] = {}
    parents: dict[str, str] = {}
    sets: set[str] = set()
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        if node.tag.startswith(_BPMN) and node.get("id"):
            element = _element(node)
            elements[element.id] = element
            around = node.getparent()
            if around is not None and around.tag in _SUBPROCESSES:
                parents[element.id] = str(around.get("id"))
        if node.tag in {f"{_ZEEBE}script", f"{_ZEEBE}calledDecision"}:
            sets.add(str(node.get("resultVariable") or ""))
        if node.tag in {f"{_ZEEBE}input", f"{_ZEEBE}output"}:
            sets.add(str(node.get("target") or "").partition(".")[0])
        if node.tag == f"{_ZEEBE}loopCharacteristics":
            sets.update(str(node.get(name) or "") for name in ("inputElement", "outputCollection"))
        if node.tag in _LOOPS:
            sets.add("loopCounter")
    processes = tuple(str(node.get("id")) for node in root.iter(f"{_BPMN}process"))
    startable = {key for key, program in model.processes.items() if program.root.start or program.root.starts}
    return Outline(
        process_ids=processes,
        startable_ids=frozenset(startable),
        self_starting_ids=frozenset(
            key for key, program in model.processes.items() if any(way.node.triggers for way in program.starts)
        ),
        elements=elements,
        sets=frozenset(sets - {""}),
        parents=parents,
        reads=tuple(read for program in model.processes.values() for read in bpmn.expressions_before_results(program)),
    )


def _element(node: etree._Element) -> Element:
    extensions = node.find(f"{_BPMN}extensionElements")

    def attribute(tag: str, name: str) -> str:
        found = extensions.find(f"{_ZEEBE}{tag}") if extensions is not None else None
        return str(found.get(name) or "") if found is not None else ""

    headers = extensions.iter(f"{_ZEEBE}header") if extensions is not None else ()
    properties = extensions.iter(f"{_ZEEBE}property") if extensions is not None else ()
    return Element(
        id=str(node.get("id")),
        kind=node.tag.removeprefix(_BPMN),
        name=str(node.get("name") or ""),
        form_id=attribute("formDefinition", "formId"),
        groups=_groups(attribute("assignmentDefinition", "candidateGroups")),
        job_type=attribute("taskDefinition", "type"),
        headers={str(header.get("key")): str(header.get("value")) for header in headers},
        decision_id=attribute("calledDecision", "decisionId"),
        decision_binding=attribute("calledDecision", "bindingType"),
        decision_tag=attribute("calledDecision", "versionTag"),
        separate_from=tuple(separate_from({str(one.get("name")): str(one.get("value") or "") for one in properties})),
    )


def _groups(text: str) -> tuple[str, ...]:
    """List the teams that are written out; what FEEL computes is known only when it runs."""
    if text.startswith("="):
        literal = feel.compile_expression(text[1:])
        value = literal({}) if not literal.names else None
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
    return tuple(part.strip() for part in text.split(",") if part.strip())
