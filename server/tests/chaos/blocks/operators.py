"""What operators do to an instance under way."""

from collections.abc import Callable

from bpmn import commands
from bpmn.testing import compensated, gateway, path
from firstline.processes import actions, rules
from tests.chaos.case import Case
from tests.chaos.draft import Draft, Ends, Request


def suspended(draft: Draft) -> Ends:
    """The instance is suspended at a step, and resumed after a while."""
    id_, process = draft.task(), draft.process

    def tell(command: rules.OperatorCommand) -> Callable[[Case], None]:
        def do(case: Case) -> None:
            for instance_id in case.instances(process):
                actions.operate(instance_id=instance_id, command=command)

        return do

    def is_suspended(case: Case) -> bool:
        return case.is_suspended(process)

    def may_go_on(case: Case) -> bool:
        return is_suspended(case) and case.ticks % 3 == 0

    suspend, resume = tell(commands.Suspend(reason="look")), tell(commands.Resume(reason="go on"))
    draft.asks(Request(do=suspend, is_due=lambda case: case.is_at(id_), is_done=is_suspended, holds=id_))
    draft.asks(Request(do=resume, is_due=may_go_on, is_done=lambda case: not is_suspended(case), holds=id_))
    return id_, id_


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
