"""From XML to programs: every mistake of a model at once."""

from collections import Counter
from collections.abc import Iterable, Mapping

from lxml import etree

from bpmn._elements import ELEMENTS
from bpmn._elements.inclusive_gateway import InclusiveGateway, join_rule
from bpmn._elements.pass_through import PassThrough
from bpmn._program import Flow, Joining, Model, Node, Program, StartEvent
from bpmn._reader import Reader
from bpmn._triggers import message, timer
from bpmn._values import MAX_NAME
from bpmn._xml import BPMN, local_name, parse
from bpmn.errors import ModelProblems, Problem
from feel import Expression

_ACTIVITIES = frozenset(
    {
        "task",
        "manualTask",
        "userTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "subProcess",
        "callActivity",
    }
)
_GATEWAYS_WITH_CONDITIONS = frozenset({"exclusiveGateway", "inclusiveGateway"})
# What a scope holds beside flow elements: drawn or documented, not run.
_NOT_RUN = frozenset(
    {
        "extensionElements",
        "documentation",
        "incoming",
        "outgoing",
        "laneSet",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "ioSpecification",
        "property",
        "dataInputAssociation",
        "dataOutputAssociation",
        "auditing",
        "monitoring",
        "category",
        "correlationSubscription",
        "supports",
        "resourceRole",
        "performer",
        "humanPerformer",
        "potentialOwner",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
    }
)


def compile_model(xml: bytes) -> Model:
    """Compile every executable process of a BPMN 2.0 file.

    A process with `isExecutable="false"` is documentation and is left out. Raises: ModelProblems, with every mistake.
    """
    root = parse(xml)
    reader = Reader(root)
    _check_ids(reader, root)
    processes = [process for process in root.findall(BPMN + "process") if process.get("isExecutable") != "false"]
    programs = [_Compiler(reader, process).compile() for process in processes]
    problems = reader.problems
    if not processes:
        problems += (Problem("no_process", "", "The model has no executable process."),)
    if problems:
        raise ModelProblems(problems)
    return Model(xml, {program.process_id: program for program in programs})


def _check_ids(reader: Reader, root: etree._Element) -> None:
    counts = Counter(element.get("id") for element in root.iter(BPMN + "*") if element.get("id"))
    for element in root.iter(BPMN + "*"):
        if len(element.get("id", "")) > MAX_NAME:
            reader.problem("long_id", element, f"has an id of more than {MAX_NAME} characters")
        if counts.pop(element.get("id"), 0) > 1:
            reader.problem("duplicate_id", element, "shares its id with another element")


