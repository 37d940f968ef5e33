"""Jobs over HTTP: who may, what is refused and how it is said."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bpmn.testing import boundary, end, error_definition, error_reference, model, path, service_task, start, user_task
from firstline import clock, ids
from firstline.accounts import actions as account_actions
from firstline.accounts.models import ApiKey
from firstline.accounts.principals import Principal
from firstline.config import api, subscriptions
from firstline.processes import queries
from firstline.processes.models import Lease
from firstline.processes.web import jobs as web

from .conftest import CASE, NOON

pytestmark = pytest.mark.django_db
ADMIN = Principal(kind="staff", name="Ada")
CHARGING = model(
    start(),
    service_task("charge", job_type="charge-card"),
    boundary("declined", "charge", error_reference("e")),
    user_task("repair"),
    end(),
    path("start", "charge", "end"),
    path("declined", "repair"),
    definitions=[error_definition("e", "DECLINED")],
)


def key_for(*scopes: str) -> str:
    return account_actions.make_api_key(principal=ADMIN, name="billing worker", scopes=scopes)[1]


def post(address: str, key: str | None, body: Any = None) -> Any:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    content = body if isinstance(body, str | bytes) else json.dumps(body or {})
    return Client().post(f"/api/v1/{address}", content, content_type="application/json", headers=headers)


def ask(key: str | None, **more: Any) -> Any:
    return post("jobs/activate", key, {"types": ["charge-card"], "worker": "w1", **more})


def held(key: str) -> str:
    (job,) = ask(key).json()["jobs"]
    return f"leases/{job['lease']}/"


def problem(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:firstline:{told['code']}"
    assert told["title"]
    assert told["detail"]
    return answer.status_code, told["code"]


def test_a_job_is_asked_for_and_done(run):
    instance_id, key = (
        run(CHARGING, total=Decimal("1.10"), on=NOON.date(), big=Decimal("0.1000000000000000000001")),
        key_for("jobs:charge-card"),
    )
    (job,) = ask(key, lease_seconds=60).json()["jobs"]
    assert job["variables"] == {
        "total": 1.1,
        "on": {"$date": "2026-03-02"},
        "big": {"$decimal": "0.1000000000000000000001"},
    }
    assert (job["case"], job["instance"], job["process"]) == (str(CASE), str(instance_id), "p")
    assert (job["element"], job["type"]) == ("charge", "charge-card")
    assert (job["attempt"], job["retries_left"], job["leased_until"]) == (1, 3, "2026-03-02T12:01:00Z")
    body = '{"variables": {"paid": 1.10, "on": {"$date": "2026-03-03"}, "lines": [{"no": 1}], "none": null}}'
    for _twice in range(2):
        answer = post(f"leases/{job['lease']}/complete", key, body)
        assert (answer.status_code, answer.json()["state"]) == (200, "completed")
    kept = queries.variables_of_instance(instance_id)
    assert (kept["paid"], kept["on"]) == (Decimal("1.10"), NOON.date() + timedelta(days=1))
    assert (kept["lines"], kept["none"]) == ([{"no": 1}], None)


def test_fail_error_and_extend(run):
    key = key_for("jobs:*")
    run(CHARGING)
    lease = held(key)
    assert post(lease + "extend", key, {"lease_seconds": 600}).json() == {"leased_until": "2026-03-02T12:10:00Z"}
    answer = post(lease + "fail", key, {"message": "no line", "retry_after_seconds": 60})
    assert answer.json() == {"state": "open", "retries_left": 2, "due_at": "2026-03-02T12:01:00Z"}
    with clock.fixed(NOON + timedelta(minutes=1)):
        lease = held(key)
        answer = post(lease + "error", key, {"code": "DECLINED", "message": "no cover", "variables": {"why": "limit"}})
    assert answer.json()["state"] == "error"
    (task,) = queries.open_tasks()
    assert (task.element_id, queries.variables_of_task(task.id)["why"]) == ("repair", "limit")


def test_a_late_worker_hears_so(run):
    key = key_for("jobs:charge-card")
    instance_id = run(CHARGING)
    lease = held(key)
    with clock.fixed(NOON + timedelta(minutes=5)):
        assert problem(post(lease + "complete", key)) == (409, "lease-lost")
        assert problem(post(lease + "extend", key)) == (409, "lease-lost")
        other = held(key)
        assert problem(post(lease + "fail", key, {"message": "x"})) == (409, "lease-lost")
        post(other + "complete", key)
        assert problem(post(lease + "complete", key)) == (409, "lease-lost")
        assert problem(post(other + "complete", key, {"variables": {"x": 1}})) == (409, "answered-otherwise")
    row = queries.instance(instance_id)
    assert row is not None
    assert row.outcome == "completed"


def test_without_a_key_that_is_for_it_nothing_is_given_or_taken(run):
    good, other = key_for("jobs:charge-card"), key_for("jobs:refund")
    run(CHARGING)
    lease = held(good)
    for wrong in (None, "nonsense", good + "x", ""):
        assert problem(ask(wrong)) == (401, "wrong-key")
        assert problem(post(lease + "complete", wrong)) == (401, "wrong-key")
        assert ask(wrong)["WWW-Authenticate"] == "Bearer"
    assert problem(ask(other)) == (403, "forbidden")
    for verb, body in (("complete", {}), ("fail", {"message": ""}), ("error", {"code": "X"}), ("extend", {})):
        assert problem(post(lease + verb, other, body)) == (404, "unknown-lease")
        assert problem(post(f"leases/{ids.new_id()}/{verb}", good, body)) == (404, "unknown-lease")
    assert Lease.objects.get().answered_as == ""
    assert post(lease + "complete", good).status_code == 200


def test_a_revoked_key_opens_nothing_from_then_on(run):
    key_id, key = account_actions.make_api_key(principal=ADMIN, name="worker", scopes=["jobs:charge-card"])
    run(CHARGING)
    lease = held(key)
    assert ApiKey.objects.get(id=key_id).last_used_at == NOON
    account_actions.revoke_api_key(principal=ADMIN, key_id=key_id, reason="it leaked")
    assert problem(ask(key)) == (401, "wrong-key")
    assert problem(post(lease + "complete", key)) == (401, "wrong-key")
    # Whoever has the next key for such jobs may answer for the first.
    assert post(lease + "complete", key_for("jobs:charge-card")).status_code == 200


def test_types_that_the_house_does_itself_are_not_given_away(run, monkeypatch):
    monkeypatch.setattr(subscriptions, "JOB_WORKERS", {"charge-card": "firstline.nowhere"})
    assert problem(ask(key_for("jobs:*"))) == (400, "done-here")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", (400, "bad-body")),
        ("[]", (400, "bad-body")),
        ('{"types": ["charge-card"], "worker": "w", "max_jobs": NaN}', (400, "bad-body")),
        ("[" * 100_000, (400, "bad-body")),
        (b"\xff", (400, "bad-body")),
        (" " * (api.MAX_BODY_BYTES + 1), (413, "bad-body")),
        ({"types": [], "worker": "w"}, (422, "invalid")),
        ({"types": ["a"] * (web.MOST_TYPES + 1), "worker": "w"}, (422, "invalid")),
        ({"types": ["charge-card"]}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": ""}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "a\x00"}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "\ud800"}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "w", "max_jobs": 0}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "w", "max_jobs": web.MOST_JOBS + 1}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "w", "lease_seconds": 0.1}, (422, "invalid")),
        ({"types": ["charge-card"], "worker": "w", "wait_seconds": 3600}, (422, "invalid")),
    ],
)
def test_what_cannot_be_understood_is_refused_in_words(body, said):
    assert problem(post("jobs/activate", key_for("jobs:*"), body)) == said


@pytest.mark.parametrize(
    "variables",
    [
        {"x": "a\x00b"},
        {"x": "\ud800"},
        {"a\x00": 1},
        {"": 1},
        {"x" * 201: 1},
        {f"v{n}": n for n in range(web.MOST_VARIABLES + 1)},
        {"x": {"$date": "soon"}},
        {"x": {"$date": 7}},
        {"x": {"$decimal": "many"}},
        {"x": {"$money": []}},
        {"x": {"$context": 1}},
        {"x": json.loads("[" * 80 + "]" * 80)},
    ],
)
def test_variables_that_no_process_can_hold_are_refused_and_the_lease_stays(run, variables):
    key = key_for("jobs:*")
    run(CHARGING)
    lease = held(key)
    assert problem(post(lease + "complete", key, {"variables": variables}))[0] == 422
    assert post(lease + "complete", key, {"variables": {"x": 1}}).status_code == 200


def test_addresses_that_are_none_are_told_to_programs():
    assert problem(post("jobs/nothing", None)) == (404, "not-found")
    assert Client().get("/api/v1/jobs/activate").status_code == 405


def test_the_description_is_served_and_is_the_one_in_the_docs():
    served = Client().get("/api/v1/openapi.json").json()
    kept = json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_text())
    assert served["openapi"] == "3.1.0"
    assert served == kept, "firstline openapi > docs/openapi.json"


def test_every_answer_is_one_that_the_description_knows(run):
    described = api.description()["paths"]
    assert set(described) >= {
        "/api/v1/jobs/activate",
        *(f"/api/v1/leases/{{lease}}/{verb}" for verb in ("complete", "fail", "error", "extend")),
    }
    for operations in described.values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                kind = "application/problem+json" if int(status) >= 400 else "application/json"
                assert list(response["content"]) == [kind]
