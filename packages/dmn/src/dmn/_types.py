"""Item definitions to FEEL types (DMN 1.5, clause 7.3.3), and what a `typeRef` means."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

import feel
from dmn import _xml
from dmn._imports import Definitions
from dmn._scope import Reader
from dmn._xml import Element

ANY = feel.Type("Any")
_SPELLINGS = {
    **{
        kind: kind
        for kind in (
            *("Any", "number", "string", "boolean", "date", "time", "date and time", "list", "context", "range"),
            *("function", "days and time duration", "years and months duration"),
        )
    },
    "any": "Any",
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    # Modellers write the types of XML Schema and of programming languages, too.
    **dict.fromkeys(("integer", "int", "long", "short", "byte", "decimal", "double", "float"), "number"),
}
BUILT_IN: Mapping[str, feel.Type] = {spelling: feel.Type(kind) for spelling, kind in _SPELLINGS.items()}
MAX_DEPTH = 50
_XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"


@dataclass(frozen=True, slots=True)
class Constraint:
    """The tests that a type's values have to meet, `projected` each item of a list, beside those of its base."""

    tests: feel.UnaryTests
    base: Callable[[object], bool] | None
    projected: bool

    def __call__(self, value: object) -> bool:
        """Tell whether a value is allowed."""
        if self.base is not None and not self.base(value):
            return False
        values = value if self.projected and isinstance(value, list) else [value]
        return all(self.tests.evaluate(one).value is True for one in values)


def constraints(kind: feel.Type | None) -> Iterator[feel.UnaryTests]:
    """Give the tests that a type's values have to meet, its own before those of its bases."""
    allows = None if kind is None else kind.allows
    while isinstance(allows, Constraint):
        if not allows.projected:
            yield allows.tests
        allows = allows.base