class _Compiler:
    """One process under compilation."""

    def __init__(self, reader: Reader, process: etree._Element) -> None:
        self._reader = reader
        self._process = process
        self._nodes: dict[str, Node] = {}
        self._elements: dict[str, etree._Element] = {}
        self._starts: list[StartEvent] = []

    def compile(self) -> Program:
        process = self._process
        if not process.get("id"):
            self._reader.problem("no_id", process, "has no id")
        root = Node(process.get("id", ""), "process", process.get("name", ""), None, PassThrough(), is_scope=True)
        root.properties = self._reader.pairs(process, "properties", "property", "name")
        self._add(root, process)
        self._read_scope(process, root)
        return Program(root.id, root.name, root, tuple(self._nodes.values()), self._nodes, tuple(self._starts))

    def _add(self, node: Node, element: etree._Element) -> None:
        self._nodes[node.id] = node
        self._elements[node.id] = element

    # --- scopes ---

    def _read_scope(self, holder: etree._Element, scope: Node) -> None:
        nodes: dict[str, Node] = {}
        for element in holder.iterchildren(BPMN + "*"):
            tag = local_name(element)
            if tag not in _NOT_RUN and tag != "sequenceFlow":
                node = self._read_node(element, scope)
                if node is not None:
                    nodes[node.id] = node
        self._connect(holder, nodes)
        self._attach(nodes.values())
        self._find_starts(holder, scope, nodes.values())
        for node in nodes.values():
            self._check(node)
            self._make_join(node, scope)

    def _read_node(self, element: etree._Element, scope: Node) -> Node | None:
        reader = self._reader
        if not element.get("id"):
            reader.problem("no_id", element, "has no id")
            return None
        tag = local_name(element)
        key = " ".join((tag, *_definitions(element)))
        read = ELEMENTS.get(key)
        if read is None:
            reader.problem("unsupported", element, f"is of a kind that isn't supported yet ({key})")
        for loop in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
            if element.find(BPMN + loop) is not None:
                reader.problem("unsupported", element, f"repeats ({loop}), which isn't supported yet")
        behaviour = read(reader, element) if read else PassThrough()
        node = Node(element.get("id", ""), tag, " ".join(element.get("name", "").split()), scope, behaviour)
        node.inputs = reader.mappings(element, "input")
        node.outputs = reader.mappings(element, "output")
        node.properties = reader.pairs(element, "properties", "property", "name")
        self._add(node, element)
        if tag == "boundaryEvent":
            self._read_boundary(node, element)
        if tag == "subProcess":
            node.is_scope = True
            self._read_scope(element, node)
        return node

    def _read_boundary(self, node: Node, element: etree._Element) -> None:
        reader = self._reader
        node.interrupting = element.get("cancelActivity") != "false"
        definition = _definition(element, "timer")
        if definition is not None:
            node.trigger = timer.read(reader, element, definition)
        definition = _definition(element, "message")
        if definition is not None:
            node.trigger = message.read(reader, element, definition)
        definition = _definition(element, "error")
        if definition is not None:
            node.error_code = reader.error_code(element, definition)
            if not node.interrupting:
                reader.problem("error_boundary", element, "catches an error and so must interrupt")

    # --- flows ---

    def _connect(self, holder: etree._Element, nodes: Mapping[str, Node]) -> None:
        for element in holder.findall(BPMN + "sequenceFlow"):
            source, target = nodes.get(element.get("sourceRef", "")), nodes.get(element.get("targetRef", ""))
            if source is None or target is None or not element.get("id"):
                self._reader.problem("flow", element, "doesn't lead from one element to another of the same process")
                continue
            flow = Flow(element.get("id", ""), source, target, self._condition(element))
            source.outgoing += (flow,)
            target.incoming += (flow,)
        for node in nodes.values():
            self._choose_default(node)

    def _condition(self, element: etree._Element) -> Expression | None:
        text = element.findtext(BPMN + "conditionExpression")
        return self._reader.expression(text, element, "condition") if text and text.strip() else None

    def _choose_default(self, node: Node) -> None:
        element = self._elements[node.id]
        default = element.get("default")
        if default:
            node.default = next((flow for flow in node.outgoing if flow.id == default), None)
            if node.default is None:
                self._reader.problem("default_flow", element, f"names '{default}' as default, which doesn't leave it")
        node.conditional = any(flow.condition for flow in node.outgoing)
        if node.tag in _GATEWAYS_WITH_CONDITIONS and len(node.outgoing) > 1:
            for flow in node.outgoing:
                if flow.condition is None and flow is not node.default:
                    complaint = f"has a flow '{flow.id}' that neither has a condition nor is the default"
                    self._reader.problem("condition", element, complaint)

    def _attach(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if node.tag != "boundaryEvent":
                continue
            element = self._elements[node.id]
            host = self._nodes.get(element.get("attachedToRef", ""))
            if host is None or host.scope is not node.scope or host.tag not in _ACTIVITIES:
                self._reader.problem("boundary", element, "isn't attached to an activity of the same process")
                continue
            node.attached_to = host
            host.boundaries += (node,)

    # --- what belongs together ---

    def _find_starts(self, holder: etree._Element, scope: Node, nodes: Iterable[Node]) -> None:
        starts = [node for node in nodes if node.tag == "startEvent"]
        none_starts = [node for node in starts if not _definitions(self._elements[node.id])]
        if len(none_starts) > 1:
            self._reader.problem("start_event", holder, "has several start events without a trigger")
        scope.start = none_starts[0] if none_starts else None
        if scope.tag == "process":
            self._starts = [self._start(node) for node in starts]
            if not starts:
                self._reader.problem("start_event", holder, "has no start event")
        elif len(starts) != 1 or not none_starts:
            self._reader.problem("start_event", holder, "needs exactly one start event, without a trigger")

    def _start(self, node: Node) -> StartEvent:
        element = self._elements[node.id]
        if (definition := _definition(element, "message")) is not None:
            found = message.find(self._reader, element, definition)
            return StartEvent(node, message.read_name(self._reader, element, found) if found is not None else None)
        if (definition := _definition(element, "timer")) is not None:
            return StartEvent(node, None, timer.read(self._reader, element, definition))
        return StartEvent(node)

    def _check(self, node: Node) -> None:
        element = self._elements[node.id]
        begins = node.tag in {"startEvent", "boundaryEvent"}
        if begins and node.incoming:
            self._reader.problem("incoming_flow", element, "can't have an incoming flow")
        if not begins and not node.incoming:
            self._reader.problem("unreachable", element, "has no incoming flow, so it is never reached")
        if node.tag == "endEvent" and node.outgoing:
            self._reader.problem("outgoing_flow", element, "can't have an outgoing flow")
        if begins and not node.outgoing:
            self._reader.problem("outgoing_flow", element, "leads nowhere; draw a flow from it")

    def _make_join(self, node: Node, scope: Node) -> None:
        if len(node.incoming) < 2 or not isinstance(node.behaviour, Joining):
            return
        node.joining = node.behaviour
        scope.joins += (node,)
        if isinstance(node.behaviour, InclusiveGateway):
            node.inclusive = join_rule(node)
            scope.inclusive_joins += (node,)


def _definitions(element: etree._Element) -> list[str]:
    names = (local_name(child) for child in element.iterchildren(BPMN + "*"))
    return [name.removesuffix("EventDefinition") for name in names if name.endswith("EventDefinition")]


def _definition(element: etree._Element, kind: str) -> etree._Element | None:
    return element.find(f"{BPMN}{kind}EventDefinition")
