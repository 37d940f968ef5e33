"""A real web server on the test's database, and processes whose jobs are for workers outside."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from django.core.management import call_command
from django.db import connection, connections

from bpmn.testing import boundary, end, error_definition, error_reference, model, path, service_task, start, user_task
from firstline.accounts import actions as account_actions
from firstline.accounts.principals import Principal
from firstline.config import subscriptions
from firstline.ids import new_id
from firstline.processes import actions, queries
from firstline.runtime.web import web_command
from tests.conftest import free_port

# A net against hanging.
PATIENCE_SECONDS = 120


def charging(job_type: str) -> bytes:
    return model(
        start(),
        service_task("charge", job_type=job_type),
        boundary("declined", "charge", error_reference("e")),
        user_task("repair"),
        end(),
        path("start", "charge", "end"),
        path("declined", "repair"),
        definitions=[error_definition("e", "DECLINED")],
    )


def wait_until(happened: Callable[[], object], what: str) -> None:
    """Wait for what other processes and threads bring about."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until, f"still not: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database that tests and server share, with real commits; emptied in the end."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0)
        connections.close_all()


@pytest.fixture(scope="module")
def server(db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("home"), free_port()
    known = connection.get_connection_params()
    environment = {
        **os.environ,
        "FIRSTLINE_HOME": str(folder),
        "DATABASE_URL": f"postgresql://{known['user']}@/{known['dbname']}?host={known['host']}",
        "DJANGO_SETTINGS_MODULE": "firstline.config.settings",
    }
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            web_command(host="127.0.0.1", port=port, workers=1),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _is_well(url), (folder / "web.log").read_text())
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _is_well(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def key(db: None) -> str:
    admin = Principal(kind="staff", name="Ada")
    return account_actions.make_api_key(principal=admin, name="worker", scopes=["jobs:*"])[1]


@pytest.fixture
def job_type() -> str:
    """Each test has jobs of a type of its own, which no worker of the test before, just gone, is given."""
    return f"charge-{new_id()}"


@pytest.fixture
def begin(db: None, job_type: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., UUID]:
    """Start a process whose job is for workers outside; nobody else hears of it."""
    monkeypatch.setattr(subscriptions, "SUBSCRIPTIONS", {})

    def start_one(**variables: Any) -> UUID:
        actions.deploy(release_id=job_type, xml=charging(job_type))
        return actions.start_instance(
            release_id=job_type, process_id="p", business_id=None, variables={"amount": 5, **variables}
        )

    return start_one


def is_completed(instance_id: UUID) -> bool:
    row = queries.instance(instance_id)
    return row is not None and row.outcome == "completed"


def result(instance_id: UUID) -> dict[str, Any]:
    return queries.variables_of_instance(instance_id)


ROOT = Path(__file__).parents[3]
