"""The code of one text in both ways: direct first, and the full code where that leaves."""

import datetime as dt
from collections.abc import Callable, Mapping

from feel._code import Code
from feel._evaluating import evaluated
from feel._run import Evaluation

_LEFT = object()
"""Stands for a value when the direct way was left."""


class Program:
    """Evaluates a text; `given` are the inputs of a test, if it is one, and then the context.

    `takes` is their number. Code is made when it's first needed: the cells of a table, for one, are mostly run together.
    """

    __slots__ = ("_build", "_build_direct", "_direct", "_full", "_takes")

    def __init__(self, takes: int, build: Callable[[], Code], build_direct: Callable[[Code], Code | None]) -> None:
        self._takes = takes
        self._build = build
        self._build_direct = build_direct
        self._direct: Code | None = None
        self._full: Code | None = None

    @property
    def compiled(self) -> Code:
        """A function of what is given that gives the value alone."""
        if self._direct is None:
            self._direct = self._build_direct(self._value) or self._indirect
        return self._direct

    def evaluate(self, *given: object, now: dt.datetime | None) -> Evaluation:
        """Give the value and why parts of it are null."""
        value = (self._direct or self.compiled)(*given, _left)
        return self.fully(*given, now=now) if value is _LEFT else Evaluation(value)

    def fully(self, *given: object, now: dt.datetime | None) -> Evaluation:
        """Evaluate in the full code."""
        if self._full is None:
            self._full = self._build()
        *inputs, context = given
        assert isinstance(context, Mapping)
        return evaluated(self._full, context, now, inputs)

    def _value(self, *given: object) -> object:
        return self.fully(*given, now=None).value

    def _indirect(self, *given: object) -> object:
        # As direct code does, it may get the function to leave to.
        if len(given) == self._takes:
            return self._value(*given)
        *given_to_it, otherwise = given
        assert callable(otherwise)
        return otherwise(*given_to_it)


def _left(*_given: object) -> object:
    return _LEFT
