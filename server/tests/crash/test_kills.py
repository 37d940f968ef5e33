"""12 changes of address over HTTP while web server and worker are killed with kill -9."""

import os
import random
import smtplib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import httpx2 as httpx
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import override_settings

from firstline import clock
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.demo.places import PASSWORD
from firstline.outbox.models import OutboxEntry
from firstline.sources.adapters import loaded
from tests.conftest import free_port

from .change import CHANNELS, AddressChange, Plan
from .house import House, kill_of, wait_until
from .invariants import check, check_nothing_waits
from .town import Town, town, whole_database

# Each takes seconds; `make chaos` kills hundreds of times.
RUNS = 12
FIRST = int(os.environ.get("FIRSTLINE_CRASH_SEED", "0"))
# As long as somebody repeats a request, or waits for a case to be closed.
PATIENCE_SECONDS = 180.0
LEASE_SECONDS = 2
PBKDF2 = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

pytestmark = [pytest.mark.kill, pytest.mark.xdist_group("kill")]


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database that this process and the killed ones share, emptied after the last run."""
    with django_db_blocker.unblock(), whole_database():
        yield


@pytest.fixture(scope="module")
def lindwerk(db: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    # The hashes of the tests' passwords are too cheap for the real settings.
    with (
        override_settings(PASSWORD_HASHERS=PBKDF2),
        town(tmp_path_factory.mktemp("town"), customers=80, now=clock.now()) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def house(lindwerk: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    port, smtp = free_port(), free_port()
    environment = {
        "FIRSTLINE_HOME": str(folder),
        "DATABASE_URL": connection_string(),
        "DJANGO_SETTINGS_MODULE": "firstline.config.settings",
        "FIRSTLINE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "FIRSTLINE_SOURCES": str(settings.FIRSTLINE_SOURCES),
        "FIRSTLINE_SECRETS": str(settings.FIRSTLINE_SECRETS),
        "FIRSTLINE_SMTP_OUT": settings.FIRSTLINE_SMTP_OUT,
        "FIRSTLINE_SMTP_IN": f"127.0.0.1:{smtp}",
        "FIRSTLINE_LMTP": "",
        "FIRSTLINE_PHONE_SECRET": settings.FIRSTLINE_PHONE_SECRET,
        "FIRSTLINE_HOLD_SECONDS": "0",
        "FIRSTLINE_LEASE_SECONDS": str(LEASE_SECONDS),
    }
    with House(folder, environment, port, smtp) as running:
        yield running


def connection_string() -> str:
    known = connection.get_connection_params()
    return f"postgresql://{known['user']}@/{known['dbname']}?host={known['host']}"


class Visitors:
    """Everybody who comes over HTTP, and repeats what got no answer."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._lock = Lock()
        self._clients: dict[str, httpx.Client] = {}

    def client(self, who: str) -> httpx.Client:
        with self._lock:
            if who not in self._clients:
                client = httpx.Client(base_url=self._base, timeout=20, trust_env=False)
                if who:
                    self._log_in(client, who)
                self._clients[who] = client
            return self._clients[who]

    def _log_in(self, client: httpx.Client, who: str) -> None:
        self.insist(lambda: client.get("/login/"))
        form = {"username": f"{who}@lindwerk.example", "password": PASSWORD}
        answer = self.insist(lambda: client.post("/login/", data={**form, **self.sign(client)}))
        assert answer.status_code == 302, answer.text

    @staticmethod
    def sign(client: httpx.Client) -> dict[str, str]:
        return {"csrfmiddlewaretoken": client.cookies.get("csrftoken", "")}

    @staticmethod
    def insist(act: Any) -> httpx.Response:
        """Send a request again and again until it is answered."""
        answers: list[httpx.Response] = []

        def is_answered() -> bool:
            try:
                answers.append(act())
            except httpx.TransportError:
                return False
            return True

        wait_until(is_answered, seconds=PATIENCE_SECONDS, what="an answer")
        return answers[-1]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@dataclass
