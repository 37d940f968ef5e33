"""What every request of a program passes."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from firstline import clock
from firstline.accounts import actions as account_actions
from firstline.accounts.models import ApiKey, User
from firstline.api import actions, rules
from firstline.api.models import KeptAnswer
from firstline.api.web import guarding
from firstline.audit.models import AuditEntry
from firstline.customers.models import Customer

from .conftest import ADMIN, Ground, Make, problem

LIND = {"family_name": "Lind"}


def linds() -> int:
    return Customer.objects.filter(family_name="Lind").count()


def test_the_same_request_is_done_once_and_answered_alike(ground: Ground, program: Make) -> None:
    erp = program()
    first = erp.post("customers", LIND, once="order-1")
    again = erp.post("customers", LIND, once="order-1")
    assert linds() == 1
    assert (again.status_code, again.content) == (201, first.content)
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert AuditEntry.objects.filter(action="api-key.used").count() == 1


def test_a_key_stands_for_one_request(ground: Ground, program: Make) -> None:
    erp = program()
    erp.post("customers", LIND, once="order-1")
    assert problem(erp.post("customers", {"family_name": "Berg"}, once="order-1")) == (422, "idempotency-key-reused")
    assert program().post("customers", LIND, once="order-1").status_code == 201
    assert linds() == 2


def test_what_was_refused_may_be_sent_again_corrected(ground: Ground, program: Make) -> None:
    erp = program()
    assert erp.post("customers", {}, once="order-1").status_code == 400
    assert erp.post("customers", LIND, once="order-1").status_code == 201


@pytest.mark.parametrize("key", ["", "two words", "ü", "x" * 256])
def test_what_is_done_once_needs_a_name(ground: Ground, program: Make, key: str) -> None:
    headers = {"Authorization": f"Bearer {program().key}", "Idempotency-Key": key}
    answer = Client().post("/api/v1/customers", LIND, content_type="application/json", headers=headers)
    assert problem(answer) == (400, "idempotency-key-missing")
    assert linds() == 0


def test_who_sends_it_while_it_is_being_answered_is_told_to_wait(
    ground: Ground, program: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**_what: Any) -> None:
        raise actions.StillRunning("Wait.")

    erp = program()
    monkeypatch.setattr(actions, "answer_kept", busy)
    assert problem(erp.post("customers", LIND)) == (409, "still-running")


@pytest.mark.django_db(transaction=True)
def test_two_do_not_answer_the_same_at_once(db: None) -> None:
    who = User.objects.create_user("p@programs.invalid", None, name="ERP", is_program=True).id
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"api:{who}:k"])
            with pytest.raises(actions.StillRunning):
                actions.answer_kept(account_id=who, key="k", fingerprint="f")
            cursor.execute("ROLLBACK")
        assert actions.answer_kept(account_id=who, key="k", fingerprint="f") is None
    finally:
        other.close()


def test_answers_are_kept_for_days_and_then_forgotten(ground: Ground, program: Make) -> None:
    program().post("customers", LIND)
    assert actions.forget_answers(now=clock.now() + rules.KEPT_FOR) == 0
    assert actions.forget_answers(now=clock.now() + rules.KEPT_FOR + rules.timedelta(seconds=1)) == 1
    assert not KeptAnswer.objects.exists()


def test_a_key_opens_what_it_says_and_no_more(ground: Ground, program: Make) -> None:
    reader, worker = program("customers:read"), program("cases:write")
    assert reader.get("customers").status_code == 200
    refused = reader.post("customers", LIND)
    assert (problem(refused), refused.json()["scope"]) == ((403, "forbidden"), "customers:write")
    assert problem(worker.get("customers")) == (403, "forbidden")
    _id, jobs = account_actions.make_api_key(principal=ADMIN, name="worker", scopes=["jobs:*"])
    assert problem(Client().get("/api/v1/customers", headers={"Authorization": f"Bearer {jobs}"})) == (403, "forbidden")
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {reader.key}"}):
        answer = Client().get("/api/v1/customers", headers=wrong)
        assert (problem(answer), answer["WWW-Authenticate"]) == ((401, "wrong-key"), "Bearer")
    assert linds() == 0


def test_a_person_who_is_logged_in_has_no_key(ground: Ground) -> None:
    client = Client()
    client.force_login(User.objects.create_user("a@example.test", "correct horse battery", name="A", roles=["admin"]))
    assert problem(client.get("/api/v1/customers")) == (401, "wrong-key")


def test_a_revoked_key_opens_nothing_and_its_program_is_nobody(ground: Ground, program: Make) -> None:
    erp = program()
    answered = erp.post("customers", LIND, once="order-1")
    assert answered.status_code == 201
    key = ApiKey.objects.get()
    assert key.last_used_at == clock.now()
    account_actions.revoke_api_key(principal=ADMIN, key_id=key.id, reason="it leaked")
    assert problem(erp.post("customers", LIND, once="order-1")) == (401, "wrong-key")
    assert not User.objects.get(is_program=True).is_active


def test_a_renewed_key_is_the_same_program(ground: Ground, program: Make) -> None:
    erp = program("customers:write")
    erp.post("customers", LIND, once="order-1")
    old = ApiKey.objects.get()
    _id, key = account_actions.renew_api_key(principal=ADMIN, key_id=old.id)
    account_actions.revoke_api_key(principal=ADMIN, key_id=old.id, reason="renewed")
    renewed = type(erp)(key)
    assert renewed.post("customers", LIND, once="order-1")["Idempotency-Replayed"] == "true"
    assert problem(renewed.get("cases")) != (200, "")
    assert linds() == 1


def test_too_many_requests_are_put_off(ground: Ground, program: Make, settings: Any) -> None:
    settings.FIRSTLINE_API_PER_MINUTE = 2
    guarding._buckets.clear()
    erp = program()
    assert [erp.get("customers").status_code for _ in range(2)] == [200, 200]
    late = erp.get("customers")
    assert (problem(late), late["Retry-After"]) == ((429, "too-many-requests"), "31")
    assert program().get("customers").status_code == 200
    with clock.fixed(clock.now() + rules.timedelta(seconds=31)):
        assert erp.get("customers").status_code == 200


def test_a_parameter_that_means_nothing_is_refused(ground: Ground, program: Make) -> None:
    erp = program()
    assert problem(erp.get("customers", brnad="x")) == (422, "unknown-parameter")
    assert problem(erp.get("customers", limit=0)) == (422, "invalid")
    assert problem(erp.get("customers", limit=201)) == (422, "invalid")
    assert problem(erp.get(f"customers/{ground.customer.id}", q="x")) == (422, "unknown-parameter")


def test_other_brands_are_not_there(ground: Ground, program: Make) -> None:
    stranger, path = program(brands=["other"]), f"customers/{ground.customer.id}"
    assert stranger.get("customers").json() == {"items": [], "next": None}
    assert problem(stranger.get(path)) == (404, "access-denied")
    assert problem(stranger.patch(path, {"needs": "x"}, match="*")) == (404, "access-denied")
    assert problem(stranger.post(f"{path}/identifiers", {"kind": "email", "value": "a@b.test"}))[0] == 404


def test_a_method_that_is_none_is_told_as_a_problem(ground: Ground, program: Make) -> None:
    erp = program()
    answer = Client().delete("/api/v1/customers", headers={"Authorization": f"Bearer {erp.key}"})
    assert (problem(answer), answer["Allow"]) == ((405, "method-not-allowed"), "GET, POST")


def test_a_body_is_bounded_and_must_be_read(ground: Ground, program: Make) -> None:
    erp = program()
    assert problem(erp.post("customers", "{")) == (400, "bad-body")
    assert problem(erp.post("customers", "[]")) == (400, "bad-body")
    assert problem(erp.post("customers", b"\xff")) == (400, "bad-body")
    assert problem(erp.post("customers", " " * (3 * 2**20))) == (413, "bad-body")
    assert problem(erp.post("customers", " " * (13 * 2**20))) == (413, "too-large")
