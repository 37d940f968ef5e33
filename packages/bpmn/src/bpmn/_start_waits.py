"""What begins instances of a process by itself: the messages, signals and moments that its start events wait for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bpmn._elements.event_based_gateway import EventBasedGateway
from bpmn._evaluate import shown, source_of
from bpmn._program import Formula, Program, StartEvent
from bpmn._triggers.timer import Timer
from bpmn._values import MAX_NAME
from bpmn.errors import ModelProblems, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWait:
    """When this happens, `commands.Start(start_element_id=element_id, start_part=part)` begins an instance."""

    element_id: str
    part: int
    kind: Literal["message", "signal", "timer"]
    # Of the message or signal.
    name: str = ""
    # Whether the message has a correlation key: then one conversation at a time begins one instance.
    has_key: bool = False
    # Of the timer: its kind with the text that its author wrote, and its first round.
    written: str = ""
    due_at: datetime | None = None
    interval: str = ""
    # None = for ever.
    repetitions_left: int | None = 0


def start_waits(program: Program, now: datetime) -> tuple[StartWait, ...]:
    """List what begins instances of a process, as it is from `now` on; its start events without a trigger aren't among them.

    Whoever stores instances keeps the list of the newest version of a process, and starts an instance whenever one happens.
    Units: `now` is aware; a duration counts from it. Raises: ModelProblems, where something can't happen without an instance:
    a condition, and a name or moment that is computed from variables.
    """
    waits: list[StartWait] = []
    problems: list[Problem] = []
    seen: Counter[str] = Counter()
    for way in program.starts:
        if not way.node.triggers:
            continue
        part, seen[way.node.id] = seen[way.node.id], seen[way.node.id] + 1
        try:
            waits.extend(_wait(way, part, now))
        except _Impossible as impossible:
            problems.append(Problem("start_event", way.node.id, f"'{way.node.id}' {impossible}"))
    if problems:
        raise ModelProblems(tuple(problems))
    return tuple(waits)


class _Impossible(Exception):
    """The rest of a sentence that begins with the element."""


def _wait(way: StartEvent, part: int, now: datetime) -> Iterator[StartWait]:
    id_ = way.node.id
    if way.message_name is not None:
        name = _name(way.message_name, "message", now)
        yield StartWait(element_id=id_, part=part, kind="message", name=name, has_key=way.has_key)
    elif way.signal_name is not None:
        yield StartWait(element_id=id_, part=part, kind="signal", name=_name(way.signal_name, "signal", now))
    elif isinstance(way.timer, Timer):
        yield _timer(way.timer, id_, part, now)
    elif not _needs_others_too(way):
        raise _Impossible(
            "begins the process when a condition holds, but before there is an instance there are no variables to look at; "
            "begin it with a message, a signal or a timer, or let an event subprocess wait for the condition."
        )


def _needs_others_too(way: StartEvent) -> bool:
    """Tell whether the condition can also be waited for in the instance that another part has begun."""
    if way.gateway is None:
        return way.node.is_parallel
    behaviour = way.gateway.behaviour
    return isinstance(behaviour, EventBasedGateway) and behaviour.is_parallel and len(way.gateway.outgoing) > 1


def _name(formula: Formula, what: str, now: datetime) -> str:
    value = _value(formula, now)
    if isinstance(value, str) and 0 < len(value) <= MAX_NAME:
        return value
    raise _Impossible(
        f"begins the process with a {what} whose name '{source_of(formula)}' gives {shown(value)} as long as there is no "
        f"instance; write a text of 1 to {MAX_NAME} characters."
    )


def _timer(timer: Timer, id_: str, part: int, now: datetime) -> StartWait:
    try:
        due_at, interval, left = timer.first(_value(timer.formula, now), now)
    except (ValueError, OverflowError) as error:
        raise _Impossible(
            f"begins the process with a timer '{source_of(timer.formula)}' that has no moment as long as there is no "
            f"instance: {error}."
        ) from error
    written = f"{timer.kind} {source_of(timer.formula)}"
    return StartWait(
        element_id=id_,
        part=part,
        kind="timer",
        written=written,
        due_at=due_at,
        interval=interval,
        repetitions_left=left,
    )


def _value(formula: Formula, now: datetime) -> object:
    return formula if isinstance(formula, str) else formula.evaluate({}, now=now).value
