"""What the contact register hears of the cases."""

from firstline.cases.events import StepBegun, StepLeft
from firstline.contacts import actions


def on_step_begun(event: StepBegun) -> None:
    """Count the time that somebody works on a step away from any contact."""
    actions.begin_task_work(task_id=event.task_id, user_id=event.user_id, at=event.at)


def on_step_left(event: StepLeft) -> None:
    """Stop counting."""
    actions.end_task_work(
        task_id=event.task_id, user_id=event.user_id, last_touched_at=event.last_touched_at, at=event.at
    )
