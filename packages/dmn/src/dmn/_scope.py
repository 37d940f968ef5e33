"""Reads the FEEL texts and the types of a model and gathers every mistake in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._xml import Element
from dmn.errors import Problem

if TYPE_CHECKING:
    from dmn._tables import Table

MAX_TEXTS = 50_000
MAX_NESTING = 24
"""Boxed expressions inside each other."""

ENTRIES_OF_ITEMS = "."
"""Stands among the names where the entries of a filtered item are in scope: nobody knows how those are called."""

Compiled = TypeVar("Compiled")
Compile = Callable[[Element, frozenset[str], "Reader"], Evaluator]
"""Compiles the boxed expression that an element is, in the scope of some names."""

Functions = Mapping[str, Callable[..., object]]
"""The host's external functions; see `feel.compile_expression`."""


def _no_reference(_text: str | None, _element: Element) -> feel.Type | None:
    return None


@dataclass(slots=True)
class Reader:
    """Gathers the problems of one model; `elements` compile its boxed expressions, by the name of their element."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    elements: Mapping[str, Compile] = field(default_factory=dict)
    functions: Functions = field(default_factory=dict)
    types: Mapping[str, feel.Type] = field(default_factory=dict)
    reference: Callable[[str | None, Element], feel.Type | None] = _no_reference
    """Give the type that a `typeRef` names."""
    tables: list["Table"] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    """All names that the model's expressions read."""
    texts: int = 0

    def problem(self, code: str, element: Element, message: str) -> None:
        """Note a mistake."""
        self.problems.append(Problem(code, _xml.identity(element), message))

    def warning(self, code: str, element: Element, message: str) -> None:
        """Note what may be a mistake; the model can be used all the same."""
        self.warnings.append(Problem(code, _xml.identity(element), message))

    def type_of(self, element: Element | None) -> feel.Type | None:
        """Give the type that an element's `typeRef` names, if it has one."""
        return None if element is None else self.reference(element.get("typeRef"), element)

    def expression(self, text: str, element: Element, names: frozenset[str]) -> feel.Expression | None:
        """Compile an expression; None when it has mistakes, which are noted."""
        of_items, known = ENTRIES_OF_ITEMS in names, names - {ENTRIES_OF_ITEMS}
        compiled = self._compiled(
            lambda: feel.compile_expression(
                text, names=known, types=self.types, functions=self.functions, of_items=of_items
            ),
            element,
        )
        if compiled is not None:
            self.names |= compiled.names
            self._check_names(compiled.needs, element, names)
            for name in sorted(compiled.unknown_types):
                self.warning("unknown_type", element, f"There is no type “{name}”, or a part of it isn't known")
        return compiled

    def tests(self, text: str, element: Element, names: frozenset[str]) -> feel.UnaryTests | None:
        """Compile unary tests, an empty text as `-`; None when they have mistakes, which are noted."""
        compiled = self._compiled(
            lambda: feel.compile_unary_tests(
                text or "-", names=names - {ENTRIES_OF_ITEMS}, types=self.types, functions=self.functions
            ),
            element,
        )
        if compiled is not None:
            self.names |= compiled.names
            self._check_names(compiled.needs, element, names)
        return compiled

    def evaluator(self, text: str, element: Element, names: frozenset[str]) -> Evaluator:
        """Compile an expression that is a part of the model's logic."""
        expression = self.expression(text, element, names)
        element_id = _xml.identity(element)

        if expression is None:
            return self.mistaken(element)
        return lambda frame, scope: frame.value(expression.evaluate(scope, now=frame.now), element_id)

    def mistaken(self, element: Element) -> Evaluator:
        """Stand in for an expression with a mistake, which was noted."""
        element_id = _xml.identity(element)
        return lambda frame, _scope: frame.note("mistake", "The model has a mistake here", element_id)

    def boxed(self, element: Element, names: frozenset[str]) -> Evaluator:
        """Compile the boxed expression that an element is, with the check of its type."""
        if sum(1 for _ in element.iterancestors()) > MAX_NESTING * 2:
            self.problem("too_deep", element, "Boxed expressions are nested too deeply")
            return self.mistaken(element)
        kind = _xml.kind(element)
        logic = self.elements[kind](element, names, self)
        # The type of a function definition is that of its result or of itself, which it knows best.
        stated = None if kind == "functionDefinition" else self.type_of(element)
        return conforming(logic, stated, _xml.identity(element))

    def inside(self, element: Element, names: frozenset[str]) -> Evaluator | None:
        """Compile the first boxed expression among an element's children; None when there is none."""
        inner = _xml.child(element, *self.elements)
        return None if inner is None else self.boxed(inner, names)

    def part(self, element: Element, kind: str, names: frozenset[str]) -> Evaluator:
        """Compile the boxed expression inside a child element that has to be there."""
        part = _xml.child(element, kind)
        inner = None if part is None else self.inside(part, names)
        if inner is None:
            self.problem("missing_part", element, f"<{kind}> with an expression is missing")
            return self.mistaken(element)
        return inner

    def _check_names(self, read: Iterable[str], element: Element, names: frozenset[str]) -> None:
        """Warn of names that nothing here declares; the caller may have a variable of that name all the same."""
        if ENTRIES_OF_ITEMS in names:
            return
        for name in sorted(set(read) - names - feel.BUILTIN_NAMES - {"?"}):
            self.warning("unknown_name", element, f"Nothing that is required here is called “{name}”")

    def _compiled(self, compile_text: Callable[[], Compiled], element: Element) -> Compiled | None:
        self.texts += 1
        if self.texts > MAX_TEXTS:
            if self.texts == MAX_TEXTS + 1:
                self.problem("too_large", element, f"The model has more than {MAX_TEXTS} expressions")
            return None
        try:
            return compile_text()
        except feel.FeelSyntaxError as error:
            for found in error.problems:
                self.problems.append(Problem(found.code, _xml.identity(element), found.message, found.position))
            return None


def nothing(_frame: Frame, _scope: Scope) -> None:
    """Stand in for an expression that may be left out."""


def conforming(logic: Evaluator, stated: feel.Type | None, element_id: str) -> Evaluator:
    """Fit what an expression gives to a type, as clause 10.3.2.9.4 says."""
    if stated is None or stated == feel.Type("Any"):
        return logic
    return lambda frame, scope: frame.conformed(logic(frame, scope), stated, element_id)
