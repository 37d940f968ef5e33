"""A BPMN file as a document: everything in it can be walked through, and changed without touching the rest.

Nothing is lost: extensions, foreign namespaces, comments, processing instructions, prefixes, even the order of attributes and
the line ends are those of the file. A change gives a new document.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from bpmn import _limits
from bpmn._standard import Kind, Standing, Value
from bpmn.document._drawing import Bounds, Diagram, Edge, Shape, read_diagram
from bpmn.document._edits import Edit, EditError, add, add_xml, applied, change, remove, rewrite
from bpmn.document._reading import Node, read_tree
from bpmn.document._tree import Attribute, Comment, Element, Instruction, Span, Text
from bpmn.errors import Problem

__all__ = [
    "Attribute",
    "Bounds",
    "Comment",
    "Diagram",
    "Document",
    "Edge",
    "Edit",
    "EditError",
    "Element",
    "Instruction",
    "Kind",
    "Node",
    "Shape",
    "Span",
    "Standing",
    "Text",
    "Value",
    "add",
    "add_xml",
    "change",
    "read",
    "remove",
    "rewrite",
]


def read(xml: bytes) -> "Document":
    """Read a file. Raises: ModelProblems when it isn't XML, is beyond the bounds, declares a document type, or isn't BPMN.

    >>> from bpmn.testing import model, start
    >>> [process.id for process in read(model(start())).processes]
    ['p']
    """
    encoding = _limits.check(xml)
    try:
        text = xml.decode(encoding)
    except UnicodeDecodeError as error:
        raise _limits.refused("not_xml", f"The model's bytes aren't {encoding}: {error.reason}.") from error
    return Document(text, encoding)


class Document:
    """A file that was read; never changes."""

    def __init__(self, text: str, encoding: str = "utf-8") -> None:
        # The mark is no part of the document, but of its bytes.
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._encoding = encoding
        self.text = text.removeprefix("\ufeff")
        self.definitions, self.nodes = read_tree(self.text)
        if not self.definitions.is_a("definitions"):
            raise _limits.refused("not_bpmn", "The root element isn't 'definitions' of BPMN 2.0.")

    @property
    def xml(self) -> bytes:
        """The file, in the encoding in which it was read."""
        return (self._mark + self.text).encode(self._encoding, "xmlcharrefreplace")

    # --- what is in it ---

    @property
    def processes(self) -> tuple[Element, ...]:
        return self.definitions.of("process")

    @property
    def collaborations(self) -> tuple[Element, ...]:
        """The collaborations, choreographies and conversations: tell them apart by `Element.tag`."""
        return self.definitions.of("collaboration")

    @cached_property
    def diagrams(self) -> tuple[Diagram, ...]:
        return tuple(read_diagram(element) for element in self.definitions.of("bpmndi:BPMNDiagram"))

    @cached_property
    def by_id(self) -> Mapping[str, Element]:
        """Every element of the standard's namespaces that has an id; of several with the same, the first."""
        found: dict[str, Element] = {}
        for element in self.definitions.walk():
            if element.kind is not None and element.id:
                found.setdefault(element.id, element)
        return found

    def referred(self, element: Element, name: str) -> tuple[Element, ...]:
        """Find what an attribute, or the children of that name, refer to: "sourceRef", "incoming".

        What isn't in this file is left out.
        """
        texts = [child.text for child in element.children if child.tag == name and child.is_a("ref")]
        found = (self._referred(text) for text in (element.get(name), *texts))
        return tuple(one for one in found if one is not None)

    def referring(self, element: Element) -> tuple[Element, ...]:
        """Find all that refer to an element, by an attribute or a child: flows, shapes, associations."""
        return self._referring.get(element.id, ()) if element.id else ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What the standard doesn't know in its own namespaces, or not at that place, in the order of the file."""
        return tuple(problem for element in self.definitions.walk() for problem in _problems(element))

    # --- changes ---

    def edited(self, edits: Iterable[Edit]) -> "Document":
        """Make changes, all at once.

        Raises: EditError when they can't be made together, ModelProblems when what comes of it can't be read.

        >>> from bpmn.testing import model, start
        >>> before = read(model(start("begin")))
        >>> after = before.edited(change(before.by_id["begin"], {"name": "A call comes in"}))
        >>> after.by_id["begin"].name
        'A call comes in'
        """
        text = self._mark + applied(self.text, edits)
        return read(text.encode(self._encoding, "xmlcharrefreplace"))

    def _referred(self, text: str) -> Element | None:
        text = text.strip()
        return self.by_id.get(text, self.by_id.get(text.rpartition(":")[2]))

    @cached_property
    def _referring(self) -> Mapping[str, tuple[Element, ...]]:
        found: dict[str, list[Element]] = {}
        for element in self.definitions.walk():
            for text in _references(element):
                target = self._referred(text)
                if target is not None:
                    found.setdefault(target.id, []).append(
                        element.parent or element if element.is_a("ref") else element
                    )
        return {id_: tuple(dict.fromkeys(elements)) for id_, elements in found.items()}


def _references(element: Element) -> list[str]:
    if element.kind is None:
        return []
    if element.is_a("ref"):
        return [element.text]
    return [element.get(name) for name, kind in element.kind.attributes.items() if kind.type == "ref"]


def _problems(element: Element) -> list[Problem]:
    around = element.id or next((one.id for one in _around(element) if one.id), "")
    found = []
    if element.standing == "unknown":
        found.append(Problem("unknown_element", around, f"BPMN 2.0 has no element <{element.tag}>."))
    if element.standing == "misplaced" and element.parent is not None:
        message = f"The element <{element.tag}> can't stand in <{element.parent.tag}>."
        found.append(Problem("misplaced_element", around, message))
    for attribute in element.attributes:
        if element.knows(attribute) == "unknown":
            message = f"In BPMN 2.0 the element <{element.tag}> has no attribute '{attribute.tag}'."
            found.append(Problem("unknown_attribute", around, message))
    return found


def _around(element: Element) -> Iterable[Element]:
    while element.parent is not None:
        element = element.parent
        yield element
