"""Changes to a document: each is a piece of its text that becomes another."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from bpmn.document._tree import Element, Text
from bpmn.errors import BpmnError

_INDENT = "  "


class EditError(BpmnError):
    """The change can't be made; the message says why."""

    code = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Put `text` in place of the characters from `start` to `end` of `source`."""

    source: str = field(repr=False)
    start: int
    end: int
    text: str


def change(element: Element, attributes: Mapping[str, str | None]) -> tuple[Edit, ...]:
    """Set attributes of an element, by their names as `Element.get` takes them; None removes one.

    Raises: EditError when a namespace has no prefix there.
    """
    return tuple(_changed(element, name, value) for name, value in attributes.items())


def _changed(element: Element, name: str, value: str | None) -> Edit:
    found = element.attribute(name)
    if found is None:
        opening = element.source[element.opening.start : element.opening.end]
        place = element.opening.start + len(opening.removesuffix(">").removesuffix("/").rstrip())
        written = "" if value is None else f' {_attribute_name(element, name)}="{_attribute_text(value)}"'
        return Edit(source=element.source, start=place, end=place, text=written)
    if value is None:
        return Edit(source=element.source, start=found.span.start, end=found.span.end, text="")
    # With its quotes: a place that isn't empty, where a second change would be noticed.
    start, end = found.inside.start - 1, found.inside.end + 1
    quote = element.source[start]
    return Edit(source=element.source, start=start, end=end, text=f"{quote}{_attribute_text(value)}{quote}")


def rewrite(element: Element, text: str) -> Edit:
    """Put a text in place of what an element holds. Raises: EditError when that is more than text."""
    if not all(isinstance(node, Text) for node in element.inside):
        raise EditError(f"The element '{element.tag}' holds more than text, which a new text would remove.")
    return _filled(element, escape(text).replace("\r", "&#13;"))


def remove(element: Element) -> Edit:
    """Take an element away with all inside it, and the space before it. Raises: EditError for the root."""
    if element.parent is None:
        raise EditError("The root element can't be removed.")
    siblings = element.parent.inside
    place = siblings.index(element)
    before = siblings[place - 1] if place else None
    is_space = isinstance(before, Text) and not before.value.strip()
    start = before.span.start if before is not None and is_space else element.span.start
    return Edit(source=element.source, start=start, end=element.span.end, text="")


def add(
    parent: Element, tag: str, attributes: Mapping[str, str], *, content: str = "", before: Element | None = None
) -> Edit:
    """Put a new element into another, as its last or before one of its children.

    `tag` is a name of the parent's namespace, or "{namespace}name"; `content` is XML. Raises: EditError when a namespace has
    no prefix there, or `before` isn't a child.
    """
    name = _element_name(parent, tag)
    written = "".join(f' {_attribute_name(parent, key)}="{_attribute_text(text)}"' for key, text in attributes.items())
    return add_xml(parent, f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>", before=before)


def add_xml(parent: Element, xml: str, *, before: Element | None = None) -> Edit:
    """Put XML as it is written into an element, as its last child or before one of its children."""
    if before is not None and before.parent is not parent:
        raise EditError(f"The element '{before.tag}' isn't a child of '{parent.tag}'.")
    if not parent.children:
        outer = _indent(parent)
        return _filled(parent, f"{outer}{_INDENT}{xml}{outer}" if outer else xml, keep=True)
    indent = _indent(before or parent.children[-1])
    place = before.span.start if before else parent.children[-1].span.end
    return Edit(source=parent.source, start=place, end=place, text=xml + indent if before else indent + xml)


def applied(source: str, edits: Iterable[Edit]) -> str:
    """Make all changes at once. Raises: EditError when they meet in one place, or are of another document."""
    parts, done = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.source is not source:
            raise EditError("The change is of another state of the document; look the element up again.")
        if edit.start < done:
            raise EditError("Two changes are about the same place; make one after the other.")
        parts += [source[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, source[done:]])


def _filled(element: Element, content: str, *, keep: bool = False) -> Edit:
    """Put `content` inside an element that holds no others, in place of its text or (`keep`) after its comments."""
    opening = element.opening
    if element.source[opening.start : opening.end].endswith("/>"):
        name = f"{element.prefix}:{element.tag}" if element.prefix else element.tag
        return Edit(source=element.source, start=opening.end - 2, end=opening.end, text=f">{content}</{name}>")
    end = element.source.rindex("</", opening.end, element.span.end)
    start = opening.end
    if keep and element.inside:
        last = element.inside[-1]
        start = last.span.start if isinstance(last, Text) and not last.value.strip() else last.span.end
    return Edit(source=element.source, start=start, end=end, text=content)


def _indent(element: Element) -> str:
    """Tell the line end and the spaces before an element; "" when it doesn't begin its line."""
    before = re.search(r"\r?\n[ \t]*$", element.source[max(0, element.span.start - 1_000) : element.span.start])
    return before[0] if before else ""


def _element_name(parent: Element, tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    wanted = namespace[1:] if namespace else parent.namespace
    if parent.namespace == wanted:
        prefix = parent.prefix
    elif parent.scope.find("") == wanted:
        prefix = ""
    else:
        prefix = _prefix(parent, wanted)
    return f"{prefix}:{local}" if prefix else local


def _attribute_name(element: Element, name: str) -> str:
    namespace, _, local = name.rpartition("}")
    return f"{_prefix(element, namespace[1:])}:{local}" if namespace else local


def _prefix(element: Element, namespace: str) -> str:
    found = next((prefix for prefix, uri in element.namespaces.items() if prefix and uri == namespace), None)
    if found is None:
        raise EditError(f"The namespace '{namespace}' has no prefix here; declare it on the root element first.")
    return found


def _attribute_text(value: str) -> str:
    # Either quote may stand around it.
    marks = {'"': "&quot;", "'": "&apos;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
    return escape(value, marks)
