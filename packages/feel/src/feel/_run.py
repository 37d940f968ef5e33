"""One evaluation: what it reads, what it noted, and what it may still spend."""

# `return self.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from feel import _limits
from feel._values import Function, converter
from feel.errors import Diagnostic, Exhausted, Fault

_LEAST_SECONDS = 1e-4
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Evaluation:
    """A value, and why parts of it are null. Not frozen, which would make making one five times slower."""

    value: object
    diagnostics: tuple[Diagnostic, ...] = ()


class Run:
    """One evaluation: what it reads, what it noted, and what it may still spend."""

    __slots__ = (
        "_context",
        "_convert",
        "_now",
        "_search_seconds",
        "_seen",
        "_steps",
        "_values",
        "builtins",
        "calls",
        "diagnostics",
    )

    def __init__(
        self, context: Mapping[str, object], now: dt.datetime | None, builtins: "Callable[[Run, str], Function | None]"
    ) -> None:
        self._context = context
        self._convert = converter(context)
        self._now = now
        self._values: dict[str, object] = {}
        self._steps = _limits.MAX_STEPS
        self._search_seconds = _limits.REGEX_SECONDS
        self._seen: set[tuple[str, int]] = set()
        self.builtins = builtins
        self.calls = 0
        self.diagnostics: list[Diagnostic] = []

    def read(self, position: int, name: str) -> object:
        """Read a name of the context, as a FEEL value."""
        try:
            return self._values[name]
        except KeyError:
            pass
        value: object
        if name in self._context:
            try:
                value = self._convert(self._context[name])
            except Fault as fault:
                return self.note(fault.kind, position, f"{name}: {fault.message}")
        else:
            value = self.builtins(self, name)
            if value is None:
                return self.note("name", position, f"There is no “{name}” here")
        self._values[name] = value
        return value

    def note(self, kind: str, position: int, message: str) -> None:
        """Note why a value is null; once per place, so that a loop doesn't repeat itself."""
        if (kind, position) not in self._seen and len(self.diagnostics) < _limits.MAX_DIAGNOSTICS:
            self._seen.add((kind, position))
            self.diagnostics.append(Diagnostic(kind, message, position))

    def spend(self, steps: int) -> None:
        """Take steps from the budget. Raises: Exhausted."""
        self._steps -= steps
        if self._steps < 0:
            raise Exhausted(f"The evaluation needs more than {_limits.MAX_STEPS} steps")

    def search(self, find: Callable[[float], Answer]) -> Answer:
        """Run a search for a pattern within the time that is left for all of them. Raises: Exhausted."""
        began = time.perf_counter()
        try:
            return find(self._search_seconds)
        except TimeoutError:
            raise Exhausted("A pattern takes too long on this text") from None
        finally:
            self._search_seconds = max(self._search_seconds - (time.perf_counter() - began), _LEAST_SECONDS)

    def measure(self, value: object) -> None:
        """Pay for every part of a result, so that it can be stored or sent on. Raises: Exhausted."""
        pending = [value]
        while pending:
            part = pending.pop()
            if isinstance(part, list | dict):
                self.spend(len(part))
                pending.extend(part.values() if isinstance(part, dict) else part)

    def now(self) -> dt.datetime:
        """Tell the moment that the caller gave. Raises: Fault when it gave none."""
        if self._now is None:
            raise Fault("clock", "The current moment isn't known here")
        return self._now
