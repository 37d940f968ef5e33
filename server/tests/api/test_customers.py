"""Customers for programs."""

from typing import Any

import pytest

from firstline.api.models import KeptAnswer
from firstline.audit import queries as audit
from firstline.contacts.models import Contact
from firstline.customers.models import Customer

from .conftest import Ground, Make, problem


def test_a_customer_is_made_known_read_and_changed(ground: Ground, program: Make) -> None:
    erp = program("customers:write")
    new = {
        "given_name": "Ada",
        "family_name": "Lind",
        "town": "Köln",
        "born_on": "1990-05-01",
        "identifiers": [{"kind": "phone", "value": "0221 123456", "evidence": "contract"}],
    }
    made = erp.post("customers", new)
    assert made.status_code == 201
    told = made.json()
    assert (told["name"], told["brand"], told["town"], told["born_on"]) == (
        "Ada Lind",
        "stadtwerke",
        "Köln",
        "1990-05-01",
    )
    assert {(one["kind"], one["value"]) for one in told["identifiers"]} >= {("phone", "+49221123456")}
    path = f"customers/{told['id']}"
    assert made["Location"] == f"/api/v1/{path}"
    read = erp.get(path)
    assert (read.json(), read["ETag"]) == (told, made["ETag"])
    assert erp.get(path, headers={"If-None-Match": read["ETag"]}).status_code == 304
    changed = erp.patch(path, {"family_name": "Berg", "needs": "speak slowly"}, match=read["ETag"])
    assert (changed.json()["name"], changed.json()["town"]) == ("Ada Berg", "Köln")
    assert changed["ETag"] != read["ETag"]
    assert [one["id"] for one in erp.get("customers", q="berg").json()["items"]] == [told["id"]]
    trail = {one.action: one for one in audit.entries_about(told["id"])}
    assert trail["customer.changed"].actor.startswith("ERP (flk_")
    (used,) = audit.entries_about(path)
    assert used.actor == trail["customer.changed"].actor


def test_a_change_is_meant_for_what_was_read(ground: Ground, program: Make) -> None:
    erp, path = program("customers:write"), f"customers/{ground.customer.id}"
    tag = erp.get(path)["ETag"]
    assert problem(erp.patch(path, {"needs": "x"})) == (428, "precondition-required")
    assert erp.patch(path, {"needs": "x"}, match=tag).status_code == 200
    assert problem(erp.patch(path, {"needs": "y"}, match=tag)) == (412, "changed-meanwhile")
    assert Customer.objects.get(id=ground.customer.id).needs == "x"
    # A name in another language is the same state.
    german = erp.get(path, headers={"Accept-Language": "de"})
    assert german["Content-Language"] == "de"
    assert german["ETag"] != erp.get(path)["ETag"]
    assert erp.patch(path, {"needs": "z"}, match=german["ETag"]).status_code == 200


def test_an_address_is_noted_and_proven(ground: Ground, program: Make) -> None:
    erp, path = program("customers:write"), f"customers/{ground.customer.id}/identifiers"
    noted = erp.post(path, {"kind": "email", "value": "S.Krueger@Example.test"})
    found = next(one for one in noted.json()["identifiers"] if one["value"] == "s.krueger@example.test")
    assert (noted.status_code, found["is_verified"]) == (201, False)
    again = erp.post(path, {"kind": "email", "value": "s.krueger@example.test", "evidence": "called back"})
    found = next(one for one in again.json()["identifiers"] if one["value"] == "s.krueger@example.test")
    assert (found["is_verified"], found["evidence"]) == (True, "called back")
    assert problem(erp.post(path, {"kind": "phone", "value": "never"})) == (422, "bad-identifier")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "nameless-customer"),
        ({"family_name": "A", "familyname": "B"}, "invalid"),
        ({"family_name": "A", "brand": "other"}, "unknown-brand"),
        ({"family_name": "A" * 101}, "invalid"),
        ({"family_name": "A", "born_on": "soon"}, "invalid"),
        ({"family_name": "A", "identifiers": [{"kind": "phone", "value": "x"}]}, "bad-identifier"),
    ],
)
def test_what_is_no_customer_is_refused(ground: Ground, program: Make, body: dict[str, Any], code: str) -> None:
    before = Customer.objects.count()
    assert problem(program().post("customers", body))[1] == code
    assert Customer.objects.count() == before


def test_customers_come_in_pages_that_fit_together(ground: Ground, program: Make) -> None:
    erp = program()
    for number in range(5):
        erp.post("customers", {"family_name": f"Lind{number}"})
    seen, cursor = [], ""
    while True:
        answer = erp.get("customers", limit=2, q="lind", **({"cursor": cursor} if cursor else {})).json()
        seen += [one["family_name"] for one in answer["items"]]
        if not (cursor := answer["next"]):
            break
    assert seen == [f"Lind{number}" for number in range(5)]


def test_a_cursor_is_of_one_list_and_one_program(ground: Ground, program: Make) -> None:
    erp, other = program(), program()
    erp.post("customers", {"family_name": "Lind"})
    cursor = erp.get("customers", limit=1).json()["next"]
    assert erp.get("customers", limit=1, cursor=cursor).status_code == 200
    for wrong in ({"cursor": cursor, "q": "x"}, {"cursor": cursor[:-1] + "_"}, {"cursor": "x"}):
        assert problem(erp.get("customers", **wrong)) == (400, "bad-cursor")
    assert problem(other.get("customers", cursor=cursor)) == (400, "bad-cursor")


def test_what_is_refused_half_way_leaves_nothing_behind(ground: Ground, program: Make) -> None:
    both = program("contacts:write", brands=["stadtwerke", "other"])
    letter = {"external_id": "1", "channel": "letter", "text": "x", "customer": str(ground.customer.id)}
    assert problem(both.post("contacts", letter)) == (422, "which-brand")
    assert problem(both.post("contacts", letter | {"brand": "other"})) == (400, "other-brand")
    assert not Contact.objects.exists()
    assert not KeptAnswer.objects.exists()


def test_who_was_merged_is_read_and_not_changed(ground: Ground, program: Make) -> None:
    erp = program()
    one = erp.post("customers", {"family_name": "Lind"}).json()["id"]
    Customer.objects.filter(id=one).update(merged_into=ground.customer.id)
    read = erp.get(f"customers/{one}")
    assert read.json()["merged_into"] == str(ground.customer.id)
    refused = erp.patch(f"customers/{one}", {"needs": "x"}, match=read["ETag"])
    assert problem(refused) == (409, "merged")
    assert refused.json()["customer_id"] == str(ground.customer.id)
    assert one not in [each["id"] for each in erp.get("customers").json()["items"]]
