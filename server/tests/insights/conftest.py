"""A made-up year of two brands, with plain records beside the rows, so that a naive count can be made of them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from firstline import ids
from firstline.accounts import actions as account_actions
from firstline.accounts.models import Brand, Team, User
from firstline.cases.models import Case
from firstline.contacts.models import Contact, ContactReason, Conversation, Engagement
from firstline.customers.models import Customer
from firstline.procedures.models import Reason
from firstline.processes.models import Deployment, Instance, Task

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
CHANNELS = ("phone", "email", "webform")
REASONS = ("invoice-question", "change-of-address", "complaint", "privacy-complaint")
PASSWORD = "long enough to be one"


@dataclass(kw_only=True)
class MadeContact:
    id: UUID
    brand: str
    channel: str
    direction: str
    automatic: bool
    customer: int | None
    received_at: datetime
    finished_at: datetime | None
    reasons: list[str]
    worked: list[tuple[datetime, datetime | None]]


@dataclass(kw_only=True)
class MadeCase:
    id: UUID
    brand: str
    channel: str
    reason: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(kw_only=True)
class MadeTask:
    id: UUID
    case: UUID
    brand: str
    teams: list[str]
    is_open: bool
    created_at: datetime


@dataclass(kw_only=True)
class Year:
    brands: dict[str, Brand]
    contacts: list[MadeContact] = field(default_factory=list)
    cases: list[MadeCase] = field(default_factory=list)
    tasks: list[MadeTask] = field(default_factory=list)


@dataclass(kw_only=True)
class People:
    """Who may see all brands, who may see one, who may see nothing."""

    owner: User
    lead: User
    agent: User

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def brands(db: None) -> dict[str, Brand]:
    for key, kind in zip(REASONS, ("question", "change", "complaint", "complaint"), strict=True):
        names = {"en": key.replace("-", " ").capitalize(), "de": f"{key} auf Deutsch"}
        Reason.objects.create(key=key, names=names, kind=kind, position=1)
    Team.objects.create(key="billing", names={"en": "Billing", "de": "Abrechnung"})
    Team.objects.create(key="frontdesk", names={"en": "Front desk"})
    return {key: Brand.objects.create(key=key, names={"en": key.title()}) for key in ("lindwerk", "other")}


@pytest.fixture
def people(brands: dict[str, Brand]) -> People:
    def add(name: str, role: str, *keys: str) -> User:
        return account_actions.add_user(
            email=f"{name}@example.com", name=name, password=PASSWORD, roles=[role], brands=keys
        )

    return People(
        owner=add("olga", "owner", "lindwerk", "other"),
        lead=add("lea", "lead", "lindwerk"),
        agent=add("ada", "agent", "lindwerk"),
    )


@pytest.fixture
def make_year(brands: dict[str, Brand]) -> Callable[..., Year]:
    def make(*, seed: int, contacts: int) -> Year:
        chance = random.Random(seed)
        year = Year(brands=brands)
        worker = User.objects.create(email=f"worker{seed}@example.com", name="Worker")
        customers = {
            key: [
                Customer.objects.create(brand=brand, number=f"{seed}-{n}", family_name=f"Customer {n}")
                for n in range(6)
            ]
            for key, brand in brands.items()
        }
        deployment = Deployment.objects.create(release_id="r", digest=str(seed), xml="", process_ids=["p"])
        for number in range(contacts):
            _make_contact(chance, year, customers, worker, deployment, number)
        return year

    return make


def _make_contact(
    chance: random.Random,
    year: Year,
    customers: dict[str, list[Customer]],
    worker: User,
    deployment: Deployment,
    number: int,
) -> None:
    brand = chance.choice(["lindwerk", "lindwerk", "other"])
    # Whole hours, so that some contacts come at the very same moment, and some exactly at a border.
    received_at = NOW - timedelta(hours=chance.randrange(-2, 24 * 75))
    which = chance.choice([None, *range(6), *range(6)])
    made = MadeContact(
        id=ids.new_id(),
        brand=brand,
        channel=chance.choice(CHANNELS),
        direction=chance.choice(["in", "in", "in", "out"]),
        automatic=chance.random() < 0.1,
        customer=which,
        received_at=received_at,
        finished_at=received_at + timedelta(minutes=chance.randrange(5, 3000)) if chance.random() < 0.8 else None,
        reasons=chance.sample(REASONS, chance.choice([0, 1, 1, 1, 2])),
        worked=[],
    )
    customer = customers[brand][which] if which is not None else None
    contact = Contact.objects.create(
        id=made.id,
        number=f"{number}-{deployment.digest}",
        brand=year.brands[brand],
        channel=made.channel,
        direction=made.direction,
        external_key=str(made.id),
        conversation=Conversation.objects.create(brand=year.brands[brand]),
        state="finished" if made.finished_at else "open",
        is_automatic=made.automatic,
        customer=customer,
        speaker=customer,
        received_at=received_at,
        captured_at=received_at,
        finished_at=made.finished_at,
    )
    for _ in range(chance.choice([0, 1, 1, 2])):
        begun = received_at + timedelta(seconds=chance.randrange(60, 3600))
        ended = (
            begun + timedelta(seconds=chance.randrange(1, 1200)) if made.finished_at or chance.random() < 0.7 else None
        )
        if ended is None and any(end is None for _, end in made.worked):
            continue
        made.worked.append((begun, ended))
        Engagement.objects.create(
            contact=contact,
            user=worker,
            kind=chance.choice(["handling", "after_work"]),
            started_at=begun,
            ended_at=ended,
        )
    for reason in made.reasons:
        _make_case(chance, year, contact, customer, made, reason, deployment)
    year.contacts.append(made)


def _make_case(
    chance: random.Random,
    year: Year,
    contact: Contact,
    customer: Customer | None,
    of: MadeContact,
    reason: str,
    deployment: Deployment,
) -> None:
    state = chance.choice(["open", "closed", "closed", "cancelled"])
    closed_at = None if state == "open" else of.received_at + timedelta(minutes=chance.randrange(1, 60 * 24 * 20))
    made = MadeCase(
        id=ids.new_id(),
        brand=of.brand,
        channel=of.channel,
        reason=reason,
        state=state,
        opened_at=of.received_at,
        closed_at=closed_at,
    )
    case = Case.objects.create(
        id=made.id,
        number=f"c-{made.id.hex[:16]}",
        brand=year.brands[of.brand],
        customer=customer,
        reason_key=reason,
        state=state,
        channel=of.channel,
        opened_at=of.received_at,
        closed_at=closed_at,
    )
    ContactReason.objects.create(
        contact=contact, case=case, reason_key=reason, relation="opens", chosen_at=of.received_at
    )
    year.cases.append(made)
    instance = Instance.objects.create(deployment=deployment, process_id="p", business_id=case.id)
    for _ in range(chance.choice([0, 1, 2])):
        task = MadeTask(
            id=ids.new_id(),
            case=case.id,
            brand=of.brand,
            teams=chance.choice([[], ["billing"], ["billing", "frontdesk"]]),
            is_open=chance.random() < 0.5,
            created_at=of.received_at + timedelta(minutes=1),
        )
        year.tasks.append(task)
        Task.objects.create(
            id=task.id,
            instance=instance,
            element_instance_id=ids.new_id(),
            element_id="do",
            business_id=case.id,
            name="Do it",
            candidate_groups=task.teams,
            state="open" if task.is_open else "completed",
            created_at=task.created_at,
        )
