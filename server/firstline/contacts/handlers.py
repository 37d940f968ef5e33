"""What the contact register hears of the cases."""

from firstline.cases.events import CaseClosed, StepBegun, StepLeft
from firstline.contacts import actions, noting
from firstline.contacts.events import ContactFinished
from firstline.identity.events import IdentityShown, IdentityTried


def on_step_begun(event: StepBegun) -> None:
    """Count the time that somebody works on a step away from any contact."""
    actions.begin_task_work(task_id=event.task_id, user_id=event.user_id, at=event.at)


def on_contact_finished(event: ContactFinished) -> None:
    """Want what was talked about noted where the reasons say so."""
    noting.note_contact(contact_id=event.contact_id)


def on_case_closed(event: CaseClosed) -> None:
    """Want the outcome noted where the reason says so."""
    noting.note_case(case_id=event.case_id)


def on_step_left(event: StepLeft) -> None:
    """Stop counting."""
    actions.end_task_work(
        task_id=event.task_id, user_id=event.user_id, last_touched_at=event.last_touched_at, at=event.at
    )


def on_identity_shown(event: IdentityShown) -> None:
    """Note that whoever speaks in a contact was verified."""
    actions.note_verified(contact_id=event.contact_id, by_id=event.by_id, at=event.at)


def on_identity_tried(event: IdentityTried) -> None:
    """Let whoever shows the contact look again."""
    actions.note_change(contact_id=event.contact_id)
