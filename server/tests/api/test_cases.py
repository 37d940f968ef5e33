"""Contacts, cases and tasks for programs: a working day of one, from the contact to the last task."""

from datetime import timedelta
from typing import Any

import pytest

from firstline import clock
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.procedures import queries as procedure_queries
from firstline.processes import queries as process_queries
from tests.conftest import COMPLAINT

from .conftest import Make, problem


def test_a_contact_is_noted_once_and_its_customer_recognised(house: Any, program: Make) -> None:
    crm = program("contacts:write")
    letter = {
        "external_id": "scan-17",
        "channel": "letter",
        "subject": "My invoice",
        "text": "It is wrong.",
        "email": "sabine@example.test",
        "received_at": "2026-11-17T08:00:00Z",
    }
    noted = crm.post("contacts", letter)
    told = noted.json()
    assert (noted.status_code, told["state"], told["customer_id"]) == (201, "open", str(house.customer.id))
    assert [one["text"] for one in told["messages"]] == ["It is wrong."]
    assert told["received_at"] == "2026-11-17T08:00:00Z"
    # Under another Idempotency-Key it is the same contact all the same.
    assert crm.post("contacts", letter).json()["id"] == told["id"]
    assert crm.get(noted["Location"].removeprefix("/api/v1/"))["ETag"] == noted["ETag"]
    listed = crm.get("contacts", channel="letter", q="invoice", received_from="2026-11-17T00:00:00Z").json()["items"]
    assert [one["id"] for one in listed] == [told["id"]]
    assert crm.get("contacts", received_before="2026-11-17T00:00:00Z").json()["items"] == []
    assert problem(crm.post("contacts", letter | {"received_at": "2026-11-19T08:00:00Z"})) == (422, "in-the-future")
    assert problem(crm.post("contacts", letter | {"channel": "pigeon"})) == (422, "invalid")
    # The desk shows it to whoever looks.
    assert "It is wrong." in house.client(house.agent).get(f"/contacts/{told['id']}/").content.decode()
    opened = crm.post(f"contacts/{told['id']}/cases", {"reason": "complaint"})
    case = Case.objects.get(id=opened.json()["case_id"])
    assert (case.contact_id, case.customer_id) == (Contact.objects.get(id=told["id"]).id, house.customer.id)
    more = crm.post("contacts", letter | {"external_id": "scan-18", "case": str(case.id), "email": ""})
    assert [one["relation"] for one in more.json()["opened"]] == ["continues"]


def test_a_case_is_opened_and_done_to_its_end(house: Any, program: Make) -> None:
    erp = program("cases:write", "tasks:write")
    opened = erp.post("cases", {"reason": "complaint", "customer": str(house.customer.id), "subject": "Twice billed"})
    told = opened.json()
    assert (opened.status_code, told["state"], told["is_gap"]) == (201, "open", False)
    path = f"cases/{told['id']}"
    (step,) = told["steps"]
    assert [one["id"] for one in erp.get("tasks").json()["items"]] == [step["task_id"]]
    task = f"tasks/{step['task_id']}"
    read = erp.get(task).json()
    asked = {one["key"]: one for one in read["form"]}
    assert asked["complaint_text"]["required"]
    assert "billing" in {one["value"] for one in asked["complaint_about"]["options"]}
    claimed = erp.does(task, "claim")
    assert claimed.json()["assignee_name"] == "ERP"
    wrong = erp.does(task, "complete", {"values": {"nonsense": 1}})
    assert (problem(wrong), list(wrong.json()["errors"])) == ((422, "bad-answers"), ["nonsense"])
    missing = erp.does(task, "complete", {"values": {"complaint_about": "billing"}})
    assert (problem(missing)[1], "complaint_text" in missing.json()["errors"]) == ("bad-answers", True)
    done = erp.does(task, "complete", {"values": COMPLAINT})
    assert (done.status_code, done.json()["state"], done.json()["form"]) == (200, "completed", [])
    assert problem(erp.does(task, "complete", {"values": {}})) == (409, "step-gone")
    after = erp.get(path)
    assert [one["element_id"] for one in after.json()["steps"]] != [step["element_id"]]
    events = erp.get(f"{path}/timeline").json()["items"]
    assert {one["detail"] for one in events} >= {"ERP"}
    (answer,) = (one for one in process_queries.tasks_of(Case.objects.get().id) if not one.is_open)
    assert answer.completed_by is not None


def test_what_was_changed_meanwhile_is_not_done(house: Any, program: Make) -> None:
    erp, case = program("tasks:write"), house.case()
    task = f"tasks/{house.step(case).id}"
    tag = erp.get(task)["ETag"]
    assert problem(erp.post(f"{task}/claim")) == (428, "precondition-required")
    client = house.client(house.agent)
    client.post(f"/work/steps/{house.step(case).id}/claim/")
    assert problem(erp.post(f"{task}/claim", match=tag)) == (412, "changed-meanwhile")
    assert problem(erp.does(task, "claim")) == (409, "step-taken")
    client.post(f"/work/steps/{house.step(case).id}/release/")
    assert erp.does(task, "claim").status_code == 200
    assert [one["id"] for one in erp.get("tasks", view="mine").json()["items"]] == [str(house.step(case).id)]
    assert erp.does(task, "hand-back").json()["assignee"] == ""


