"""Suspended, nothing happens to an instance but what operators do; what falls due meanwhile is refused, and comes afterwards."""

from typing import TYPE_CHECKING

from bpmn import commands, facts
from bpmn._rejection import Rejected
from bpmn._rows import Instance

if TYPE_CHECKING:
    from bpmn._run import Run

_STILL_DONE = frozenset(
    {
        commands.Resume,
        commands.Suspend,
        commands.SuspendWithCaller,
        commands.ResumeWithCaller,
        commands.SetVariables,
        commands.ResolveIncident,
        commands.CancelToken,
        commands.DiscardToken,
        commands.MoveToken,
        commands.StepBack,
        commands.Cancel,
    }
)

_SUSPENDING = frozenset({commands.Suspend, commands.SuspendWithCaller})

# What is still on its way would go on with any other.
_ALSO_WITHIN_A_STEP = _SUSPENDING | {commands.Resume, commands.ResumeWithCaller, commands.Cancel}


def refuse_while_suspended(head: Instance | None, command: commands.Command) -> None:
    """Let only operators do something to a suspended instance. Raises: Rejected."""
    if head is None or not head.stands_still:
        return
    if type(command) not in _STILL_DONE:
        raise Rejected("suspended", "The instance is suspended; resume it first, or wait until that is done.")
    if head.pending is not None and type(command) not in _ALSO_WITHIN_A_STEP:
        raise Rejected("busy", "The instance was suspended in the middle of a long step; resume it first.")


def stays_suspended(head: Instance, command: commands.Command) -> bool:
    """Tell whether an instance stands still when this is done: what is on its way within it stays where it is."""
    match command:
        case commands.Resume():
            return head.caller_suspended
        case commands.ResumeWithCaller():
            return head.suspended
        case _:
            return type(command) in _SUSPENDING


def suspend(run: "Run", command: commands.Suspend) -> None:
    """Suspend an instance that runs."""
    head = running(run)
    if head.suspended:
        raise Rejected("suspended", "The instance is suspended already.")
    run.emit(facts.InstanceSuspended(head.id, command.reason))


def resume(run: "Run", command: commands.Resume) -> None:
    """Let a suspended instance go on."""
    head = running(run)
    if head.caller_suspended and not head.suspended:
        raise Rejected("caller_suspended", "The instance is suspended with the one that called it; resume that one.")
    if not head.suspended:
        raise Rejected("not_suspended", "The instance isn't suspended.")
    run.emit(facts.InstanceResumed(head.id, command.reason))


def suspend_with_caller(run: "Run", command: commands.SuspendWithCaller) -> None:
    """Suspend an instance, as the one that called it is."""
    head = running(run)
    if head.caller_suspended:
        raise Rejected("suspended", "The instance is suspended with its caller already.")
    run.emit(facts.CallerSuspended(head.id))


def resume_with_caller(run: "Run", command: commands.ResumeWithCaller) -> None:
    """Let an instance go on with its caller; one that was suspended by itself stays so."""
    head = running(run)
    if not head.caller_suspended:
        raise Rejected("not_suspended", "The instance isn't suspended with its caller.")
    run.emit(facts.CallerResumed(head.id))


def at_rest(run: "Run") -> Instance:
    """Read the head of an instance in which no token is on its way. Raises: Rejected."""
    head = running(run)
    if any((run.tokens, run.errands, run.unfinished, run.unbegun, run.deferred)):
        raise Rejected("busy", "The instance is in the middle of a long step; try again when that is done.")
    return head


def running(run: "Run") -> Instance:
    """Read the head of an instance that hasn't ended. Raises: Rejected."""
    head = run.state.instance
    if head is None or head.outcome:
        raise Rejected("ended", "The instance has ended.")
    return head
