"""One change of address from the customer's call to the closed case, with a crash and bad weather on its way.

People act through requests (Django's test client), the telephone system and the mail through their doors, and the worker
through its executors. When a process dies, whoever waited for it does what they do in life: the request is sent again, the
worker is started again.
"""

import json
import random
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from firstline import clock, crashpoints
from firstline.accounts.models import User
from firstline.channels.email import importer
from firstline.channels.phone import sign
from firstline.contacts.models import Contact
from firstline.customers.models import Customer
from firstline.demo import generate
from firstline.outbox import executor as outbox_executor
from firstline.outbox import queries as outbox_queries
from firstline.processes import executor as process_executor
from firstline.processes import queries as process_queries
from firstline.processes.queries import TaskRow
from firstline.sources.ports import SourceLate

from .town import COMMAND_SECONDS, Stands, Town

# When an answer got lost: the system has done what was asked, and we never hear of it.
LOST_AT = {
    "billing": "sources.sql.after_commit",
    "master": "sources.rest.after_answer",
    "orders": "sources.sql.after_commit",
    "payments": "sources.sql.after_commit",
}
CHANNELS = ("phone", "phone", "email", "webform")
# calm: nothing. off: a system is off for some rounds. lost: the answer to a write is lost. slow: the write comes after we gave
# up waiting. refused: billing and master refuse for good. changed: somebody changes a record after the agent has seen it.
WEATHERS = ("calm", "calm", "off", "off", "lost", "lost", "refused", "changed")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What happens in a run; all of it follows from the seed."""

    seed: int
    point: str
    time: int = 1
    channel: str = "phone"
    weather: str = "calm"
    system: str = "billing"
    rounds: int = 1
    # Does the worker come to it before the agent wraps up?
    worker_first: bool = False
    double_clicks: bool = False
    # What the back office decides when a system refuses for good: nothing yet, or to take the change back everywhere.
    take_back: bool = False


@dataclass
class AddressChange:
    town: Town
    customer: generate.Customer
    plan: Plan
    now: datetime
    crashes: list[str] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    contact_id: UUID | None = None
    case_id: UUID | None = None
    clients: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.plan.seed)
        self.before: Stands = self.town.stands(self.customer)
        self.postcode = "1234" if self.plan.weather == "refused" else f"{self.dice.randint(10_000, 99_999)}"
        self.answers = {
            "street": "Neue Straße",
            "house_number": str(self.plan.seed + 1),
            "postcode": self.postcode,
            "town": "Hamburg",
            "country": "DE",
            "valid_from": (self.now.date() + timedelta(days=20)).isoformat(),
        }
        self._mishaps_left = 1
        self._clock = ExitStack()

    # --- the whole way ---

    def live(self) -> None:
        with self._clock, crashpoints.watching(self._pass):
            self._move(self.now)
            {"phone": self._call, "email": self._write, "webform": self._fill_in}[self.plan.channel]()
            if self.plan.weather == "off":
                self.town.switch(self.plan.system, on=False)
            self._handle()
            if self.plan.worker_first:
                self._work()
            self._post("anna", reverse("desktop:finish", args=[self.contact_id]), summary="Zieht um.")
            if self.plan.weather == "off":
                self._settle(rounds=self.plan.rounds)
                self.town.switch(self.plan.system, on=True)
            self._settle()
            if self.plan.weather == "changed":
                self._decide("retry")
            elif self.plan.weather == "refused" and self.plan.take_back:
                self._decide("take_back")
            self._settle()

    # --- dying ---

    def _pass(self, name: str) -> None:
        plan = self.plan
        self.passed[name] = self.passed.get(name, 0) + 1
        if name == plan.point and self.passed[name] == plan.time and not self.crashes:
            self.crashes.append(name)
            raise crashpoints.Crash(name)
        if plan.weather == "lost" and name == LOST_AT[plan.system] and self._mishaps_left:
            self._mishaps_left -= 1
            raise SourceLate("it didn't answer in time")
        if plan.weather == "slow" and name == "sources.rest.before_send" and self._mishaps_left:
            self._mishaps_left -= 1
            self.town.switch("master", slow=COMMAND_SECONDS + 0.4)
        elif plan.weather == "slow" and name == "outbox.taken" and not self._mishaps_left:
            self.town.switch("master", slow=False)

    def _again(self, act: Callable[[], Any]) -> Any:
        """Do something as long as it dies: what was open in the dead process is gone, and all that it remembered."""
        while True:
            try:
                return act()
            except crashpoints.Crash:
                connection.close()

    # --- coming in ---

    def _call(self) -> None:
        call_id = f"run-{self.plan.seed}"
        for number, kind in enumerate(("ringing", "answered")):
            event = {
                "id": f"{call_id}-{number}",
                "type": kind,
                "call_id": call_id,
                "from": self.customer.phone,
                "extension": "201",
            }
            self._twice(lambda event=event: self._report(event))
            self._pass_time(seconds=5)
        self.contact_id = Contact.objects.get(channel="phone", external_key=call_id).id
        self._take()

    def _report(self, event: Mapping[str, Any]) -> None:
        body = json.dumps({**event, "at": self.now.isoformat()}).encode()
        headers = sign.headers(body=body, secret=settings.FIRSTLINE_PHONE_SECRET, at=self.now)
        assert self._signed(body, headers) == 200

    def _write(self) -> None:
        mail = EmailMessage()
        mail["From"] = f"{self.customer.name} <{self.customer.email}>"
        mail["To"] = "service@lindwerk.example"
        mail["Subject"] = "Umzug"
        mail["Message-ID"] = f"<run-{self.plan.seed}@mail.example>"
        mail.set_content(f"Guten Tag,\n\nich ziehe um.\nMeine Kundennummer ist {self.customer.printed_number}.\n")
        self._twice(lambda: self._deliver(mail.as_bytes()))
        self._settle()
        self.contact_id = Contact.objects.get(messages__message_id=f"run-{self.plan.seed}@mail.example").id
        self._take()

    def _fill_in(self) -> None:
        address = reverse("webform:form", args=["change-of-address"]) + "?language=de"
        page = self._get("", address)
        key = re.search(r'name="form_key"[^>]*value="([^"]+)"', page) or re.search(
            r'value="([^"]+)"[^>]*name="form_key"', page
        )
        assert key is not None
        filled = {
            **self.answers,
            "form_key": key[1].replace("&amp;", "&"),
            "sender_name": self.customer.name,
            "sender_email": self.customer.email,
            "sender_number": self.customer.printed_number,
        }
        self._post("", address, **filled)
        self.contact_id = Contact.objects.get(channel="webform", external_key=key[1].partition(":")[0]).id
        self._take()

    # --- at the desk ---

    def _take(self) -> None:
        self._post("anna", reverse("desktop:take", args=[self.contact_id]))
        contact = Contact.objects.get(id=self.contact_id)
        known = Customer.objects.get(number=self.customer.printed_number)
        if contact.customer_id != known.id:
            self._post("anna", reverse("desktop:customer", args=[self.contact_id]), customer=known.id)
        self._post("anna", reverse("desktop:verify", args=[self.contact_id]))

    def _handle(self) -> None:
        if self.plan.channel != "webform":
            self._post("anna", reverse("desktop:reason", args=[self.contact_id]), reason="change-of-address")
        (self.case_id,) = Contact.objects.get(id=self.contact_id).reasons.values_list("case_id", flat=True)
        (task,) = self._open_tasks("take_address")
        pages = {
            "identify": {"caller_verified": "on"},
            "address": self.answers,
            "supply": {"supply": "post_only"},
        }
        for page, answers in pages.items():
            self._post("anna", reverse("desktop:next", args=[self.contact_id, task.id]), _page=page, **answers)
            self._pass_time(seconds=40)
        assert self._open_tasks("take_address"), (
            "pressing twice has completed a step of which the last page wasn't seen"
        )
        self._again(lambda: self._get("anna", reverse("desktop:preview", args=[self.contact_id, task.id])))
        if self.plan.weather == "changed":
            self.town.move_behind_our_back(self.plan.system, self.target)
        self._post("anna", reverse("desktop:next", args=[self.contact_id, task.id]), _page="check")

    # --- in the back office ---

    def _decide(self, outcome: str) -> None:
        """Do what a system that refused, or was changed meanwhile, left to people."""
        tasks = [task for task in self._open_tasks() if task.element_id.startswith("repair_")]
        for task in tasks if outcome == "retry" else tasks[:1]:
            address = {
                name: reverse(f"cases:{name}", args=[self.case_id, task.id]) for name in ("begin", "preview", "next")
            }
            self._post("ben", address["begin"])
            self._again(lambda address=address: self._get("ben", address["preview"]))
            self._post("ben", address["next"], _page="what_happened")
            self._post(
                "ben",
                address["next"],
                _page="what_to_do",
                repair_outcome=outcome,
                repair_note="Geprüft und entschieden.",
            )

    def _open_tasks(self, element_id: str = "") -> list[TaskRow]:
        tasks = process_queries.open_tasks(business_ids=[self.case_id] if self.case_id else [])
        return [task for task in tasks if element_id in {"", task.element_id}]

    # --- through the doors of the house ---

    def _client(self, name: str) -> Client:
        if name not in self.clients:
            self.clients[name] = Client(REMOTE_ADDR=f"192.0.2.{self.plan.seed % 250 + 1}")
            if name:
                self.clients[name].force_login(User.objects.get(email=f"{name}@lindwerk.example"))
        return self.clients[name]

    def _get(self, who: str, address: str) -> str:
        return self._client(who).get(address).content.decode()

    def _send(self, who: str, address: str, data: Mapping[str, Any]) -> int:
        return self._client(who).post(address, data).status_code

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> int:
        events = Client().post("/channels/phone/events", body, content_type="application/json", headers=headers)
        return events.status_code

    def _deliver(self, mail: bytes) -> None:
        path = self.town.folder / "in.eml"
        path.write_bytes(mail)
        list(importer.import_files([path]))

    def _post(self, who: str, address: str, **data: Any) -> None:
        def send() -> None:
            # 409: it was done already, and the person is told so.
            status = self._send(who, address, data)
            assert status in (302, 204, 409), (address, status)

        self._twice(send)

    def _twice(self, act: Callable[[], Any]) -> None:
        """Do something until it is answered, and once more where people press twice."""
        self._again(act)
        if self.plan.double_clicks:
            self._again(act)

    # --- the worker, and time ---

    def _work(self) -> None:
        """Work until nothing is due now."""

        def drain() -> None:
            while process_executor.run_due(limit=50) + outbox_executor.deliver_due(limit=3):
                pass

        self._again(drain)

    def _settle(self, *, rounds: int = 0) -> None:
        """Work, and let time pass until nothing is left that time alone brings about; or only for some rounds."""
        for _ in range(rounds or 60):
            self._work()
            moments = [at for at in (outbox_queries.next_due_at(), process_queries.next_due_at()) if at is not None]
            if not moments:
                return
            self._move(max(self.now, min(moments)))
        assert rounds, "the worker finds no end"

    def _pass_time(self, *, seconds: float) -> None:
        self._move(self.now + timedelta(seconds=seconds))

    def _move(self, to: datetime) -> None:
        self.now = to
        self._clock.close()
        self._clock.enter_context(clock.fixed(to))

    @property
    def target(self) -> str:
        return next(iter(self.before[self.plan.system]))


def plan_of(seed: int, points: list[str]) -> Plan:
    """Draw a run: the first round passes every point once in calm weather, later ones mix."""
    dice = random.Random(seed * 7919)
    point, cycle = points[seed % len(points)], seed // len(points)
    channel = dice.choice(CHANNELS)
    if point.startswith("email."):
        channel = "email"
    elif point.startswith("channels.webform."):
        channel = "webform"
    elif point.startswith("contacts.capture."):
        channel = dice.choice(("email", "webform"))
    return Plan(
        seed=seed,
        point=point,
        time=1 if cycle == 0 else dice.choice((1, 2, 3, 5)),
        channel=channel,
        weather="calm" if cycle == 0 else "slow" if seed % 70 == 0 else dice.choice(WEATHERS),
        system=dice.choice(tuple(LOST_AT)),
        rounds=dice.randint(1, 12),
        worker_first=dice.random() < 0.5,
        double_clicks=dice.random() < 0.25,
        take_back=dice.random() < 0.6,
    )
