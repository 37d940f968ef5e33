"""Steps for people, timers, messages, conditions."""

from collections.abc import Callable
from datetime import timedelta

from bpmn.testing import (
    boundary,
    condition,
    element,
    end,
    event_subprocess,
    message_definition,
    message_reference,
    path,
    start,
    subprocess,
    timer,
    user_task,
)
from firstline.processes import actions
from tests.chaos.case import Case
from tests.chaos.draft import Draft, Ends, Request, always

NEVER = "P3000D"
ALIVE = timedelta(days=30)


def task(draft: Draft) -> Ends:
    id_ = draft.task()
    return id_, id_


def pause(draft: Draft) -> Ends:
    id_ = draft.new("pause")
    draft.add(element("intermediateCatchEvent", id_, timer(duration=draft.pace.of(draft.dice.randint(1, 3)))))
    draft.enters(id_)
    return id_, id_


def reminders(draft: Draft) -> Ends:
    """A step is reminded of some times; the person comes after the last one."""
    # Rounds that are missed while everything is away come once, so on a real clock nobody knows how many there will be.
    id_, times = draft.task("patient"), 1 if draft.pace.is_real else draft.dice.randint(1, 3)
    event = boundary(f"{id_}_due", id_, timer(cycle=f"R{times}/{draft.pace.of(1)}"), interrupting=False)
    draft.add(event, end(f"{id_}_told"), path(f"{id_}_due", f"{id_}_told"))
    draft.enters(f"{id_}_due", f"{id_}_told", times=times)
    return id_, id_


# --- messages ---


def message(draft: Draft) -> Ends:
    """It may come before its catcher, and more than once."""
    id_ = draft.new("catch")
    draft.add(element("intermediateCatchEvent", id_, _waits_for(draft, id_)))
    draft.enters(id_)
    _is_sent(draft, id_, times=draft.dice.randint(1, 2))
    return id_, id_


def message_or_never(draft: Draft) -> Ends:
    """A message is waited for, or a moment that doesn't come."""
    choice, catch, never = draft.new("choice"), draft.new("catch"), draft.new("never")
    draft.add(
        element("eventBasedGateway", choice),
        element("intermediateCatchEvent", catch, _waits_for(draft, catch)),
        element("intermediateCatchEvent", never, timer(duration=NEVER)),
        path(choice, catch),
        path(choice, never),
    )
    draft.enters(choice, catch)
    _is_sent(draft, catch)
    return choice, draft.merge(catch, never)


def in_time(draft: Draft) -> Ends:
    """A step that nobody does is ended by a message."""
    id_ = draft.task("nobody")
    draft.add(boundary(f"{id_}_off", id_, _waits_for(draft, id_)))
    draft.enters(f"{id_}_off")
    _is_sent(draft, id_)
    return id_, draft.merge(id_, f"{id_}_off")


def beside(draft: Draft) -> Ends:
    """Messages begin something beside a step, one after another."""
    id_, event = draft.new("sub"), draft.new("event")
    times = draft.dice.randint(1, 3)
    patient, did, first, last = draft.task("patient"), draft.new("did"), f"{id_}_in", f"{id_}_out"
    written = draft.parts.pop()
    inside = event_subprocess(
        event, _waits_for(draft, event), user_task(did), end(f"{event}_out"),
        path(f"{event}_start", did, f"{event}_out"), interrupting=False,
    )  # fmt: skip
    draft.add(subprocess(id_, start(first), written, end(last), inside, path(first, patient, last)))
    draft.enters(id_, first, last)
    draft.enters(event, f"{event}_start", did, f"{event}_out", times=times)
    for number in range(times):
        _is_sent(draft, event, number=number, is_due=lambda case: case.is_at(patient), holds=patient)
    return id_, id_


def _waits_for(draft: Draft, name: str) -> str:
    draft.definitions.append(message_definition(f"{name}_m", f"{draft.prefix} {name}", '="7"'))
    return message_reference(f"{name}_m")


def _is_sent(
    draft: Draft,
    name: str,
    *,
    times: int = 1,
    number: int = 0,
    is_due: Callable[[Case], bool] | None = None,
    holds: str = "",
) -> None:
    """Let somebody send a message, `times` the same; unless it is said when, perhaps before anybody waits for it."""
    variable, message = f"said_{name}", f"{draft.prefix} {name}"
    draft.keeps(variable, 7)

    def send(case: Case) -> None:
        for _ in range(times):
            actions.publish_message(
                message_id=f"{message} {number}", name=message, key="7", variables={variable: 7}, time_to_live=ALIVE
            )

    def is_waited_for(case: Case) -> bool:
        return case.waits_for(message)

    due = is_due or (always if draft.dice.random() < 0.5 else is_waited_for)
    draft.asks(Request(do=send, is_due=due, holds=holds))


# --- conditions ---


def changed(draft: Draft) -> Ends:
    """A variable is waited for, which an operator sets."""
    id_, name, process = draft.new("until"), draft.new("ready"), draft.process
    draft.add(element("intermediateCatchEvent", id_, condition(f"={name} = true")))
    draft.enters(id_)
    draft.keeps(name, value=True)

    def set_it(case: Case) -> None:
        for instance_id in case.instances(process):
            actions.set_variables(instance_id=instance_id, variables={name: True})

    draft.asks(Request(do=set_it, is_due=lambda case: case.is_at(id_), is_done=lambda case: not case.is_at(id_)))
    return id_, id_
