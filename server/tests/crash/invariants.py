"""What must hold after a change of address, whatever died on its way."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from firstline.cases.models import Case, StepDraft
from firstline.channels.email.models import RawMessage
from firstline.contacts.models import Contact, Engagement, Message
from firstline.correspondence.models import MessageIntent, OutgoingMessage
from firstline.customers.models import Customer
from firstline.outbox.models import OutboxEntry
from firstline.processes import queries as process_queries
from firstline.processes.models import HistoryFact, InboxEntry, Incident, Task
from firstline.sources.models import Command

from .change import AddressChange
from .town import Stand, new_stands

# The command with which what happened is noted.
NOTE = "billing.note"


def check(change: AddressChange) -> None:
    repairs = expected_repairs(change)
    check_systems(change, repairs)
    check_notes(change)
    check_case(change, repairs)
    check_contact(change)
    check_messages(change, repairs)


def check_nothing_waits() -> None:
    """Everything that was wanted was carried out."""
    waiting = OutboxEntry.objects.exclude(state=OutboxEntry.State.DONE).values_list("kind", "state", "last_error")
    assert list(waiting) == []
    assert not InboxEntry.objects.exists()


def expected_repairs(change: AddressChange) -> set[str]:
    """Say which systems must have left a step for people."""
    if change.plan.weather == "refused":
        return set() if change.plan.take_back else {"billing", "master"}
    # Who never ordered anything isn't known to the order system, and that is nobody's fault.
    return {system for system in ("billing", "master") if not change.before[system]}


def check_systems(change: AddressChange, repairs: set[str]) -> None:
    """Each system holds what it must, written exactly as often as it must."""
    now, expected = change.town.stands(change.customer), {}
    for system, stands in change.before.items():
        once = new_stands(stands, system, change.answers)
        if system in repairs or (change.plan.weather == "refused" and system in ("billing", "master")):
            expected[system] = stands
        elif change.plan.weather == "refused" and change.plan.take_back:
            expected[system] = {record: Stand(stand.version + 2, stand.address) for record, stand in stands.items()}
        elif change.plan.weather == "changed" and system == change.plan.system:
            # Once by somebody else, once by us.
            changed = {change.target: Stand(once[change.target].version + 1, once[change.target].address)}
            expected[system] = {**once, **changed}
        else:
            expected[system] = once
    assert now == expected
    check_keys(change, expected)


def check_keys(change: AddressChange, expected: Mapping[str, Mapping[str, Stand]]) -> None:
    """The keys that the systems noted tell of as many writes."""
    writes_of_case = Command.objects.filter(case_id=change.case_id).exclude(command=NOTE)
    noted = change.town.keys_of(writes_of_case.values_list("id", flat=True))
    for system, stands in expected.items():
        rises = {stand.version - change.before[system][record].version for record, stand in stands.items()}
        writes = max(rises, default=0) - (change.plan.weather == "changed" and system == change.plan.system)
        assert noted[system] == writes * (len(stands) if system == "master" else 1), (system, noted)


def check_notes(change: AddressChange) -> None:
    """The contact and how the case ended are noted in billing, once each, where billing knows the customer."""
    notes = Command.objects.filter(case_id=change.case_id, command=NOTE)
    is_closed = Case.objects.get(id=change.case_id).state == Case.State.CLOSED
    assert notes.count() == 1 + is_closed
    confirmed = notes.filter(state=Command.State.CONFIRMED).values_list("id", flat=True)
    if change.before["billing"]:
        assert len(confirmed) == notes.count()
    assert change.town.keys_of(confirmed)["billing"] == len(confirmed)


def check_case(change: AddressChange, repairs: set[str]) -> None:
    """One case, closed or waiting for people, each step taken once, and its history without a gap."""
    (case,) = Case.objects.filter(customer__number=change.customer.printed_number)
    assert case.id == change.case_id
    assert case.instance_id is not None
    open_steps = {task.element_id for task in process_queries.open_tasks(business_ids=[case.id])}
    assert open_steps == {f"repair_{system}" for system in repairs}
    assert case.state == (Case.State.OPEN if repairs else Case.State.CLOSED)
    assert not Incident.objects.filter(business_id=case.id, resolved_at=None).exists()
    assert (
        not StepDraft.objects.filter(case=case)
        .exclude(task_id__in=Task.objects.filter(state="open").values("id"))
        .exists()
    )
    (taken,) = Task.objects.filter(business_id=case.id, element_id="take_address")
    assert taken.state == Task.State.COMPLETED
    sequence = list(
        HistoryFact.objects.filter(instance_id=case.instance_id).order_by("sequence").values_list("sequence", flat=True)
    )
    assert sequence == list(range(1, len(sequence) + 1))
    entered = Counter(
        row.element_id for row in process_queries.history(case.instance_id) if row.kind == "ElementEntered"
    )
    again = {f"write_{change.plan.system}"} if change.plan.weather == "changed" else set()
    assert {element for element, times in entered.items() if times > 1} <= again
    assert entered["take_address"] == entered["confirm_receipt"] == 1


def check_contact(change: AddressChange) -> None:
    """One contact with one reason; nobody's time counts twice."""
    (contact,) = Contact.objects.filter(customer__number=change.customer.printed_number)
    assert contact.id == change.contact_id
    assert contact.state == Contact.State.FINISHED
    assert contact.reasons.count() == 1
    assert Customer.objects.filter(number=change.customer.printed_number).count() == 1
    if change.plan.channel != "phone":
        assert Message.objects.filter(contact=contact, direction=Contact.Direction.IN).count() == 1
    if change.plan.channel == "email":
        assert RawMessage.objects.filter(contact=contact).count() == 1
    spans = sorted(Engagement.objects.filter(contact=contact).values_list("started_at", "ended_at"))
    assert spans
    assert all(ended is not None for _began, ended in spans)
    assert all(ended <= begins for (_, ended), (begins, _) in pairwise(spans))


def check_messages(change: AddressChange, repairs: set[str]) -> None:
    """What the customer was to be told was told once, in as many messages as were written, each sent once."""
    intents = MessageIntent.objects.filter(case_id=change.case_id)
    told = Counter(intents.values_list("template", flat=True))
    taken_back = change.plan.weather == "refused" and change.plan.take_back
    ending = [] if repairs else ["not-changed"] if taken_back else ["closing"]
    assert told - Counter(["status"]) == Counter(["confirmation", *ending])
    assert not intents.filter(message=None).exists()
    messages = OutgoingMessage.objects.filter(customer__number=change.customer.printed_number)
    assert set(messages.values_list("state", flat=True)) == {OutgoingMessage.State.SENT}
    assert set(messages.values_list("id", flat=True)) == set(intents.values_list("message_id", flat=True))
    assert Message.objects.filter(contact_id=change.contact_id, direction=Contact.Direction.OUT).count() == len(
        messages
    )
    letters = change.town.letters(change.customer.email)
    assert set(letters) == {message.message_id for message in messages}
    # The mail server may have taken what we didn't live to hear of: then the same message goes out again, under the same name.
    may_repeat = change.plan.point in {"correspondence.send.after_smtp", "kill -9"}
    assert max(letters.values()) <= 1 + may_repeat
