"""A date, a duration or a cycle: ISO 8601 as it stands, or FEEL."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from lxml import etree

from bpmn import facts
from bpmn._evaluate import Failure, evaluate, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._timers import as_duration_text, as_moment, parse_cycle, parse_duration, parse_moment
from bpmn._xml import BPMN

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run

Kind = Literal["timeDate", "timeDuration", "timeCycle"]


@dataclass(frozen=True, slots=True)
class Timer:
    """`opening` computes when it is due, once, when the event begins to wait."""

    kind: Kind
    formula: Formula

    @property
    def definition(self) -> tuple[str, ...]:
        return ("timer", self.kind, source_of(self.formula))

    def opening(self, run: "Run", node: Node, host: ElementInstance) -> facts.TimerScheduled:
        value = evaluate(run, self.formula, host)
        try:
            due_at, interval, left = self.first(value, run.now)
        except (ValueError, OverflowError) as error:
            raise Failure(
                "timer", f"The timer '{source_of(self.formula)}' of '{node.id}' has no moment: {error}"
            ) from error
        if node.interrupting:
            interval, left = "", 0
        return facts.TimerScheduled(run.new_id(), host.id, node.id, due_at, interval, left)

    def first(self, value: object, now: datetime) -> tuple[datetime, str, int | None]:
        """Read the value of the formula: when it is due first, the interval ("" = once), and how often again (None = for ever).

        Raises: ValueError, OverflowError.
        """
        return _WHEN[self.kind](value, now)


def read(reader: "Reader", event: etree._Element, definition: etree._Element, part: int = 0) -> Timer | None:
    """Read a timerEventDefinition."""
    kinds: tuple[Kind, ...] = ("timeDate", "timeDuration", "timeCycle")
    for kind in kinds:
        text = definition.findtext(BPMN + kind)
        if text is not None and text.strip():
            formula = reader.formula(text, event, "timer")
            if isinstance(formula, str):
                _check(reader, event, kind, formula)
            return Timer(kind, formula)
    reader.problem("timer", event, "has a timer without a date, duration or cycle")
    return None


def _check(reader: "Reader", event: etree._Element, kind: Kind, text: str) -> None:
    try:
        _PARSERS[kind](text)
    except (ValueError, OverflowError) as error:
        reader.problem("timer", event, f"has a timer that can't be read: {error}")


def _at_date(value: object, now: datetime) -> tuple[datetime, str, int | None]:
    return as_moment(value), "", 0


def _after_duration(value: object, now: datetime) -> tuple[datetime, str, int | None]:
    return parse_duration(value if isinstance(value, str) else as_duration_text(value)).after(now), "", 0


def _in_cycle(value: object, now: datetime) -> tuple[datetime, str, int | None]:
    # A bare duration from FEEL means: again and again.
    cycle = parse_cycle(value if isinstance(value, str) else f"R/{as_duration_text(value)}")
    due_at = cycle.start or parse_duration(cycle.interval).after(now)
    return due_at, cycle.interval, None if cycle.repetitions is None else max(cycle.repetitions - 1, 0)


_WHEN: Mapping[Kind, Callable[[object, datetime], tuple[datetime, str, int | None]]] = {
    "timeDate": _at_date,
    "timeDuration": _after_duration,
    "timeCycle": _in_cycle,
}
_PARSERS: Mapping[Kind, Callable[[str], object]] = {
    "timeDate": parse_moment,
    "timeDuration": parse_duration,
    "timeCycle": parse_cycle,
}
