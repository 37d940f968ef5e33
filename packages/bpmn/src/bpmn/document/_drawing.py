"""What a diagram draws: shapes with their bounds, edges with their points. Units: those of the diagram, y downwards."""

from dataclasses import dataclass, field

from bpmn.document._tree import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A node of a drawing; `about` is the id of what it draws, a number that isn't given is 0."""

    element: Element = field(repr=False)
    about: str
    bounds: Bounds
    label: Bounds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line of a drawing, through its points."""

    element: Element = field(repr=False)
    about: str
    points: tuple[tuple[float, float], ...]
    label: Bounds | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """One drawing; `about` is the id of the process, collaboration or choreography that it shows."""

    element: Element = field(repr=False)
    name: str
    about: str
    shapes: tuple[Shape, ...]
    edges: tuple[Edge, ...]


def read_diagram(element: Element) -> Diagram:
    """Read a `bpmndi:BPMNDiagram`."""
    planes = element.of("bpmndi:BPMNPlane")
    drawn = [one for plane in planes for one in plane.of("di:DiagramElement")]
    return Diagram(
        element=element,
        name=element.name,
        about=_about(planes[0]) if planes else "",
        shapes=tuple(_shape(one) for one in drawn if one.is_a("bpmndi:BPMNShape")),
        edges=tuple(_edge(one) for one in drawn if one.is_a("bpmndi:BPMNEdge")),
    )


def _shape(element: Element) -> Shape:
    bounds = _bounds(element) or Bounds(x=0, y=0, width=0, height=0)
    return Shape(element=element, about=_about(element), bounds=bounds, label=_label(element))


def _edge(element: Element) -> Edge:
    points = tuple((_number(one, "x"), _number(one, "y")) for one in element.of("dc:Point"))
    return Edge(element=element, about=_about(element), points=points, label=_label(element))


def _label(element: Element) -> Bounds | None:
    return next((_bounds(label) for label in element.of("bpmndi:BPMNLabel")), None)


def _bounds(element: Element) -> Bounds | None:
    found = element.of("dc:Bounds")
    if not found:
        return None
    x, y, width, height = (_number(found[0], name) for name in ("x", "y", "width", "height"))
    return Bounds(x=x, y=y, width=width, height=height)


def _number(element: Element, name: str) -> float:
    value = element.value(name)
    return value if isinstance(value, float) else 0.0


def _about(element: Element) -> str:
    return element.get("bpmnElement").rpartition(":")[2]
