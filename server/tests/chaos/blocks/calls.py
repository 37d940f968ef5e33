"""Processes that call each other, and what they tell each other."""

from bpmn.testing import (
    boundary,
    element,
    end,
    error_definition,
    error_reference,
    escalation_definition,
    escalation_reference,
    extensions,
    flow,
    gateway,
    path,
    signal_definition,
    signal_reference,
    timer,
    zeebe,
)
from tests.chaos.blocks import events, jobs
from tests.chaos.draft import Draft, Ends


def called(draft: Draft) -> Ends:
    id_, child = _call(draft)
    block = draft.dice.choice((jobs.job, events.task, events.pause, jobs.outside))
    child.others.append(child.closed(block(child)))
    child.ends()
    _takes(draft, child)
    return id_, id_


def called_in_vain(draft: Draft) -> Ends:
    """The called process ends with an error, which is caught on the edge of the call."""
    id_, child = _call(draft)
    work, failed = jobs.job(child), child.new("failed")
    for one in (draft, child):
        one.definitions.append(error_definition(f"{id_}_error", "BAD"))
    child.add(end(failed, error_reference(f"{id_}_error")))
    child.enters(failed)
    child.others.append(_leading_to(child, work, failed))
    child.ends("error")
    draft.add(boundary(f"{id_}_bad", id_, error_reference(f"{id_}_error")))
    draft.enters(f"{id_}_bad")
    return id_, draft.merge(id_, f"{id_}_bad")


def called_and_warned(draft: Draft) -> Ends:
    """The called process warns once, and goes on."""
    id_, child = _call(draft)
    warn = child.new("warn")
    for one in (draft, child):
        one.definitions.append(escalation_definition(f"{id_}_late", "LATE"))
    child.add(element("intermediateThrowEvent", warn, escalation_reference(f"{id_}_late")))
    child.enters(warn)
    child.others.append(child.closed((warn, warn), jobs.job(child)))
    child.ends()
    _takes(draft, child)
    event = boundary(f"{id_}_warned", id_, escalation_reference(f"{id_}_late"), interrupting=False)
    draft.add(event, end(f"{id_}_heard"), path(f"{id_}_warned", f"{id_}_heard"))
    draft.enters(f"{id_}_warned", f"{id_}_heard")
    return id_, id_


def called_too_long(draft: Draft) -> Ends:
    """The call is given up, and the called process with it."""
    id_, child = _call(draft)
    nobody = child.task("nobody")
    xml = child.closed((nobody, nobody))
    child.others.append(xml)
    child.leaves_out(*[what.split(" ")[2] for what in child.said if what.startswith(f"entered {child.process} end")])
    child.ends("cancelled")
    draft.add(boundary(f"{id_}_over", id_, timer(duration=draft.pace.of(30))))
    draft.enters(f"{id_}_over")
    return id_, draft.merge(id_, f"{id_}_over")


def signalled(draft: Draft) -> Ends:
    """The called process waits for a signal of its caller."""
    id_, child = _call(draft)
    fork, sync, patient, throw, catch = (draft.new(kind) for kind in ("fork", "sync", "patient", "throw", "hear"))
    for one in (draft, child):
        one.definitions.append(signal_definition(f"{throw}_s", f"{draft.prefix} {throw}"))
    child.add(element("intermediateCatchEvent", catch, signal_reference(f"{throw}_s")))
    child.enters(catch)
    child.others.append(child.closed((catch, catch)))
    child.ends()
    draft.add(
        gateway("parallel", fork),
        gateway("parallel", sync),
        element("userTask", patient, extensions()),
        element("intermediateThrowEvent", throw, signal_reference(f"{throw}_s")),
        path(fork, id_, sync),
        path(fork, patient, throw, sync),
    )
    draft.enters(fork, sync, patient, throw)
    return fork, sync


def _call(draft: Draft) -> tuple[str, Draft]:
    child, id_ = draft.another("child"), draft.new("call")
    # What the caller has when it calls depends on what goes on beside it.
    element_ = zeebe("calledElement", processId=child.process, propagateAllParentVariables="false")
    draft.add(element("callActivity", id_, extensions(element_)))
    draft.enters(id_)
    return id_, child


def _takes(draft: Draft, child: Draft) -> None:
    """Say that the caller has what the called one has in the end."""
    for what in list(child.said):
        if what.startswith(of_child := f"kept {child.process} "):
            draft.said[f"kept {draft.process} {what.removeprefix(of_child)}"] = 1


def _leading_to(child: Draft, block: Ends, last: str) -> bytes:
    """Write a process with an end of its own."""
    first = child.new("start")
    child.add(element("startEvent", first), flow(first, block[0]), flow(block[1], last))
    child.enters(first)
    return child.written()
