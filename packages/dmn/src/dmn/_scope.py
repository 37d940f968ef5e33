"""Reads the FEEL texts of a model and gathers every mistake in them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import feel
from dmn import _xml
from dmn._frame import Evaluator, Frame, Scope
from dmn._xml import Element
from dmn.errors import Problem

if TYPE_CHECKING:
    from dmn._tables._table import Table

MAX_TEXTS = 50_000
Compiled = TypeVar("Compiled")


@dataclass(slots=True)
class Reader:
    """Gathers the problems of one model, and its decision tables."""

    problems: list[Problem] = field(default_factory=list)
    tables: list["Table"] = field(default_factory=list)
    texts: int = 0

    def problem(self, code: str, element: Element, message: str) -> None:
        """Note a mistake."""
        self.problems.append(Problem(code, _xml.identity(element), message))

    def expression(self, text: str, element: Element, names: frozenset[str]) -> feel.Expression | None:
        """Compile an expression; None when it has mistakes, which are noted."""
        return self._compiled(lambda: feel.compile_expression(text, names=names), element)

    def tests(self, text: str, element: Element, names: frozenset[str]) -> feel.UnaryTests | None:
        """Compile unary tests, an empty text as `-`; None when they have mistakes, which are noted."""
        return self._compiled(lambda: feel.compile_unary_tests(text or "-", names=names), element)

    def evaluator(self, text: str, element: Element, names: frozenset[str]) -> Evaluator:
        """Compile an expression that is a part of the model's logic."""
        expression = self.expression(text, element, names)
        element_id = _xml.identity(element)

        def evaluate(frame: Frame, scope: Scope) -> object:
            if expression is None:
                return None
            return frame.value(expression.evaluate(scope, now=frame.now), element_id)

        return evaluate

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
