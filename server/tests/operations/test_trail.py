"""The page of the audit trail: for administrators, with what was done in words, and a check that nothing was changed."""

import re
from typing import Any, get_args

import pytest

from bpmn import facts
from firstline.audit import actions as audit
from firstline.audit.models import AuditEntry
from firstline.audit.rules import Action
from firstline.operations import texts

from .samples import FORK

pytestmark = pytest.mark.django_db


def test_administrators_read_what_was_done_by_whom_and_why(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    shop.lead.post(shop.at("act", instance_id, "suspend"), {"reason": "The supplier is on strike."})
    page = shop.client("admin").get(shop.at("trail")).content.decode()
    assert "Instance suspended" in page
    assert "The supplier is on strike." in page
    assert str(instance_id) in page


@pytest.mark.parametrize("person", ["lead", "agent", "clerk", "owner"])
def test_nobody_else_sees_or_checks_it(shop: Any, person: str) -> None:
    client = shop.client(person)
    assert client.get(shop.at("trail")).status_code == 403
    assert client.post(shop.at("check-trail")).status_code == 403


def test_it_is_found_by_name_and_by_thing_page_by_page(shop: Any) -> None:
    for number in range(60):
        actor, about = ("Ada Lind", "left") if number % 2 else ("Bo Ek", "right")
        audit.record(actor_id=None, actor=actor, action="api-key.made", about=about, reason=f"reason-{number}-")
    admin = shop.client("admin")

    def reasons(**asked: str) -> set[int]:
        page = admin.get(shop.at("trail"), asked).content.decode()
        return {number for number in range(60) if f"reason-{number}-" in page}

    assert reasons() == set(range(10, 60))
    oldest = AuditEntry.objects.get(reason="reason-10-").number
    assert reasons(before=str(oldest)) == set(range(10))
    assert reasons(q="ada") == set(range(1, 60, 2))
    assert reasons(q="right") == set(range(0, 60, 2))
    assert reasons(q="righ") == set(), "things are found by their whole id"
    assert reasons(before="nonsense") == set(range(10, 60))


def test_the_check_tells_which_entry_was_meddled_with(shop: Any) -> None:
    for number in range(3):
        audit.record(actor_id=None, actor="Ada", action="api-key.made", about=str(number))
    admin = shop.client("admin")
    assert "none is missing" in admin.post(shop.at("check-trail"), follow=True).content.decode()
    entry = AuditEntry.objects.get(about="1")
    AuditEntry.objects.filter(id=entry.id).update(actor="Somebody else")
    assert f"Entry {entry.number} isn" in admin.post(shop.at("check-trail"), follow=True).content.decode()


def test_every_act_has_words() -> None:
    assert set(texts.ACTS) == set(get_args(Action))


def test_every_fact_of_a_process_has_words_that_fit_its_fields() -> None:
    made_up = {"element", "target", "activity", "outcome", "wait", "value"}
    kinds = {kind.__name__: set(kind.__struct_fields__) for kind in get_args(facts.Fact)}
    assert set(texts.HAPPENED) == set(kinds)
    for name, said in texts.HAPPENED.items():
        assert set(re.findall(r"%\((\w+)\)s", str(said))) <= kinds[name] | made_up, name
