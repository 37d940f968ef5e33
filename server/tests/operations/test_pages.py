"""The operators' pages: leads and administrators see what belongs to cases that they may see; others see nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bpmn.testing import element, end, extensions, model, path, service_task, start, zeebe
from firstline import clock
from firstline.audit import queries as audit
from firstline.operations.queries import details
from firstline.processes import actions as process_actions
from firstline.processes import executor, workers
from firstline.processes import queries as process_queries
from firstline.processes.models import Deployment, HistoryStep, Instance

from .samples import BOOKING, FORK, ORDER

pytestmark = pytest.mark.django_db


# --- who may ---


def test_operators_see_and_others_dont(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    version = (Instance.objects.get(id=instance_id).deployment_id, "fork")
    pages = [shop.at("versions"), shop.at("incidents"), shop.at("find"), shop.at("version", *version)]
    pages += [
        shop.at("instance", instance_id),
        shop.at("variable", instance_id),
        shop.at("act", instance_id, "suspend"),
    ]
    for person, may in (("lead", True), ("admin", True), ("agent", False), ("clerk", False), ("owner", False)):
        client = shop.client(person)
        for page in pages:
            assert client.get(page).status_code == (200 if may else 403), (person, page)
        assert (f'href="{shop.at("versions")}"' in client.get("/cases/").content.decode()) is may
    for page in pages:
        assert Client().get(page).status_code == 302


def test_an_operator_of_another_brand_neither_sees_nor_touches_it(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=False, number=1)
    incident = shop.incident(instance_id)
    other = shop.client("stranger")
    for page in (shop.at("instance", instance_id), shop.at("variable", instance_id)):
        assert other.get(page).status_code == 404
    assert other.post(shop.at("act", instance_id, "cancel"), {"reason": "x"}).status_code == 404
    assert other.post(shop.at("retry", incident.id), {"reason": "x"}).status_code == 404
    assert (
        str(instance_id)
        not in other.get(shop.at("find"), {"q": str(instance_id)})
        .content.decode()
        .split("<main")[1]
        .split("</form>")[-1]
    )
    version = (incident.deployment_id, "order")
    assert str(instance_id) not in other.get(shop.at("version", *version)).content.decode()
    assert "Check the order" not in other.get(shop.at("incidents")).content.decode()
    assert Instance.objects.get(id=instance_id).outcome == ""


def test_what_belongs_to_no_case_is_for_administrators(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork", for_case=False)
    assert shop.client("admin").get(shop.at("instance", instance_id)).status_code == 200
    assert shop.lead.get(shop.at("instance", instance_id)).status_code == 404


# --- versions and instances ---


def test_versions_are_listed_with_their_counts(shop: Any) -> None:
    shop.start(ORDER, "order", ok=True, number=1)
    shop.start(ORDER, "order", ok=False, number=2)
    newer = shop.start(ORDER.replace(b"Pack", b"Wrap"), "order", release="r2", ok=True, number=3)
    shop.act(newer, "suspend")
    page = shop.page("versions", q="order")
    first, second = page.split("<tbody>")[1].split("</tr>")[:2]
    assert (first.count(">1</a>"), second.count(">2</a>"), second.count(">1</a>")) == (2, 1, 1)
    assert '<td class="number">2</td>' in first
    assert '<td class="number">1</td>' in second


def test_the_instances_of_a_version_are_listed_by_their_state(shop: Any) -> None:
    running, stuck = shop.start(ORDER, "order", ok=True, number=1), shop.start(ORDER, "order", ok=False, number=2)
    held, over = shop.start(ORDER, "order", ok=True, number=3), shop.start(ORDER, "order", ok=True, number=4)
    shop.act(held, "suspend")
    shop.act(over, "cancel")
    version = (Instance.objects.get(id=running).deployment_id, "order")
    listed = {
        state: {id_ for id_ in (running, stuck, held, over) if str(id_) in shop.page("version", *version, state=state)}
        for state in ("running", "incident", "suspended", "cancelled", "completed")
    }
    assert listed == {
        "running": {running, stuck, held},
        "incident": {stuck},
        "suspended": {held},
        "cancelled": {over},
        "completed": set(),
    }


def test_long_lists_have_pages(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstline.operations.web.versions.PAGE_SIZE", 2)
    made = [shop.start(FORK, "fork") for _ in range(5)]
    version = (Instance.objects.get(id=made[0]).deployment_id, "fork")
    seen, query = [], {}
    for _ in range(3):
        page = shop.page("version", *version, **query)
        seen += [id_ for id_ in reversed(made) if str(id_) in page]
        if 'rel="next"' in page:
            query = {"after": page.split('rel="next"')[1].split("after=")[1].split('"')[0]}
    assert seen == list(reversed(made))
    assert 'rel="next"' not in page


def test_an_instance_is_found_by_its_case_and_by_its_id(shop: Any) -> None:
    instance_id, other = shop.start(FORK, "fork"), shop.start(FORK, "fork")
    answer = shop.lead.get(shop.at("find"), {"q": str(instance_id)})
    assert answer["Location"] == shop.at("instance", instance_id)
    page = shop.page("find", q=shop.case.number.lower())
    assert str(instance_id) in page
    assert str(other) in page
    assert "No instance that you may see" in shop.page("find", q="nothing")


def test_a_page_takes_as_many_queries_for_many_instances_as_for_one(shop: Any) -> None:
    version = (Instance.objects.get(id=shop.start(FORK, "fork")).deployment_id, "fork")
    shop.page("version", *version)
    numbers = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            shop.page("version", *version)
        numbers.append(len(queries))
        for _more in range(5):
            shop.start(FORK, "fork")
    assert numbers[0] == numbers[1]


# --- one instance ---


def test_an_instance_shows_where_it_stands_what_it_knows_and_what_happened(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=True, number=Decimal("7.50"))
    page = shop.page("instance", instance_id)
    for said in (
        "Pack",
        "7.50",
        "“Pack” waits for a person.",
        "The instance began.",
        "“number” became 7.50.",
        shop.case.number,
    ):
        assert said in page
    assert "a moment" in page  # the timer on it
    assert "&quot;element&quot;: &quot;pack&quot;, &quot;state&quot;: &quot;active&quot;" in page


def test_an_instance_that_has_ended_is_shown_too_and_offers_nothing(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork", x=1)
    shop.act(instance_id, "cancel", reason="not wanted")
    page = shop.page("instance", instance_id)
    assert "The instance ended: cancelled." in page
    assert "not wanted" in page
    assert shop.at("act", instance_id, "suspend") not in page
    assert shop.at("variable", instance_id) not in page


def test_a_called_process_leads_to_its_caller_and_back(shop: Any) -> None:
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId="fork")))
    process_actions.deploy(release_id="r1", xml=FORK)
    instance_id = shop.start(model(start(), call, end(), path("start", "call", "end"), process_id="caller"), "caller")
    executor.run_due()
    called = Instance.objects.get(caller_id=instance_id)
    assert shop.at("instance", called.id) in shop.page("instance", instance_id)
    assert shop.at("instance", instance_id) in shop.page("instance", called.id)


def test_the_history_has_pages_that_follow_each_other(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    instance_id = shop.start(ORDER, "order", ok=True, number=1)
    everything = details.timeline(instance_id, before=None, limit=1000)
    assert [row.sequence for row in everything] == list(range(len(everything), 0, -1))
    monkeypatch.setattr("firstline.operations.web.instances.HISTORY_SIZE", 3)
    page = shop.page("instance", instance_id)
    before = int(page.split('rel="next"')[1].split("?before=")[1].split("#")[0])
    assert before == len(everything) - 2
    assert f"#{before - 1}<" in shop.page("instance", instance_id, before=before)


def test_every_fact_of_a_history_is_told_in_words_and_erased_values_as_such(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=True, number=1)
    HistoryStep.objects.filter(instance_id=instance_id).update(values=None)
    assert "“number” became erased." in shop.page("instance", instance_id)


def test_a_case_leads_to_its_instance_for_operators(house: Any) -> None:
    case = house.case("complaint")
    here = reverse("operations:instance", args=[case.instance_id])
    assert here in house.client(house.lead).get(f"/cases/{case.id}/").content.decode()
    assert here not in house.client(house.agent).get(f"/cases/{case.id}/").content.decode()


def test_the_model_is_given_as_it_was_deployed(shop: Any) -> None:
    shop.start(FORK, "fork")
    deployment = Deployment.objects.get(process_ids=["fork"])
    assert shop.lead.get(shop.at("xml", deployment.id)).content == FORK


# --- acts ---


def test_everything_asks_why_and_is_in_the_audit_trail(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    assert shop.act(instance_id, "suspend", reason="  ").status_code == 422
    assert Instance.objects.get(id=instance_id).suspended_at is None
    assert shop.act(instance_id, "suspend", reason="the bank is closed").status_code == 302
    assert shop.act(instance_id, "resume", reason="it is open").status_code == 302
    resumed, suspended = audit.entries_about(instance_id)
    assert (suspended.action, suspended.reason, suspended.actor) == (
        "instance.suspended",
        "the bank is closed",
        "Lead",
    )
    assert resumed.action == "instance.resumed"
    assert audit.first_broken() is None
    page = shop.page("instance", instance_id)
    assert "Suspended by an operator: the bank is closed" in page


def test_a_called_process_says_with_whom_it_is_suspended_and_who_lets_it_go(shop: Any) -> None:
    call = element("callActivity", "call", extensions(zeebe("calledElement", processId="fork")))
    process_actions.deploy(release_id="r1", xml=FORK)
    caller = shop.start(model(start(), call, end(), path("start", "call", "end"), process_id="caller"), "caller")
    executor.run_due()
    called = Instance.objects.get(caller_id=caller)
    shop.act(caller, "suspend")
    executor.run_due()
    page = shop.page("instance", called.id)
    assert "With the process that called it: it goes on when that one is resumed." in page
    assert "Suspended with the process that called it." in page
    assert shop.at("act", called.id, "resume") not in page
    refused = shop.act(called.id, "resume", reason="at once")
    assert refused.status_code == 409
    assert "Resume that one." in refused.content.decode()
    shop.act(called.id, "suspend", reason="this one, too")
    page = shop.page("instance", called.id)
    assert "it goes on when both are resumed." in page
    assert shop.at("act", called.id, "resume") in page
    shop.act(caller, "resume")
    executor.run_due()
    assert "With the process that called it" not in shop.page("instance", called.id)


def test_what_a_worker_answered_while_the_instance_is_suspended_is_shown(shop: Any) -> None:
    job = service_task("job", job_type="outside")
    instance_id = shop.start(model(start(), job, end(), path("start", "job", "end"), process_id="out"), "out")
    lease = {"types": ["outside"], "worker": "w", "limit": 1, "lease": timedelta(minutes=1)}
    (held,) = workers.hand_out(**lease, variables=None, key_id=None, now=clock.now())
    shop.act(instance_id, "suspend")
    said = "Its worker has answered; that comes when the instance is resumed."
    assert said not in shop.page("instance", instance_id)
    workers.complete(lease_id=held.lease_id, variables={})
    assert said in shop.page("instance", instance_id)


def test_a_token_is_moved_and_what_is_refused_says_why(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    token = shop.token(instance_id, "pack")
    page = shop.page("act", instance_id, "move", token=token)
    assert 'value="join"' in page
    assert 'value="start"' in page
    refused = shop.act(instance_id, "move", token=token, target="send")
    assert refused.status_code == 409
    assert "wait for ever" in refused.content.decode()
    assert shop.standing(instance_id) == ["bill", "pack"]
    assert shop.act(instance_id, "move", token=token, target="join").status_code == 302
    assert shop.standing(instance_id) == ["bill"]
    (entry,) = audit.entries_about(instance_id)
    assert (entry.action, entry.data) == ("token.moved", {"element": "pack", "target": "join"})
    assert "moves the token from “Pack” to “join”" in shop.page("instance", instance_id)


def test_a_token_that_waits_at_a_gateway_is_taken_away_and_one_is_cancelled(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    shop.act(instance_id, "move", token=shop.token(instance_id, "pack"), target="join")
    assert "came over pack-join" in shop.page("instance", instance_id)
    shop.act(instance_id, "move", token=shop.token(instance_id, "bill"), target="split")
    assert shop.standing(instance_id) == ["bill", "pack"]
    assert shop.act(instance_id, "discard", token=instance_id, flow="pack-join").status_code == 302
    assert shop.act(instance_id, "cancel-token", token=shop.token(instance_id, "pack")).status_code == 409
    assert "came over" not in shop.page("instance", instance_id)


def test_a_step_back_undoes_and_begins_anew(shop: Any) -> None:
    instance_id = shop.start(BOOKING, "booking")
    (task,) = process_queries.open_tasks(instance_id=instance_id)
    process_actions.complete_task(task_id=task.id, variables={}, completed_by=None)
    assert shop.act(instance_id, "step-back", token=shop.token(instance_id, "pay")).status_code == 302
    assert shop.standing(instance_id) == ["hotel", "no_hotel"]
    refused = shop.act(instance_id, "step-back", token=shop.token(instance_id, "no_hotel"))
    assert "being undone" in refused.content.decode()


def test_a_token_that_has_gone_on_and_an_act_that_nobody_knows(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    assert "has gone on meanwhile" in shop.page("act", instance_id, "move", token=uuid4())
    assert shop.act(instance_id, "move", token=uuid4(), target="send").status_code == 409
    assert shop.lead.get(shop.at("act", instance_id, "explode")).status_code == 404


def test_the_timer_of_a_suspended_instance_comes_when_it_is_resumed(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=True, number=1)
    shop.act(instance_id, "suspend")
    with clock.fixed(clock.now() + timedelta(days=2)):
        executor.run_due()
        assert shop.standing(instance_id) == ["pack"]
        shop.act(instance_id, "resume")
        executor.run_due()
    assert Instance.objects.get(id=instance_id).outcome == "completed"


# --- variables ---


def change(shop: Any, instance_id: Any, **sent: Any) -> Any:
    return shop.lead.post(shop.at("variable", instance_id), sent)


def test_a_variable_is_changed_after_its_difference_was_shown(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork", amount=Decimal("12.50"))
    shown = change(shop, instance_id, scope=instance_id, name="amount", value='{sum: 20, until: date("2026-12-24")}')
    page = shown.content.decode()
    assert '<del><code class="wraps">12.50</code></del>' in page
    assert "{&quot;sum&quot;: 20" in page
    assert process_queries.variables_of_instance(instance_id) == {"amount": Decimal("12.50")}
    seen = page.split('name="seen" value="')[1].split('"')[0]
    sent = {"scope": instance_id, "name": "amount", "value": "20", "seen": seen, "confirmed": "1"}
    assert change(shop, instance_id, **sent, reason="").status_code == 422
    assert change(shop, instance_id, **sent, reason="a slip of the pen").status_code == 302
    assert process_queries.variables_of_instance(instance_id) == {"amount": 20}
    (entry,) = audit.entries_about(instance_id)
    assert entry.data == {"name": "amount", "before": Decimal("12.50"), "after": 20}
    late = change(shop, instance_id, **sent, reason="again")
    assert late.status_code == 409
    assert "changed meanwhile" in late.content.decode()


def test_a_new_variable_is_the_instances(shop: Any) -> None:
    instance_id = shop.start(FORK, "fork")
    sent = {"scope": instance_id, "name": "hint", "value": '"ring twice"', "seen": "", "confirmed": "1"}
    assert change(shop, instance_id, **sent, reason="was forgotten").status_code == 302
    assert process_queries.variables_of_instance(instance_id) == {"hint": "ring twice"}


@pytest.mark.parametrize("value", ["1 +", "nobody", "", 'date("soon")', "function(x) x"])
def test_what_is_no_value_is_said_to_be_none(shop: Any, value: str) -> None:
    instance_id = shop.start(FORK, "fork", amount=1)
    answer = change(shop, instance_id, scope=instance_id, name="amount", value=value)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert process_queries.variables_of_instance(instance_id) == {"amount": 1}
