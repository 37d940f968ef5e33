"""Which screens look again when something happened. A hint is an id, sent to those who may see what it names."""

from uuid import UUID

from firstline.cases.events import CaseChanged
from firstline.cases.models import Case
from firstline.contacts.events import ContactChanged, ContactOpened
from firstline.contacts.models import Contact, ContactReason
from firstline.identity.events import IdentityShown
from firstline.processes.events import TaskCreated
from firstline.push.actions import hint
from firstline.sources.queries import view_labels


def on_contact_opened(event: ContactOpened) -> None:
    """A call pops the screen of whose phone rings; anything else is new to the brand's people."""
    if event.agent_id is not None:
        hint(audience=f"user:{event.agent_id}", kind="call", id=str(event.contact_id))
    _contact(event.contact_id)


def on_contact_changed(event: ContactChanged) -> None:
    """Whoever shows the contact sees it move, and whoever shows its cases what was said and sent."""
    _contact(event.contact_id)
    about = ContactReason.objects.filter(contact_id=event.contact_id)
    for case_id, brand in about.values_list("case_id", "case__brand__key"):
        hint(audience=f"brand:{brand}", kind="messages", id=str(case_id))


def on_identity_shown(event: IdentityShown) -> None:
    """Whoever handles the contact sees what was masked until then."""
    agent_id = Contact.objects.filter(id=event.contact_id).values_list("agent_id", flat=True).first()
    for view in view_labels("en") if agent_id else ():
        hint(audience=f"user:{agent_id}", kind="tile", id=view)


def on_case_changed(event: CaseChanged) -> None:
    """Whoever shows the case, or a contact about it, sees it move."""
    brand = Case.objects.filter(id=event.case_id).values_list("brand__key", flat=True).first()
    if brand is not None:
        hint(audience=f"brand:{brand}", kind="case", id=str(event.case_id))


def on_task_created(event: TaskCreated) -> None:
    """The teams that may do the step see it in their list."""
    for team in event.candidate_groups:
        hint(audience=f"team:{team}", kind="task", id=str(event.task_id))


def _contact(contact_id: UUID) -> None:
    brand = Contact.objects.values_list("brand__key", flat=True).get(id=contact_id)
    hint(audience=f"brand:{brand}", kind="contact", id=str(contact_id))
