"""A desk with people around it: an agent, a colleague, a process owner who may only look, and a stranger of another brand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client

from firstline import clock
from firstline.accounts.models import Brand, Team, User
from firstline.accounts.principals import Principal, principal_for
from firstline.cases import actions as case_actions
from firstline.cases.models import Case
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.contacts.ports import Sender
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer
from firstline.procedures import importer

PROCEDURES = Path(__file__).parents[3] / "procedures"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday
PHONE = "+491701112233"


@dataclass
class Office:
    brand: Brand
    agent: User
    colleague: User
    looker: User
    stranger: User
    customer: Customer

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def principal(self, user: User) -> Principal:
        return principal_for(user)

    def call(self, *, number: str = PHONE, call_id: str = "call-1", answered: bool = True) -> Contact:
        contact_id = contact_actions.open_call(
            brand=self.brand, call_id=call_id, number=number, agent_id=self.agent.id, at=clock.now()
        )
        if answered:
            contact_actions.answer_call(call_id=call_id, at=clock.now())
        return Contact.objects.get(id=contact_id)

    def mail(self, text: str, *, subject: str = "", email: str = "sabine@example.test", key: str = "m-1") -> Contact:
        contact_id = contact_actions.capture_contact(
            brand=self.brand,
            channel="email",
            external_key=key,
            received_at=clock.now(),
            sender=Sender(name="Sabine", email=email),
            subject=subject,
            text=text,
            message_id=f"{key}@example.test",
        )
        return Contact.objects.get(id=contact_id)

    def open_case(self, reason: str, *, days_ago: int = 5) -> Case:
        with clock.fixed(clock.now() - timedelta(days=days_ago)):
            case_id = case_actions.open_case(
                brand=self.brand,
                customer=self.customer,
                reason_key=reason,
                contact_id=None,
                channel="email",
                principal=self.principal(self.agent),
                now=clock.now(),
            )
        return Case.objects.get(id=case_id)

    def promise(self, case: Case, text: str, *, due_in: timedelta, made_ago: timedelta = timedelta(days=5)) -> UUID:
        made_at = clock.now() - made_ago
        return case_actions.make_promise(
            case_id=case.id,
            text=text,
            due_at=clock.now() + due_in,
            principal=self.principal(self.agent),
            contact_id=None,
            now=made_at,
        )


@pytest.fixture
def moment() -> Iterator[datetime]:
    with clock.fixed(NOW):
        yield NOW


@pytest.fixture
def office(db: None, moment: datetime) -> Office:
    with clock.fixed(NOW - timedelta(days=90)):
        importer.deploy_tree(PROCEDURES)
    brand = Brand.objects.create(
        key="stadtwerke",
        names={"en": "City Energy", "de": "Stadtwerke"},
        languages=["de", "en"],
        sender_address="service@stadtwerke.example",
    )
    other = Brand.objects.create(key="other", names={"en": "Other"}, languages=["en"])
    teams = {
        key: Team.objects.create(key=key, names={"en": key.title()})
        for key in ("frontdesk", "billing", "complaints", "contracts", "field")
    }

    def person(name: str, *roles: str, at: Brand = brand, teams_: tuple[str, ...] = ("frontdesk",)) -> User:
        user = User.objects.create_user(
            f"{name.lower()}@example.test", "correct horse battery", name=name, roles=list(roles)
        )
        user.brands.add(at)
        user.teams.add(*(teams[key] for key in teams_))
        return user

    customer = customer_actions.create_customer(
        brand=brand,
        number="104711",
        salutation="ms",
        given_name="Sabine",
        family_name="Krüger",
        language="de",
        needs="never phone before 10",
        identifiers=[
            NewIdentifier(kind="phone", value=PHONE, is_verified=True),
            NewIdentifier(kind="email", value="sabine@example.test", is_verified=True),
        ],
    )
    return Office(
        brand=brand,
        agent=person("Petra", "agent"),
        colleague=person("Jan", "agent"),
        looker=person("Olga", "owner", teams_=()),
        stranger=person("Eve", "agent", at=other),
        customer=customer,
    )
