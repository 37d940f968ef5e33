"""What only operators ask for; one module per kind, `OPERATIONS` says which command is done where."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bpmn import commands
from bpmn._operations import stepping_back, suspending, tokens

if TYPE_CHECKING:
    from bpmn._run import Run

OPERATIONS: Mapping[type, Callable[["Run", Any], None]] = {
    commands.Suspend: suspending.suspend,
    commands.Resume: suspending.resume,
    commands.SuspendWithCaller: suspending.suspend_with_caller,
    commands.ResumeWithCaller: suspending.resume_with_caller,
    commands.CancelToken: tokens.cancel,
    commands.DiscardToken: tokens.discard,
    commands.MoveToken: tokens.move,
    commands.StepBack: stepping_back.step_back,
}