@dataclass(slots=True)
class _Definer:
    """Defines the types of one model: each when it is first asked for."""

    model: Definitions
    reader: Reader
    others: Mapping[str, Mapping[str, feel.Type]]
    elements: dict[str, Element] = field(default_factory=dict)
    types: dict[str, feel.Type] = field(default_factory=dict)
    open: list[str | None] = field(default_factory=list)
    """The types that are being defined, each inside the one before; None where a component lies between."""

    def define_all(self) -> None:
        for name, imported in self.model.imports:
            own = self.others[imported.namespace]
            self.types.update({f"{name}.{other}" if name else other: kind for other, kind in own.items()})
        for element in _xml.children(self.model.root, "itemDefinition"):
            name = (element.get("name") or "").strip()
            if not name:
                self.reader.problem("no_id", element, "An item definition needs a name")
            elif name in self.elements or name in self.types:
                self.reader.problem("duplicate", element, f"There are two types of the name “{name}”")
            else:
                self.elements[name] = element
        for name in self.elements:
            self._named(name)

    def _named(self, name: str) -> feel.Type:
        if name in self.types:
            return self.types[name]
        if name in self.open:
            return self._again(name)
        if len(self.open) > MAX_DEPTH:
            self.reader.problem(
                "too_deep", self.elements[name], f"Types build on each other more than {MAX_DEPTH} deep"
            )
            return ANY
        self.open.append(name)
        self.types[name] = replace(self._defined(self.elements[name]), name=name)
        self.open.pop()
        return self.types[name]

    def _again(self, name: str) -> feel.Type:
        """Give a type inside its own definition: fine in a component, a circle otherwise."""
        if None not in self.open[self.open.index(name) :]:
            self.reader.problem("type_cycle", self.elements[name], f"The type “{name}” is defined by itself")
            return ANY
        return feel.Type("Any", name=name, allows=lambda value: self.types[name].holds(value))  # noqa: PLW0108 -- the type is entered when its definition has been read, after this

    def _defined(self, element: Element) -> feel.Type:
        language = element.get("typeLanguage") or ""
        if language and "feel" not in language.lower():
            self.reader.warning("type_language", element, f"Types are only checked in FEEL, not in {language}")
            return ANY
        base = self._constrained(self._base(element), element, "allowedValues")
        if (element.get("isCollection") or "").strip() in {"true", "1"}:
            base = feel.Type("list", (base,))
        return self._constrained(base, element, "typeConstraint")

    def _base(self, element: Element) -> feel.Type:
        components = list(_xml.children(element, "itemComponent"))
        function = _xml.child(element, "functionItem")
        reference = _xml.content(_xml.child(element, "typeRef"))
        if len([part for part in (components, function is not None, reference) if part]) > 1:
            self.reader.problem(
                "item_definition", element, "A type has a reference, components or a function: only one"
            )
        if components:
            return self._context(element, components)
        if function is not None:
            return self._function(function)
        return self.reference(reference, element) or ANY

    def _context(self, element: Element, components: list[Element]) -> feel.Type:
        fields = tuple((component.get("name") or "").strip() for component in components)
        if len(set(fields)) < len(fields):
            self.reader.problem("duplicate", element, "The type has two components of the same name")
        self.open.append(None)
        arguments = tuple(self._defined(component) for component in components)
        self.open.pop()
        return feel.Type("context", arguments, fields)

    def _function(self, element: Element) -> feel.Type:
        self.open.append(None)
        parameters = (self.reference(part.get("typeRef"), part) for part in _xml.children(element, "parameters"))
        result = self.reference(element.get("outputTypeRef"), element) or ANY
        arguments = (result, *(kind or ANY for kind in parameters))
        self.open.pop()
        return feel.Type("function", arguments)

    def _constrained(self, base: feel.Type, element: Element, part: str) -> feel.Type:
        """Add a constraint; allowed values are those of a list's items, a type's constraint is its own."""
        constraint = _xml.child(element, part)
        text = _xml.text_of(constraint)
        if constraint is None or not text:
            return base
        tests = self.reader.tests(text, constraint, frozenset())
        if tests is None:
            return base
        projected = part == "allowedValues" and base.kind == "list"
        return replace(base, allows=Constraint(tests, base.allows, projected))

    def reference(self, text: str | None, element: Element) -> feel.Type | None:
        """Give the type that a `typeRef` names; None without one, and for one that is unknown, which is noted."""
        if text is None or not text.strip():
            return None
        for name in _readings(text.strip(), element, self.model):
            if name in self.elements:
                return self._named(name)
            if name in self.types or name in BUILT_IN:
                return self.types.get(name) or BUILT_IN[name]
        self.reader.problem("unknown_type", element, f"There is no type “{text.strip()}”{_advice(text.strip())}")
        return None


def _advice(unknown: str) -> str:
    """Say what may be meant by a type's name that nobody knows."""
    known = {name.casefold(): name for name in BUILT_IN}
    close = get_close_matches(unknown.casefold(), known, n=1)
    return f"; is “{known[close[0]]}” meant?" if close else "; define it as an item definition, or leave it out"


def _readings(text: str, element: Element, model: Definitions) -> Iterator[str]:
    """Give the names that a reference may mean: as it stands, or with a prefix that stands for a namespace."""
    yield text
    prefix, colon, local = text.partition(":")
    if not colon:
        return
    namespace = element.nsmap.get(prefix, "")
    if "FEEL" in namespace or namespace == _XML_SCHEMA or prefix == "feel":
        yield local
    alias = model.prefixed(namespace) if namespace else prefix
    if alias is not None:
        yield f"{alias}.{local}" if alias else local


def define_types(
    model: Definitions, reader: Reader, others: Mapping[str, Mapping[str, feel.Type]]
) -> Mapping[str, feel.Type]:
    """Define the types of a model, after those of the models that it imports, and give them to its reader."""
    definer = _Definer(model, reader, others)
    reader.types = definer.types
    reader.reference = definer.reference
    definer.define_all()
    return {name: definer.types[name] for name in definer.elements}
