"""The console of incidents: grouped, tried again one or all, with a true result for each."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from bpmn.testing import end, model, path, service_task, start, user_task
from firstline.audit import queries as audit
from firstline.config import subscriptions
from firstline.crashpoints import Crash, crash_at
from firstline.operations import batches, handlers
from firstline.operations.models import Batch, BatchItem
from firstline.outbox import executor as outbox
from firstline.outbox.ports import Delivery
from firstline.processes import actions as process_actions
from firstline.processes import executor
from firstline.processes import queries as process_queries
from firstline.processes.models import InboxEntry, Incident
from firstline.processes.ports import JobFailed

from .samples import FORK, ORDER

pytestmark = pytest.mark.django_db

JOB = model(
    start(), service_task("charge"), user_task("send"), end(), path("start", "charge", "send", "end"), process_id="job"
)


class _Late:
    """Finds a worker when it is called, so that a test can put another in its place."""

    def __init__(self, known: dict[str, Callable[[Any], Any]]) -> None:
        self.known = known

    def __call__(self, path: str) -> Callable[[Any], Any]:
        return self.known[path]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[Any], Any]]:
    """Who does jobs of the type "work"; at first everything fails."""

    def fail(job: Any) -> None:
        raise JobFailed(f"The bank refused payment {job.variables['number']}.")

    known = {"work": fail}
    monkeypatch.setattr(subscriptions, "JOB_WORKERS", {"work": "work"})
    monkeypatch.setattr("firstline.processes.adapters.performing.import_string", _Late(known))
    return known


def run_worker() -> None:
    for _ in range(20):
        if not executor.run_due() + outbox.deliver_due():
            return


def group(shop: Any) -> str:
    """The address of the only group of incidents."""
    links = [part.split('"')[0] for part in shop.page("incidents").split('href="')[1:]]
    (found,) = [link.replace("&amp;", "&") for link in links if "/alike/?" in link]
    return found


def results(batch_id: UUID) -> dict[UUID, str]:
    return dict(BatchItem.objects.filter(batch_id=batch_id).values_list("instance_id", "state"))


def retry_all(shop: Any, reason: str = "the bank is back") -> Batch:
    answer = shop.lead.post(group(shop), {"reason": reason})
    assert answer.status_code == 302, answer.content
    return Batch.objects.latest("id")


# --- one ---


def test_one_incident_is_tried_again_and_its_result_is_told(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=False, number=1)
    incident = shop.incident(instance_id)
    answer = shop.lead.post(shop.at("retry", incident.id), {"reason": "just so"}, follow=True).content.decode()
    assert "It failed again." in answer
    assert shop.incident(instance_id).failed_again_at is not None
    shop.lead.post(shop.at("variable", instance_id), {"name": "ok", "scope": instance_id, "value": "true"})
    process_actions.set_variables(instance_id=instance_id, variables={"ok": True})
    answer = shop.lead.post(shop.at("retry", incident.id), {"reason": "mended"}, follow=True).content.decode()
    assert "the step has succeeded" in answer
    assert shop.standing(instance_id) == ["pack"]
    assert [entry.action for entry in audit.entries_about(instance_id)] == ["incident.retried"] * 2
    again = shop.lead.post(shop.at("retry", incident.id), {"reason": "once more"}, follow=True).content.decode()
    assert "resolved already" in again


def test_a_job_is_tried_later_and_its_incident_closes_only_then(shop: Any, worker: Any) -> None:
    instance_id = shop.start(JOB, "job", number=1)
    run_worker()
    incident = shop.incident(instance_id)
    said = shop.lead.post(shop.at("retry", incident.id), {"reason": "try"}, follow=True).content.decode()
    assert "is being tried again" in said
    assert shop.incident(instance_id) == incident
    worker["work"] = lambda job: {}
    run_worker()
    assert Incident.objects.get(id=incident.id).resolution == "retried"


def test_without_a_reason_nothing_is_tried(shop: Any) -> None:
    instance_id = shop.start(ORDER, "order", ok=False, number=1)
    incident = shop.incident(instance_id)
    shop.lead.post(shop.at("retry", incident.id), {"reason": ""})
    assert shop.incident(instance_id).failed_again_at is None
    assert shop.lead.post(group(shop), {"reason": " "}).status_code == 422
    assert not Batch.objects.exists()


# --- groups ---


def test_incidents_are_grouped_by_what_they_have_in_common(shop: Any, worker: Any) -> None:
    for number in range(3):
        shop.start(JOB, "job", number=number)
    shop.start(ORDER, "order", ok=False, number=1)
    run_worker()
    page = shop.page("incidents")
    assert page.count("/alike/?") == 2
    assert '<td class="number">3</td>' in page
    assert "The bank refused payment 0." in page
    only = shop.page("incidents", only="order")
    assert only.count("/alike/?") == 1
    assert "Check the order" in only


def test_groups_have_pages(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstline.operations.web.incidents.PAGE_SIZE", 1)
    for process_id in ("a", "b", "c"):
        shop.start(ORDER.replace(b'id="order"', f'id="{process_id}"'.encode()), process_id, ok=False, number=1)
    seen, address = [], shop.at("incidents")
    for _ in range(3):
        page = shop.lead.get(address).content.decode()
        seen += [one for one in "abc" if f"<td>{one}</td>" in page]
        if 'rel="next"' in page:
            address = shop.at("incidents") + page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert seen == ["a", "b", "c"]
    assert 'rel="next"' not in page


# --- all of a kind ---


def test_each_of_a_batch_has_its_true_result(shop: Any, worker: Any) -> None:
    made = [shop.start(JOB, "job", number=number) for number in range(4)]
    run_worker()
    batch = retry_all(shop)
    shop.act(made[3], "cancel")

    def some(job: Any) -> dict[str, Any]:
        if job.variables["number"] == 1:
            raise JobFailed("The bank refused payment 1 again.")
        return {}

    worker["work"] = some
    run_worker()
    batches.settle(batch.id, now=batch.started_at)
    assert [results(batch.id)[id_] for id_ in made] == ["succeeded", "failed", "succeeded", "gone"]
    page = shop.page("batch", batch.id)
    assert "Done: 4 have their result." in page
    assert "The bank refused payment 1 again." in page
    assert shop.page("batch", batch.id, state="failed").count("<tr>") == 2
    assert shop.incident(made[1]).message == "The bank refused payment 1 again."
    (entry,) = audit.entries_about(batch.id)
    assert (entry.reason, entry.data["incidents"]) == ("the bank is back", 4)


def test_what_isnt_known_yet_isnt_said_to_be_done(shop: Any, worker: Any) -> None:
    instance_id = shop.start(JOB, "job", number=1)
    run_worker()
    batch = retry_all(shop)
    batches.try_some(batch.id, limit=10)
    assert batches.settle(batch.id, now=batch.started_at) is False
    assert results(batch.id) == {instance_id: "under_way"}
    page = shop.page("batch", batch.id)
    assert "0 of 1 have their result." in page
    assert "hx-get" in page.split('id="batch"')[1][:200]


def test_a_batch_goes_on_where_a_worker_died(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shop.start(ORDER, "order", ok=False, number=number) for number in range(3)]
    batch = retry_all(shop)
    batches.try_some(batch.id, limit=2)
    tried = Incident.objects.exclude(failed_again_at=None).count()
    assert tried == 2
    for instance_id in made[:2]:
        process_actions.set_variables(instance_id=instance_id, variables={"ok": True})
    run_worker()
    assert [results(batch.id)[id_] for id_ in made] == ["failed"] * 3
    assert Batch.objects.get(id=batch.id).finished_at is not None


@pytest.mark.parametrize("point", ["operations.batch.before_commit", "operations.batch.tried"])
def test_a_batch_whose_worker_dies_tries_each_once_all_the_same(shop: Any, point: str) -> None:
    made = [shop.start(ORDER, "order", ok=False, number=number) for number in range(2)]
    batch = retry_all(shop)
    entry = Delivery(
        id=uuid4(), key="b", payload={"batch_id": str(batch.id)}, about=None, attempt=1, now=batch.started_at
    )
    with crash_at(point), pytest.raises(Crash):
        handlers.run_batch(entry)
    handlers.run_batch(entry)
    assert [results(batch.id)[id_] for id_ in made] == ["failed"] * 2
    for instance_id in made:
        told = [type(fact).__name__ for fact in process_queries.facts_of(instance_id)]
        assert told.count("IncidentRepeated") == 1


def test_a_try_whose_note_is_lost_was_none(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = shop.start(ORDER, "order", ok=False, number=1)
    batch = retry_all(shop)

    def die(item: BatchItem, **more: Any) -> None:
        raise Crash

    monkeypatch.setattr(BatchItem, "save", die)
    with pytest.raises(Crash):
        batches.try_some(batch.id, limit=1)
    told = [type(fact).__name__ for fact in process_queries.facts_of(made)]
    assert told.count("IncidentRepeated") == 0
    assert BatchItem.objects.get(batch=batch).state == BatchItem.State.WAITING


def test_what_another_worker_has_tried_meanwhile_is_left_alone(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shop.start(ORDER, "order", ok=False, number=number) for number in range(2)]
    batch, real = retry_all(shop), batches._try

    def be_late(item_id: UUID) -> None:
        monkeypatch.setattr(batches, "_try", real)
        batches.try_some(batch.id, limit=10)
        real(item_id)

    monkeypatch.setattr(batches, "_try", be_late)
    batches.try_some(batch.id, limit=10)
    for instance_id in made:
        told = [type(fact).__name__ for fact in process_queries.facts_of(instance_id)]
        assert told.count("IncidentRepeated") == 1


def test_what_fails_unexpectedly_never_stops_the_others(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shop.start(ORDER, "order", ok=False, number=number) for number in range(3)]
    batch, real = retry_all(shop), process_actions.retry_incident
    broken = shop.incident(made[1]).id

    def retry(*, incident_id: UUID) -> bool:
        if incident_id == broken:
            raise RuntimeError("a bug")
        return real(incident_id=incident_id)

    monkeypatch.setattr(process_actions, "retry_incident", retry)
    run_worker()
    messages = dict(BatchItem.objects.filter(batch=batch).values_list("instance_id", "message"))
    assert messages[made[1]] == "RuntimeError: a bug"
    assert results(batch.id) == dict.fromkeys(made, "failed")


def test_many_are_tried_in_turns(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstline.operations.handlers._AT_ONCE", 2)
    made = [shop.start(ORDER, "order", ok=False, number=number) for number in range(5)]
    batch = retry_all(shop)
    run_worker()
    assert list(results(batch.id).values()) == ["failed"] * len(made)


def test_what_the_executor_couldnt_do_is_tried_by_it(shop: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    instance_id = shop.start(FORK, "fork")
    InboxEntry.objects.create(instance_id=instance_id, kind="signal", payload={"name": "s", "variables": {}})
    with monkeypatch.context() as broken:
        broken.setattr(executor, "taking", lambda *_: 1 / 0)
        executor.run_due()
    batch = retry_all(shop)
    run_worker()
    assert batches.settle(batch.id, now=batch.started_at)
    assert results(batch.id) == {instance_id: "succeeded"}


def test_a_batch_holds_only_what_its_operator_may_see_and_is_theirs(shop: Any) -> None:
    mine = shop.start(ORDER, "order", ok=False, number=1)
    shop.start(ORDER, "order", ok=False, number=2, for_case=False)
    batch = retry_all(shop)
    assert set(results(batch.id)) == {mine}
    here = shop.at("batch", batch.id)
    assert shop.client("admin").get(here).status_code == 200
    assert shop.client("stranger").get(here).status_code == 404
    assert shop.client("agent").get(here).status_code == 403
