"""A house to work in: two brands, teams, one person per role, a stranger, a customer, and the shipped procedures."""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation

from firstline import clock
from firstline.accounts.models import Brand, Team, User
from firstline.accounts.principals import Principal, principal_for
from firstline.cases import actions as case_actions
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.contacts.ports import ArrivedAttachment, Sender
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer
from firstline.outbox import executor as outbox_executor
from firstline.procedures import importer
from firstline.processes import executor as process_executor
from firstline.processes import queries as process_queries
from firstline.processes.queries import TaskRow
from firstline.sources.adapters import readings
from tests.snapshot import Snapshot, take_away, taken

PROCEDURES = Path(__file__).parents[2] / "procedures"


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


WEDNESDAY = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CALLER = "+491701112233"
COMPLAINT: Mapping[str, Any] = {
    "complaint_about": "billing",
    "complaint_text": "I was billed twice.",
    "wish": "refund",
    "harm": "money",
    "call_back_on": "2026-11-25",
}


@dataclass
class House:
    """What a test does in a line; every action is the real one."""

    brand: Brand
    other: Brand
    customer: Customer
    people: dict[str, User] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def principal(self, user: User) -> Principal:
        return principal_for(user)

    def call(
        self, *, call_id: str = "call-1", number: str = CALLER, agent: User | None = None, answered: bool = True
    ) -> Contact:
        agent = agent or self.agent
        contact_id = contact_actions.open_call(
            brand=self.brand, call_id=call_id, number=number, agent_id=agent.id, at=clock.now()
        )
        if answered:
            contact_actions.answer_call(call_id=call_id, at=clock.now())
        return Contact.objects.get(id=contact_id)

    def mail(self, text: str = "Hello", *, key: str = "m-1", brand: Brand | None = None, **more: Any) -> Contact:
        sender = Sender(name="Sabine", email=more.pop("email", "sabine@example.test"))
        attachments: list[ArrivedAttachment] = more.pop("attachments", [])
        contact_id = contact_actions.capture_contact(
            brand=brand or self.brand,
            channel="email",
            external_key=key,
            received_at=more.pop("received_at", clock.now()),
            sender=sender,
            text=text,
            message_id=more.pop("message_id", f"{key}@example.test"),
            attachments=attachments,
            **more,
        )
        return Contact.objects.get(id=contact_id)

    def case(
        self, reason: str = "complaint", *, ago: timedelta = timedelta(), customer: Customer | None = None
    ) -> Case:
        with clock.fixed(clock.now() - ago):
            case_id = case_actions.open_case(
                brand=self.brand,
                customer=customer or self.customer,
                reason_key=reason,
                contact_id=None,
                channel="phone",
                principal=self.principal(self.agent),
                now=clock.now(),
            )
        return Case.objects.get(id=case_id)

    def promise(
        self, case: Case, text: str = "We call back", *, due_in: timedelta, made_ago: timedelta = timedelta(days=30)
    ) -> UUID:
        return case_actions.make_promise(
            case_id=case.id,
            text=text,
            due_at=clock.now() + due_in,
            principal=self.principal(self.agent),
            contact_id=None,
            now=clock.now() - made_ago,
        )

    def step(self, case: Case) -> TaskRow:
        (task,) = process_queries.open_tasks(business_ids=[case.id])
        return task

    def complete(self, case: Case, answers: Mapping[str, Any], *, by: User) -> None:
        """Walk a step's guide to its end with these answers, and complete it."""
        task_id, principal = self.step(case).id, self.principal(by)
        for _page in range(20):
            before = case_actions.save_draft(
                principal=principal, task_id=task_id, answers=answers, now=clock.now()
            ).trail
            after = case_actions.turn_page(principal=principal, task_id=task_id, answers={}, now=clock.now()).trail
            if before == after:
                break
        case_actions.complete_step(principal=principal, task_id=task_id, answers={}, now=clock.now())

    def run_worker(self) -> None:
        """Do all that is due now: timers, inbox, jobs, messages."""
        for _round in range(50):
            if not process_executor.run_due() + outbox_executor.deliver_due():
                return
        raise AssertionError("The worker finds no end.")

    def back_office_case(self) -> Case:
        """A complaint that was received and now lies with billing."""
        case = self.case("complaint")
        self.complete(case, COMPLAINT, by=self.agent)
        self.run_worker()
        return Case.objects.get(id=case.id)


