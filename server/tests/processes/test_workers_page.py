"""The page of workers: which jobs wait, and who does them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bpmn.testing import end, model, path, service_task, start
from firstline import clock
from firstline.accounts.models import User
from firstline.accounts.principals import EVERY_ROLE
from firstline.processes import workers

pytestmark = pytest.mark.django_db
CHARGING = model(start(), service_task("charge", job_type="charge-card"), end(), path("start", "charge", "end"))


@pytest.fixture
def look(client: Any) -> Any:
    def look(role: str) -> Any:
        user = User.objects.create_user(f"{role}@example.test", "correct horse battery", name=role, roles=[role])
        client.force_login(user)
        return client.get("/workers/")

    return look


def test_what_nobody_asks_for_is_on_top_and_said_in_words(run, look) -> None:
    run(CHARGING)
    workers.note_seen(types=["a-type"], worker="host:1", key_id=None, now=clock.now())
    page = look("lead").content.decode()
    assert page.index("charge-card") < page.index("a-type")
    assert "Nobody has asked for it yet" in page
    assert "host:1" in page
    assert "/keys/" not in page


def test_counts_are_bounded(run, look, monkeypatch) -> None:
    for place in ("queries", "queries._outside"):
        monkeypatch.setattr(f"firstline.processes.{place}.MOST_COUNTED", 2)
    for _ in range(3):
        run(CHARGING)
    page = look("admin").content.decode()
    assert "2 or more" in page
    assert "/keys/" in page


def test_it_is_for_those_who_run_processes(look) -> None:
    allowed = {role for role in EVERY_ROLE if look(role).status_code == 200}
    assert allowed == {"lead", "owner", "admin"}


def test_the_page_asks_as_many_questions_for_many_jobs_as_for_one(run, look, client, django_assert_num_queries) -> None:
    run(CHARGING)
    look("owner")
    with CaptureQueriesContext(connection) as asked:
        client.get("/workers/")
    for _ in range(5):
        run(CHARGING)
    with django_assert_num_queries(len(asked)):
        client.get("/workers/")