class KilledChange(AddressChange):
    """A change of address in real time, through real processes."""

    visitors: Any = None
    smtp_port: int = 0

    def _get(self, who: str, address: str) -> str:
        client = self.visitors.client(who)
        return str(self.visitors.insist(lambda: client.get(address)).text)

    def _send(self, who: str, address: str, data: Mapping[str, Any]) -> int:
        client = self.visitors.client(who)
        signed = {**data, **self.visitors.sign(client)}
        answer = self.visitors.insist(lambda: client.post(address, data=signed))
        assert not answer.headers.get("location", "").startswith("/login/")
        return int(answer.status_code)

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> int:
        client = self.visitors.client("")
        sent = {"Content-Type": "application/json", **headers}
        return int(
            self.visitors.insist(lambda: client.post("/channels/phone/events", content=body, headers=sent)).status_code
        )

    def _deliver(self, mail: bytes) -> None:
        def is_taken() -> bool:
            try:
                with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as server:
                    server.sendmail(self.customer.email, ["service@lindwerk.example"], mail)
            except (OSError, smtplib.SMTPException):
                return False
            return True

        wait_until(is_taken, seconds=PATIENCE_SECONDS, what="a mail taken")

    def _work(self) -> None:
        """The worker works by itself."""

    def _pass_time(self, *, seconds: float) -> None:
        self.now = clock.now()

    def _move(self, to: datetime) -> None:
        self.now = clock.now()

    def _settle(self, *, rounds: int = 0) -> None:
        if self.case_id is None:
            mine = Contact.objects.filter(messages__message_id=f"run-{self.plan.seed}@mail.example")
            wait_until(mine.exists, seconds=PATIENCE_SECONDS, what="the mail is a contact")
            return
        closed = Case.objects.filter(id=self.case_id, state=Case.State.CLOSED)
        waiting = OutboxEntry.objects.filter(about__in=[self.case_id, self.contact_id]).exclude(state="done")
        wait_until(
            lambda: closed.exists() and not waiting.exists(), seconds=PATIENCE_SECONDS, what=f"{self.plan} is closed"
        )


def test_real_kills_lose_nothing_and_double_nothing(house: House, lindwerk: Town) -> None:
    visitors = Visitors(f"http://127.0.0.1:{house.port}")
    visitors.client("anna")
    holes = {"orders:missing", "billing:closed", "master:missing"}
    customers = [one for one in lindwerk.world.customers if not one.story and not holes & one.quirks]

    def run(seed: int) -> KilledChange:
        dice = random.Random(seed)
        plan = Plan(
            seed=seed, point="kill -9", channel=dice.choice(CHANNELS), double_clicks=dice.random() < 0.3,
            worker_first=dice.random() < 0.5,
        )  # fmt: skip
        change = KilledChange(
            lindwerk, customers[seed - FIRST], plan, clock.now(), visitors=visitors, smtp_port=house.smtp_port
        )
        kill = kill_of(seed)
        timer = kill.begin(house)
        try:
            change.live()
        except BaseException as error:
            error.add_note(f"in the run with seed {seed}: {plan}, {kill}; see {house.folder}")
            raise
        finally:
            if timer is not None:
                timer.join()
            connections.close_all()
        return change

    try:
        with ThreadPoolExecutor(2) as pool:
            changes = list(pool.map(run, range(FIRST, FIRST + RUNS)))
    finally:
        visitors.close()
        loaded.forget()
    wait_until(lambda: not OutboxEntry.objects.exclude(state="done").exists(), seconds=120, what="the outbox is empty")
    for change in changes:
        check(change)
    check_nothing_waits()
    print(f"{len(house.deaths)} kills: {house.deaths}")  # noqa: T201 -- shown with pytest -s
    assert len(house.deaths) >= RUNS
    assert set(house.deaths) == {"web", "worker"}
