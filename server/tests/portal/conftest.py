"""A customer with a case of a real procedure, and somebody else whose case must stay unseen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import process_principal
from firstline.cases import actions as case_actions
from firstline.cases.links import FOLLOW
from firstline.cases.models import Case
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer
from firstline.procedures import actions as procedure_actions
from firstline.procedures import importer

PROCEDURES = Path(__file__).parents[3] / "procedures"
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)  # a Wednesday


@dataclass(kw_only=True)
class Followed:
    brand: Brand
    sabine: Customer
    other: Customer

    def open_case(
        self, reason: str = "change-of-address", *, customer: Customer | None = None, nobody: bool = False
    ) -> Case:
        case_id = case_actions.open_case(
            brand=self.brand,
            customer=None if nobody else customer or self.sabine,
            reason_key=reason,
            contact_id=None,
            channel="email",
            principal=process_principal(),
            now=clock.now(),
        )
        return Case.objects.get(id=case_id)

    def address(self, case: Case) -> str:
        return f"/follow/{FOLLOW.token(case.id)}/"

    def page(self, case: Case, *, language: str = "en") -> str:
        answer = Client().get(f"{self.address(case)}?language={language}")
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.fixture
def followed(db: None) -> Iterator[Followed]:
    with clock.fixed(NOW):
        importer.deploy_tree(PROCEDURES / "change-of-address")
        procedure_actions.load_reasons(PROCEDURES / "reasons.yaml")
        brand = Brand.objects.create(
            key="lindwerk",
            names={"en": "Lindwerk Energie"},
            languages=["en", "de", "nl"],
            sender_address="service@lindwerk.test",
        )

        def customer(number: str, family_name: str, email: str) -> Customer:
            return customer_actions.create_customer(
                brand=brand,
                number=number,
                salutation="ms",
                given_name="Sabine",
                family_name=family_name,
                language="de",
                identifiers=[NewIdentifier(kind="email", value=email, is_verified=True)],
            )

        yield Followed(
            brand=brand,
            sabine=customer("104711", "Köhler", "sabine@example.test"),
            other=customer("104722", "Geheim", "geheim@example.test"),
        )