@pytest.fixture(autouse=True, scope="session")
def _empty_tables_stay_as_they_are() -> Iterator[None]:
    """What a test has committed is taken away after it, from where it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.test.TransactionTestCase._fixture_teardown", lambda _case: take_away())
        yield


@pytest.fixture(autouse=True)
def nothing_comes_after_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page began to ask is kept by a source's own thread, which may come when the test is over: nobody would take it away."""
    monkeypatch.setattr(readings, "keep", lambda _reading: None)


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """Django leaves the language of a request to its thread; the next test isn't to get it."""
    yield
    translation.deactivate()


@pytest.fixture
def moment() -> Iterator[datetime]:
    """A Wednesday at ten in Berlin; nothing moves the clock but the test."""
    with clock.fixed(WEDNESDAY):
        yield WEDNESDAY


_kept: dict[datetime, tuple[House, Snapshot]] = {}


@pytest.fixture
def house(db: None, moment: datetime, settings: Any) -> House:
    settings.FIRSTLINE_SMTP_OUT = "smtp://127.0.0.1:1"  # nobody is there: what goes out waits
    if moment in _kept:
        made, snapshot = _kept[moment]
        snapshot.restore()
    else:
        made, _ = _kept[moment] = taken(lambda: _build(moment))
    # What a test does to its objects is no other test's.
    people = User.objects.in_bulk([user.id for user in made.people.values()])
    return House(
        brand=Brand.objects.get(id=made.brand.id),
        other=Brand.objects.get(id=made.other.id),
        customer=Customer.objects.get(id=made.customer.id),
        people={name: people[user.id] for name, user in made.people.items()},
    )


def _build(moment: datetime) -> House:
    with clock.fixed(moment - timedelta(days=90)):
        importer.deploy_tree(PROCEDURES)
    return _build_bare()


@pytest.fixture
def bare_house(db: None, moment: datetime, settings: Any) -> House:
    """The house without its procedures."""
    settings.FIRSTLINE_SMTP_OUT = "smtp://127.0.0.1:1"  # nobody is there: what goes out waits
    return _build_bare()


def _build_bare() -> House:
    brand = Brand.objects.create(
        key="stadtwerke",
        names={"en": "City Energy"},
        languages=["de", "en"],
        sender_address="service@stadtwerke.example",
    )
    other = Brand.objects.create(key="other", names={"en": "Other"}, languages=["en"])
    teams = {
        key: Team.objects.create(key=key, names={"en": key.title()})
        for key in ("frontdesk", "billing", "complaints", "contracts", "field")
    }
    customer = customer_actions.create_customer(
        brand=brand,
        number="104711",
        salutation="ms",
        given_name="Sabine",
        family_name="Krüger",
        language="de",
        identifiers=[
            NewIdentifier(kind="phone", value=CALLER, is_verified=True),
            NewIdentifier(kind="email", value="sabine@example.test", is_verified=True),
        ],
    )
    house = House(brand=brand, other=other, customer=customer)

    def hire(name: str, role: str, *in_teams: str, at: Brand = brand) -> None:
        user = User.objects.create_user(
            f"{name}@example.test", "correct horse battery", name=name.title(), roles=[role]
        )
        user.brands.add(at)
        user.teams.add(*(teams[key] for key in in_teams))
        house.people[name] = user

    hire("agent", "agent", "frontdesk")
    hire("clerk", "backoffice", "billing", "complaints")
    hire("colleague", "backoffice", "billing", "complaints")
    hire("lead", "lead", "billing")
    hire("owner", "owner")
    hire("admin", "admin")
    hire("stranger", "agent", "frontdesk", "billing", at=other)
    return house