def test_notes_promises_and_the_end_of_a_gap(house: Any, program: Make) -> None:
    erp, case = program("cases:write"), house.case(procedure_queries.gaps("en")[0].key)
    path = f"cases/{case.id}"
    assert erp.post(f"{path}/notes", {"text": "The ERP knows more."}).status_code == 201
    due = (clock.now() + timedelta(days=1)).isoformat()
    promised = erp.post(f"{path}/promises", {"text": "We call back", "due_at": due})
    (promise,) = promised.json()["promises"]
    assert (promised.status_code, promise["made_by"], promise["is_kept"]) == (201, "ERP", False)
    past = erp.post(f"{path}/promises", {"text": "x", "due_at": "2020-01-01T00:00:00Z"})
    assert problem(past)[1] == "promise-in-the-past"
    tag = erp.get(path)["ETag"]
    kept = erp.post(f"{path}/promises/{promise['id']}/keep", match=tag)
    assert kept.json()["promises"][0]["is_kept"]
    assert problem(erp.post(f"{path}/close", match=tag)) == (412, "changed-meanwhile")
    assert erp.does(path, "close").json()["state"] == "closed"
    assert problem(erp.does(f"cases/{house.case().id}", "close")) == (409, "has-procedure")
    assert [one["state"] for one in erp.get("cases", state="closed").json()["items"]] == ["closed"]
    assert len(erp.get("cases", customer=str(house.customer.id)).json()["items"]) == 2


def test_what_is_the_same_thing_is_merged_and_parted(house: Any, program: Make) -> None:
    erp, one, other = program("cases:write"), house.case(), house.case()
    path = f"cases/{other.id}"
    stands = erp.get(path)["ETag"]
    merged = erp.does(path, "merge", {"into": str(one.id), "reason": "Rang twice"})
    assert (merged.status_code, merged.json()["state"], merged.json()["merged_into_id"]) == (200, "merged", str(one.id))
    assert erp.get(f"cases/{one.id}").json()["merged"] == [other.number]
    assert [each["id"] for each in erp.get("cases", state="merged").json()["items"]] == [str(other.id)]
    assert problem(erp.post(f"{path}/unmerge", {"reason": "Two"}, match=stands)) == (412, "changed-meanwhile")
    parted = erp.does(path, "unmerge", {"reason": "Two"})
    assert (parted.status_code, parted.json()["state"], parted.json()["merged_into_id"]) == (200, "open", None)
    assert problem(erp.does(path, "unmerge", {"reason": "Two"})) == (409, "cannot-merge-cases")


def test_a_reason_takes_the_answers_of_its_web_form(house: Any, program: Make) -> None:
    erp = program("cases:write")
    reasons = {one["key"]: one for one in erp.get("reasons").json()["items"]}
    assert reasons["change-of-address"]["has_web_form"]
    new = {"customer": str(house.customer.id), "reason": "change-of-address"}
    wrong = erp.post("cases", new | {"answers": {"nonsense": "x"}})
    assert (problem(wrong)[1], list(wrong.json()["errors"])) == ("bad-answers", ["nonsense"])
    asks_nothing = next(key for key, one in reasons.items() if not one["has_web_form"])
    assert problem(erp.post("cases", new | {"reason": asks_nothing, "answers": {"x": 1}}))[1] == "no-questions"
    assert problem(erp.post("cases", new | {"reason": "nowhere"})) == (404, "unknown-reason")
    assert not Case.objects.exists()


@pytest.mark.parametrize("kind", ["stranger", "reader"])
def test_who_may_not_is_refused_everywhere(house: Any, program: Make, kind: str) -> None:
    case, contact = house.case(), house.mail()
    task = house.step(case).id
    promise = house.promise(case, due_in=timedelta(days=1))
    scopes = [f"{one}:{'write' if kind == 'stranger' else 'read'}" for one in ("contacts", "cases", "tasks")]
    them = program(*scopes, brands=["other"] if kind == "stranger" else None)
    for path in (f"contacts/{contact.id}", f"cases/{case.id}", f"cases/{case.id}/timeline", f"tasks/{task}"):
        assert them.get(path).status_code == (404 if kind == "stranger" else 200)
    for path, body in (
        (f"contacts/{contact.id}/cases", {"reason": "complaint"}),
        (f"cases/{case.id}/notes", {"text": "x"}),
        (f"cases/{case.id}/promises", {"text": "x", "due_at": "2026-12-01T00:00:00Z"}),
        (f"cases/{case.id}/promises/{promise}/keep", {}),
        (f"cases/{case.id}/close", {}),
        (f"tasks/{task}/claim", {}),
        (f"tasks/{task}/hand-back", {}),
        (f"tasks/{task}/complete", {}),
        ("cases", {"reason": "complaint", "customer": str(house.customer.id)}),
        ("contacts", {"external_id": "1", "channel": "letter", "text": "x", "customer": str(house.customer.id)}),
    ):
        answer = them.post(path, body, match="*")
        assert problem(answer)[0] == (404 if kind == "stranger" else 403), path
    assert (Case.objects.count(), Contact.objects.count()) == (1, 1)
    if kind == "stranger":
        assert [them.get(path).json()["items"] for path in ("contacts", "cases", "tasks")] == [[], [], []]
