"""What operators do to an instance under way."""

from collections.abc import Callable

from bpmn import commands
from bpmn.testing import (
    compensated,
    element,
    extensions,
    gateway,
    message_definition,
    message_reference,
    path,
    service_task,
    timer,
    zeebe,
)
from firstline.processes import actions, rules
from tests.chaos.blocks import events, starts
from tests.chaos.case import Case
from tests.chaos.draft import Draft, Ends, Request


def suspended(draft: Draft) -> Ends:
    """The instance is suspended at a step, and resumed after a while."""
    id_ = draft.task()
    _suspends(draft, draft.process, at=id_, until=draft.process)
    return id_, id_


def suspended_with_called(draft: Draft) -> Ends:
    """A called process is suspended while that which it has called stands at a step, and resumed when that has stood still, too."""
    between, child = draft.another("between"), draft.another("child")
    id_ = child.task()
    child.others.append(child.closed((id_, id_)))
    child.ends()
    inner = _calls(between, child)
    between.others.append(between.closed((inner, inner)))
    between.ends()
    _suspends(draft, between.process, at=id_, until=child.process)
    outer = _calls(draft, between)
    return outer, outer


def _calls(draft: Draft, called: Draft) -> str:
    id_ = draft.new("call")
    # What the caller has when it calls depends on what goes on beside it.
    element_ = zeebe("calledElement", processId=called.process, propagateAllParentVariables="false")
    draft.add(element("callActivity", id_, extensions(element_)))
    draft.enters(id_)
    return id_


def _suspends(draft: Draft, process: str, *, at: str, until: str) -> None:
    """Let a process be suspended when a token is `at` a step, and resumed some time after the process `until` stands still."""

    def tell(command: rules.OperatorCommand) -> Callable[[Case], None]:
        def do(case: Case) -> None:
            for instance_id in case.instances(process):
                actions.operate(instance_id=instance_id, command=command)

        return do

    def is_suspended(case: Case) -> bool:
        return case.is_suspended(process)

    def may_go_on(case: Case) -> bool:
        return is_suspended(case) and case.stands_still(until) and case.ticks % 3 == 0

    suspend, resume = tell(commands.Suspend(reason="look")), tell(commands.Resume(reason="go on"))
    draft.asks(Request(do=suspend, is_due=lambda case: case.is_at(at), is_done=is_suspended, holds=at))
    draft.asks(Request(do=resume, is_due=may_go_on, is_done=lambda case: not is_suspended(case), holds=at))


def moved(draft: Draft) -> Ends:
    """A token is moved from a step that nobody does to the one behind it."""
    nobody, target = draft.task("nobody"), draft.task()
    draft.add(path(nobody, target))
    _operates(draft, nobody, lambda token: commands.MoveToken(element_instance_id=token, target_id=target))
    return nobody, target


def taken_out(draft: Draft) -> Ends:
    """A token is taken out of a branch that isn't needed; the process goes on without it."""
    fork, nobody, other = draft.new("fork"), draft.task("nobody"), draft.task()
    draft.add(gateway("parallel", fork), path(fork, nobody), path(fork, other))
    draft.enters(fork)
    _operates(draft, nobody, lambda token: commands.CancelToken(element_instance_id=token), holds=other)
    return fork, other


def stepped_back(draft: Draft) -> Ends:
    """A step is undone and done anew, once."""
    first, undo, second = draft.service("done", times=2), draft.service("undo"), draft.task()
    draft.add(compensated(first, undo), path(first, second))
    draft.enters(first, times=2)
    draft.enters(undo, second)
    _operates(
        draft,
        second,
        lambda token: commands.StepBack(element_instance_id=token),
        is_done=lambda case: case.has_begun(undo),
    )
    return first, second


def cancelled(draft: Draft) -> Ends:
    """An instance that waits in many ways is cancelled, with all that it waits for and the process that it called."""
    other = draft.another("begun")
    fork, never, hear, idle = (other.new(kind) for kind in ("fork", "never", "hear", "idle"))
    nobody, called = other.task("nobody"), draft.another("child")
    inside = called.task("nobody")
    call = _calls(other, called)
    other.definitions.append(message_definition(f"{hear}_m", f"{draft.prefix} {hear}", '="7"'))
    other.add(
        gateway("parallel", fork),
        element("intermediateCatchEvent", never, timer(duration=events.NEVER)),
        element("intermediateCatchEvent", hear, message_reference(f"{hear}_m")),
        service_task(idle, job_type="nobody's"),
        *(path(fork, one) for one in (nobody, never, hear, call, idle)),
    )
    other.enters(fork, never, hear, idle)
    _never_ends(other, (fork, nobody))
    _never_ends(called, (inside, inside))
    starts.by_hand(draft, other, release=draft.prefix)

    def cancel(case: Case) -> None:
        for instance_id in case.instances(other.process):
            actions.cancel_instance(instance_id=instance_id, reason="a mistake")

    def is_there(case: Case) -> bool:
        return case.is_at(nobody) and case.is_at(inside)

    draft.asks(Request(do=cancel, is_due=is_there, is_done=lambda case: not case.instances(other.process)))
    return starts.beside(draft)


def _never_ends(draft: Draft, block: Ends) -> None:
    """Close a process that is cancelled within the block."""
    draft.others.append(draft.closed(block))
    draft.leaves_out(*[what.split(" ")[2] for what in draft.said if what.startswith(f"entered {draft.process} end")])
    draft.ends("cancelled")


def _operates(
    draft: Draft,
    id_: str,
    command: Callable[[str], rules.OperatorCommand],
    *,
    is_done: Callable[[Case], bool] | None = None,
    holds: str = "",
) -> None:
    def do(case: Case) -> None:
        for instance_id, token in case.tokens(id_):
            actions.operate(instance_id=instance_id, command=command(token))

    def is_gone(case: Case) -> bool:
        return not case.is_at(id_)

    draft.asks(Request(do=do, is_due=lambda case: case.is_at(id_), is_done=is_done or is_gone, holds=holds or id_))
