"""From XML to programs: every mistake of a model at once."""

from collections import Counter
from collections.abc import Iterable, Iterator

from lxml import etree

from bpmn import _checks, _collaboration, _connect, _data, _passing, _starts, _vocabulary, _waiting
from bpmn._elements import DEFINITIONS, ELEMENTS, loops
from bpmn._elements.pass_through import PassThrough
from bpmn._program import Catches, Container, Model, Node, Program, Trigger, ids_of
from bpmn._reader import Reader
from bpmn._triggers import TRIGGERS
from bpmn._triggers.condition import Condition
from bpmn._values import MAX_NAME
from bpmn._xml import BPMN, local_name, parse
from bpmn.errors import ModelProblems, Problem

ACTIVITIES = frozenset(
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
        "transaction",
        "adHocSubProcess",
        "callActivity",
    }
)
_SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
# What a scope holds beside flow elements: drawn or documented, or read with the element that it is about.
_NOT_RUN = frozenset(
    {
        "extensionElements",
        "documentation",
        "incoming",
        "outgoing",
        "sequenceFlow",
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
        "categoryValueRef",
        "correlationSubscription",
        "supports",
        "resourceRole",
        "performer",
        "humanPerformer",
        "potentialOwner",
        "supportedInterfaceRef",
        "ioBinding",
        "artifact",
        "completionCondition",
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
    _vocabulary.check(reader)
    processes = [process for process in root.findall(BPMN + "process") if process.get("isExecutable") != "false"]
    programs = [_Compiler(reader, process).compile() for process in processes]
    programs += [_compile_global_task(reader, element) for element in root.iterchildren(*_GLOBAL_TASKS)]
    problems = reader.problems
    if not programs:
        problems += (Problem("no_process", "", "The model has no executable process."),)
    if problems:
        raise ModelProblems(problems)
    return Model(xml, {program.process_id: program for program in programs})


def _compile_global_task(reader: Reader, element: etree._Element) -> Program:
    """Make a task that call activities can call a process of that task alone."""
    tag = _GLOBAL_TASKS[str(element.tag)]
    root = Node(element.get("id", ""), "process", element.get("name", ""), None, PassThrough(), is_scope=True)
    node = Node(f"{root.id}.task", tag, root.name, root, ELEMENTS[tag](reader, element), is_activity=True)
    root.starts = (node,)
    return Program(root.id, root.name, root, (root, node), {root.id: root, node.id: node}, {}, ())


_GLOBAL_TASKS = {
    f"{BPMN}global{kind}": f"{kind[0].lower()}{kind[1:]}"
    for kind in ("Task", "ManualTask", "UserTask", "ScriptTask", "BusinessRuleTask")
}


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

    def compile(self) -> Program:
        process, reader = self._process, self._reader
        if not process.get("id"):
            reader.problem("no_id", process, "has no id")
        root = Node(process.get("id", ""), "process", process.get("name", ""), None, PassThrough(), is_scope=True)
        root.properties = reader.pairs(process, "properties", "property", "name")
        self._nodes[root.id] = root
        self._read_scope(process, root)
        starts = _starts.into_process(reader, process, root, tuple(_inside(self._nodes.values(), root)))
        _connect.compensation(reader, self._nodes)
        nodes = tuple(self._nodes.values())
        settled = [one for node in nodes for one in (node, node.inner) if one is not None]
        for node in settled:
            _settle(node)
        for node in settled:
            _find_quick_ways(node)
        _checks.check_all(reader, nodes)
        watched = frozenset(name for node in nodes for name in _names_watched(node))
        participant = _collaboration.participant_of(reader, root.id)
        flows = {flow.id: flow for node in nodes for flow in node.outgoing}
        tag = reader.extension(process, "versionTag")
        version_tag = tag.get("value", "").strip() if tag is not None else ""
        return Program(root.id, root.name, root, nodes, self._nodes, flows, starts, watched, participant, version_tag)

    # --- scopes ---

    def _read_scope(self, holder: etree._Element, scope: Node) -> None:
        nodes: dict[str, Node] = {}
        for element in holder.iterchildren(BPMN + "*"):
            if local_name(element) not in _NOT_RUN:
                node = self._read_node(element, scope)
                if node is not None:
                    nodes[node.id] = node
        _connect.flows(self._reader, holder, nodes)
        _connect.links(self._reader, nodes)
        _connect.boundaries(self._reader, nodes)
        scope.event_subprocesses = tuple(node for node in nodes.values() if node.is_event_subprocess)
        _starts.inside(self._reader, holder, scope, nodes.values())
        _connect.joins(scope, nodes.values())

    def _read_node(self, element: etree._Element, scope: Node) -> Node | None:
        reader, tag = self._reader, local_name(element)
        if not element.get("id"):
            reader.problem("no_id", element, "has no id")
            return None
        read = ELEMENTS.get(tag)
        if read is None:
            reader.problem("unsupported", element, f"is of a kind that isn't supported yet ({tag})")
        behaviour = read(reader, element) if read else PassThrough()
        node = Node(element.get("id", ""), tag, " ".join(element.get("name", "").split()), scope, behaviour)
        self._nodes[node.id] = node
        if tag in ACTIVITIES:
            self._read_activity(node, element)
        else:
            node.inputs, node.outputs = reader.mappings(element, "input"), reader.mappings(element, "output")
            node.properties = reader.pairs(element, "properties", "property", "name")
        if tag.endswith("Event") or tag == "receiveTask":
            self._read_event(node, element)
        return node

    def _read_activity(self, node: Node, element: etree._Element) -> None:
        reader = self._reader
        node.is_activity = True
        node.is_for_compensation = element.get("isForCompensation") in {"true", "1"}
        node.is_event_subprocess = element.get("triggeredByEvent") in {"true", "1"}
        node.start_quantity = (
            reader.whole_number(element, element.get("startQuantity", ""), "start quantity", at_least=1) or 1
        )
        node.completion_quantity = (
            reader.whole_number(element, element.get("completionQuantity", ""), "completion quantity", at_least=1) or 1
        )
        loop = loops.read(reader, element)
        one = self._inner_of(node, loop) if loop is not None else node
        one.properties = node.properties = reader.pairs(element, "properties", "property", "name")
        one.inputs, one.outputs = reader.mappings(element, "input"), reader.mappings(element, "output")
        one.data_inputs = _data.associations(reader, element, "dataInputAssociation")
        one.data_outputs = _data.associations(reader, element, "dataOutputAssociation")
        one.declares = _data.declared(reader, element, is_process=False)
        if node.tag in _SUBPROCESSES:
            one.is_scope = True
            one.container = one.behaviour if isinstance(one.behaviour, Container) else None
            self._read_scope(element, one)

    def _inner_of(self, node: Node, loop: Container) -> Node:
        """Make the activity as a whole a scope of its rounds."""
        inner = Node(node.id, node.tag, node.name, node, node.behaviour, is_activity=True)
        node.inner, node.behaviour, node.container, node.is_scope = inner, loop, loop, True
        return inner

    # --- events ---

    def _read_event(self, node: Node, element: etree._Element) -> None:
        reader = self._reader
        for one in filter(None, (node, node.inner)):
            one.triggers = tuple(self._triggers(one, element))
        node.is_parallel = element.get("parallelMultiple") in {"true", "1"} and len(node.triggers) > 1
        if node.tag == "boundaryEvent":
            node.interrupting = element.get("cancelActivity") not in {"false", "0"}
        if node.tag == "startEvent":
            node.interrupting = element.get("isInterrupting") not in {"false", "0"}
        if node.tag in {"boundaryEvent", "startEvent"}:
            node.catches = self._catches(element)
        if not node.is_activity:
            self._check_kinds(node, element)
            node.data_outputs = _data.associations(reader, element, "dataOutputAssociation")
            node.data_inputs = _data.associations(reader, element, "dataInputAssociation")

    def _triggers(self, node: Node, element: etree._Element) -> Iterator[Trigger]:
        reader = self._reader
        if node.tag in {"intermediateThrowEvent", "endEvent"}:
            return
        definitions = [("message", element)] if node.tag == "receiveTask" else reader.event_definitions(element)
        part = 0
        for kind, definition in definitions:
            trigger = TRIGGERS[kind](reader, element, definition, part) if kind in TRIGGERS else None
            if trigger is not None:
                part += 1
                yield trigger

    def _catches(self, element: etree._Element) -> Catches:
        reader = self._reader
        found = dict(reader.event_definitions(element))
        error, escalation = found.get("error"), found.get("escalation")
        return Catches(
            reader.code_of("error", element, error) if error is not None else None,
            reader.code_of("escalation", element, escalation) if escalation is not None else None,
            "cancel" in found,
            "compensate" in found,
        )

    def _check_kinds(self, node: Node, element: etree._Element) -> None:
        place = node.tag
        if node.tag == "startEvent" and node.scope is not None:
            around = "eventSubProcess" if node.scope.is_event_subprocess else "subProcess"
            place += " process" if node.scope.tag == "process" else f" {around}"
        allowed = DEFINITIONS.get(place, frozenset())
        kinds = [kind for kind, _ in self._reader.event_definitions(element)] or [""]
        for kind in kinds:
            if kind not in allowed:
                what = f"{kind} event" if kind else "event without a trigger"
                self._reader.problem("event", element, f"is a {what}, which can't stand here")


def _inside(nodes: Iterable[Node], scope: Node) -> Iterator[Node]:
    return (node for node in nodes if node.scope is scope)


def _settle(node: Node) -> None:
    """Note for running what all parts of the model together say of a node."""
    starts = (inside.start for inside in node.event_subprocesses if inside.start)
    node.listens = tuple(event for event in (*node.boundaries, *starts) if event.triggers)
    node.outgoing_ids = ids_of(node.outgoing)
    node.frees_joins = node.scope is not None and bool(node.scope.inclusive_joins)
    node.only_way = node.outgoing if len(node.outgoing) == 1 and not (node.frees_joins or node.is_scope) else None
    node.takes = bool(node.inputs or node.data_inputs or node.declares)
    node.maps = node.takes or bool(node.outputs or node.data_outputs)
    node.needs_preparing = node.takes or bool(node.listens)
    compensated = any(inside.start and inside.start.catches.compensation for inside in node.event_subprocesses)
    if node.compensation_handler is not None or compensated:
        around: Node | None = node
        while around is not None and around.scope is not None:
            around.compensable = True
            around = around.scope


def _find_quick_ways(node: Node) -> None:
    """Note which elements needn't take the general way; all is known of them, and of those inside them."""
    node.passing = _passing.way_through(node)
    node.quick = _passing.quick_way(node) or _waiting.quick_way(node)
    node.ends_simply = _waiting.ends_simply(node)


def _names_watched(node: Node) -> Iterator[str]:
    for trigger in node.triggers:
        if isinstance(trigger, Condition):
            yield from trigger.expression.names
