"""A finished contact and a closed case are noted in the systems that the reasons name; wrapping up never waits for that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.cases import actions as case_actions
from firstline.cases.models import Case
from firstline.contacts import actions
from firstline.contacts.models import Contact
from firstline.procedures import importer
from firstline.procedures.models import Reason, Release
from firstline.sources.adapters import loaded
from firstline.sources.models import Command

GAP = "payment"
NOTES = [
    {
        "command": "crm.note",
        "when": "contact-finished",
        "parameters": {
            "text": 'contact.channel + ": " + contact.summary',
            "reference": "reference",
            "broken": "nobody.knows",
        },
    },
    {"command": "crm.note", "when": "case-closed", "parameters": {"text": "case.outcome", "who": "customer.number"}},
]


CRM = """
key: crm
label: {en: CRM}
connector: sql
connection: {url: {file: crm.url}}
customer: [{kind: email}]
"""


@pytest.fixture
def contact(house: Any, settings: Any, tmp_path: Path) -> Iterator[Contact]:
    """A contact in a house that has a CRM, without any command."""
    (tmp_path / "crm.yaml").write_text(CRM)
    (tmp_path / "crm.url").write_text("sqlite://")
    settings.FIRSTLINE_SOURCES = settings.FIRSTLINE_SECRETS = tmp_path
    loaded.forget()
    yield made(house)
    loaded.forget()


def made(house: Any) -> Contact:
    Reason.objects.filter(key=GAP).update(notes=NOTES)
    call: Contact = house.call()
    actions.add_reason(principal=house.principal(house.agent), contact_id=call.id, reason_key=GAP, now=clock.now())
    return call


def finish(house: Any, contact: Contact) -> None:
    principal = house.principal(house.agent)
    actions.finish_contact(principal=principal, contact_id=contact.id, summary="Will pay on Friday.", now=clock.now())


def test_a_finished_contact_is_wanted_noted_once_for_each_of_its_cases(house: Any, contact: Contact) -> None:
    finish(house, contact)
    finish(house, contact)
    case = Case.objects.get()
    (note,) = Command.objects.all()
    assert (note.kind, note.command, note.case_id, note.customer_id) == ("note", "crm.note", case.id, house.customer.id)
    assert note.parameters == {
        "text": "phone: Will pay on Friday.",
        "reference": f"{contact.number}-{case.number}",
        "broken": None,
    }


def test_a_note_that_nobody_takes_keeps_nobody_from_wrapping_up(house: Any, contact: Contact) -> None:
    finish(house, contact)
    house.run_worker()
    contact.refresh_from_db()
    (note,) = Command.objects.all()
    assert (contact.state, note.state) == ("finished", "refused")
    assert "doesn't define this command" in note.last_error
    # No system shall have a result of the case, so none is counted.
    page = house.client(house.agent).get(f"/cases/{Case.objects.get().id}/").content.decode()
    assert "Written to the systems" in page
    assert "0 of 0" not in page


def test_what_is_for_a_system_that_is_not_connected_is_left_out_and_told_at_deployment(
    house: Any, contact: Contact, tmp_path: Path
) -> None:
    Reason.objects.exclude(key=GAP).update(notes=[])
    assert list(importer._left_out()) == []
    (tmp_path / "crm.yaml").unlink()
    loaded.forget()
    finish(house, contact)
    assert not Command.objects.exists()
    assert list(importer._left_out()) == ["Nothing is noted with crm.note: no such system is connected here"]
    Reason.objects.filter(key="complaint").update(notes=Reason.objects.get(key=GAP).notes)
    said = {key: "aren't noted with crm.note" in _page(house, key) for key in ("complaint", "cancellation")}
    assert said == {"complaint": True, "cancellation": False}
    (tmp_path / "crm.yaml").write_text("key: [")
    loaded.forget()
    assert list(importer._left_out()) == [], "nobody knows what it says"


def _page(house: Any, procedure: str) -> str:
    release = Release.objects.filter(procedure_key=procedure).latest("sequence")
    return str(house.client(house.owner).get(f"/procedures/releases/{release.id}/").content.decode())


def test_the_outcome_is_noted_each_time_that_a_case_is_closed(house: Any, contact: Contact) -> None:
    case = Case.objects.get()
    case_actions.close_case(case_id=case.id, outcome="paid", now=clock.now())
    case_actions.close_case(case_id=case.id, outcome="paid", now=clock.now())
    (note,) = Command.objects.all()
    assert note.parameters == {"text": "paid", "who": house.customer.number}
    assert note.element_id == "case-closed"


def test_what_is_noted_of_a_reason_without_notes_is_nothing(house: Any, contact: Contact) -> None:
    Reason.objects.filter(key=GAP).update(notes=[])
    finish(house, contact)
    assert not Command.objects.exists()
