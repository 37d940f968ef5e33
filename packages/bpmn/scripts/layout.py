# ruff: noqa: INP001 -- beside a program of its own
"""Lay out a few elements of a model in a row, as diagram interchange, for bpmn-js to draw.

What is attached sits on its host's lower edge, what is inside a subprocess, lane or pool is drawn in it, and a flow or
association is drawn when both of its ends are.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
BPMNDI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
DI = "{http://www.omg.org/spec/DD/20100524/DI}"
NAMESPACES = {"bpmndi": BPMNDI[1:-1], "dc": DC[1:-1], "di": DI[1:-1]}

_GAP = 50
_SUBPROCESSES = ("subProcess", "transaction", "adHocSubProcess")
_SIZES = {
    "dataObjectReference": (36, 50),
    "dataStoreReference": (50, 50),
    "textAnnotation": (120, 30),
    "group": (130, 110),
    "participant": (300, 110),
    "lane": (220, 110),
}
_EDGES = ("sequenceFlow", "association", "messageFlow", "dataInputAssociation", "dataOutputAssociation")
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Where a shape is, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


def with_diagram(model: bytes, shown: Iterable[str]) -> bytes:
    """Give the same model with a diagram that shows the elements of these ids alone."""
    root = etree.fromstring(model)
    elements = {str(one.get("id")): one for one in root.iter(BPMN + "*") if one.get("id")}
    layout = _Layout(elements, tuple(shown))
    layout.place(layout.inside(None), 0, 0)
    first = root.find(BPMN + "collaboration")
    if first is None or not any(_tag(elements[id_]) == "participant" for id_ in layout.shown):
        first = root.find(BPMN + "process")
    diagram = etree.SubElement(root, BPMNDI + "BPMNDiagram", nsmap=NAMESPACES)
    plane = etree.SubElement(diagram, BPMNDI + "BPMNPlane", bpmnElement=str(first.get("id")))
    for id_, box in layout.boxes.items():
        _draw_shape(plane, elements[id_], box, is_expanded=bool(layout.inside(id_)))
    for edge in root.iter(*(BPMN + tag for tag in _EDGES)):
        _draw_edge(plane, edge, layout.boxes)
    return etree.tostring(root)


class _Layout:
    def __init__(self, elements: dict[str, etree._Element], shown: tuple[str, ...]) -> None:
        self.shown = shown
        self.boxes: dict[str, Box] = {}
        self._elements = elements
        self._parents = {id_: self._parent(id_) for id_ in shown}

    def inside(self, parent: str | None) -> list[str]:
        """List what is drawn in another, from left to right; None = in nothing."""
        return [id_ for id_ in self.shown if self._parents[id_] == parent]

    def place(self, ids: list[str], left: float, middle: float) -> float:
        """Place in a row, pools and lanes below each other; give where it ends on the right."""
        right, below = left, middle
        for id_ in ids:
            element = self._elements[id_]
            width, height = self._size(id_)
            if _tag(element) in {"participant", "lane"}:
                self._put(id_, left, below, width, height)
                below += height + (30 if _tag(element) == "participant" else 0)
                continue
            if _tag(element) == "boundaryEvent":
                self._attach(id_, element)
                continue
            # A handler stands lower, so that the association from its event is straight.
            lowered = 40 if element.get("isForCompensation") == "true" else 0
            around = _tag(element) == "group"
            self._put(id_, left - 15 if around else right, middle + lowered, width, height)
            right += 0 if around else width + _GAP
        return right - _GAP

    def _put(self, id_: str, left: float, middle: float, width: float, height: float) -> None:
        self.boxes[id_] = Box(x=left, y=middle - height / 2, width=width, height=height)
        head = 50 if _tag(self._elements[id_]) in {"participant", "lane"} else 20
        self.place(self.inside(id_), left + head, middle)

    def _attach(self, id_: str, element: etree._Element) -> None:
        host = self.boxes[str(element.get("attachedToRef"))]
        on_it = [one for one in self.boxes if self._elements[one].get("attachedToRef") == element.get("attachedToRef")]
        self.boxes[id_] = Box(x=host.x + 2 + 60 * len(on_it), y=host.y + host.height - 18, width=36, height=36)

    def _size(self, id_: str) -> tuple[float, float]:
        tag = _tag(self._elements[id_])
        inside = self.inside(id_)
        if tag in _SUBPROCESSES and inside:
            sizes = [self._size(one) for one in inside if self._elements[one].get("attachedToRef") is None]
            return sum(width + _GAP for width, _ in sizes) - _GAP + 40, max(height for _, height in sizes) + 50
        if tag.endswith("Event"):
            return 36, 36
        return _SIZES.get(tag, (50, 50) if tag.endswith("Gateway") else (100, 80))

    def _parent(self, id_: str) -> str | None:
        lanes = [one for one in self.shown if id_ in _members(self._elements[one])]
        if lanes:
            return lanes[-1]
        around = [str(one.get("id")) for one in self._elements[id_].iterancestors()]
        holds = (one for one in self.shown if one in around or self._elements[one].get("processRef") in around)
        # The innermost comes last in the list.
        return max(holds, key=self.shown.index, default=None)


def _members(element: etree._Element) -> list[str]:
    return [(one.text or "").strip() for one in element.iterchildren(BPMN + "flowNodeRef")]


def _tag(element: etree._Element) -> str:
    return etree.QName(element).localname


def _draw_shape(plane: etree._Element, element: etree._Element, box: Box, *, is_expanded: bool) -> None:
    id_ = str(element.get("id"))
    shape = etree.SubElement(plane, BPMNDI + "BPMNShape", id=f"{id_}_di", bpmnElement=id_)
    if _tag(element) in _SUBPROCESSES:
        shape.set("isExpanded", "true" if is_expanded else "false")
    if _tag(element) in {"participant", "lane"}:
        shape.set("isHorizontal", "true")
    if _tag(element) == "exclusiveGateway":
        shape.set("isMarkerVisible", "true")
    numbers = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    etree.SubElement(shape, DC + "Bounds", {name: f"{number:g}" for name, number in numbers.items()})


def _draw_edge(plane: etree._Element, edge: etree._Element, boxes: dict[str, Box]) -> None:
    source, target = (boxes.get(id_) for id_ in _ends(edge))
    if source is None or target is None or not edge.get("id"):
        return
    drawn = etree.SubElement(plane, BPMNDI + "BPMNEdge", id=f"{edge.get('id')}_di", bpmnElement=str(edge.get("id")))
    for x, y in _points(source, target):
        etree.SubElement(drawn, DI + "waypoint", x=f"{x:g}", y=f"{y:g}")


def _ends(edge: etree._Element) -> tuple[str, str]:
    """Say what an edge connects; a data association connects with the activity that it stands in."""
    holder = edge.getparent()
    around = str(holder.get("id")) if holder is not None else ""
    if _tag(edge) == "dataInputAssociation":
        return (edge.findtext(BPMN + "sourceRef") or "").strip(), around
    if _tag(edge) == "dataOutputAssociation":
        return around, (edge.findtext(BPMN + "targetRef") or "").strip()
    return str(edge.get("sourceRef")), str(edge.get("targetRef"))


def _points(source: Box, target: Box) -> tuple[Point, Point]:
    """Go to the right where there is room between, else down."""
    if source.x + source.width < target.x:
        return (source.x + source.width, source.middle[1]), (target.x, target.middle[1])
    return (source.middle[0], source.y + source.height), (target.middle[0], target.y)
