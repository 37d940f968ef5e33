"""What a file holds, as written: elements, texts, comments and processing instructions, each with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bpmn._standard import Kind, Standing, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something stands in the text of its file: characters, `end` excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scope:
    """Which namespaces an element declares, over those of the elements around it."""

    declared: Mapping[str, str]
    outer: "Scope | None" = None

    def find(self, prefix: str) -> str:
        """Find the namespace of a prefix; "" for none."""
        scope: Scope | None = self
        while scope is not None and prefix not in scope.declared:
            scope = scope.outer
        return scope.declared[prefix] if scope is not None else ""

    def all(self) -> dict[str, str]:
        """List all prefixes that can be used, the nearest of each."""
        outer = self.outer.all() if self.outer is not None else {}
        return {**outer, **self.declared}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Characters between elements; `value` with its references resolved."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """A processing instruction."""

    target: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute; `span` with the space before it, `inside` its value alone, without the quotes."""

    prefix: str
    namespace: str
    tag: str
    value: str
    span: Span
    inside: Span

    @property
    def name(self) -> str:
        """The name as `Element.get` takes it: "id", "{namespace}id"."""
        return f"{{{self.namespace}}}{self.tag}" if self.namespace else self.tag


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Element:
    """One element: its name, attributes and what is inside it, and what the standard says of it.

    `kind` is None when the standard doesn't know it; `declared` are the namespaces that this very element declares. Two elements are the same only when they are the same place of the same document.
    """

    source: str = field(repr=False)
    parent: "Element | None" = field(repr=False)
    prefix: str
    namespace: str
    tag: str
    kind: Kind | None = field(repr=False)
    standing: Standing
    attributes: tuple[Attribute, ...] = field(repr=False)
    declared: Mapping[str, str] = field(repr=False)
    scope: Scope = field(repr=False)
    # The start tag; for an empty element `<a/>` the whole of it.
    opening: Span = field(repr=False)
    # Filled while the file is read, and never afterwards.
    inside: "list[Element | Text | Comment | Instruction]" = field(default_factory=list, repr=False)
    ended: list[int] = field(default_factory=list, repr=False)

    @property
    def span(self) -> Span:
        """The whole element in the text of its file."""
        return Span(start=self.opening.start, end=self.ended[0])

    @property
    def xml(self) -> str:
        """The element as it is written."""
        return self.source[self.span.start : self.span.end]

    @property
    def namespaces(self) -> Mapping[str, str]:
        """All prefixes that can be used in it, with their namespaces; "" = what stands without a prefix."""
        return self.scope.all()

    @property
    def id(self) -> str:
        return self.get("id")

    @property
    def name(self) -> str:
        return self.get("name")

    @property
    def text(self) -> str:
        """The characters directly in it."""
        return "".join(node.value for node in self.inside if isinstance(node, Text))

    @property
    def nodes(self) -> "tuple[Element | Text | Comment | Instruction, ...]":
        """Everything in it, in order."""
        return tuple(self.inside)

    @property
    def children(self) -> "tuple[Element, ...]":
        return tuple(node for node in self.inside if isinstance(node, Element))

    @property
    def extensions(self) -> "tuple[Element, ...]":
        """What its `extensionElements` hold, of whatever namespace."""
        return tuple(one for holder in self.of("extensionElements") for one in holder.children)

    def of(self, kind: str) -> "tuple[Element, ...]":
        """List the children of a kind, or of one built on it: "userTask", "flowNode", "bpmndi:BPMNShape"."""
        return tuple(child for child in self.children if child.is_a(kind))

    def walk(self) -> "Iterator[Element]":
        """Give the element and all inside it, in the order of the file."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))

    def is_a(self, kind: str) -> bool:
        """Say whether it is of a kind of the standard, or of one built on it."""
        return self.kind is not None and self.kind.is_a(kind)

    def attribute(self, name: str) -> Attribute | None:
        """Find an attribute: "id", "{namespace}id"."""
        return next((one for one in self.attributes if one.name == name), None)

    def get(self, name: str) -> str:
        """Read an attribute as text; "" when it isn't there."""
        found = self.attribute(name)
        return found.value if found is not None else ""

    def value(self, name: str) -> Value | None:
        """Read an attribute of the standard as its type, or the standard's default.

        None when there is neither, when the text isn't of its type, or the standard has no such attribute here.
        """
        known = self.kind.attributes.get(name) if self.kind is not None else None
        if known is None:
            return None
        found = self.attribute(name)
        text = known.default if found is None else found.value
        return None if text is None else known.value_of(text)

    def knows(self, attribute: Attribute) -> Standing:
        """Say what the standard says of an attribute here: known, unknown, or foreign."""
        if attribute.namespace not in {"", self.namespace} or self.kind is None or self.standing == "foreign":
            return "foreign"
        return "known" if not attribute.namespace and attribute.tag in self.kind.attributes else "unknown"
