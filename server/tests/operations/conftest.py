"""Operators, a case of their brand, and instances of processes of our own."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from firstline import clock
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import principal_for
from firstline.cases.models import Case
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.processes.models import Incident


class Shop:
    """Starts processes, and does what operators do, through their pages."""

    def __init__(self) -> None:
        self.brand = Brand.objects.create(key="stadtwerke", names={"en": "City Energy"}, languages=["en"])
        self.case = Case.objects.create(number="C-4711", brand=self.brand, reason_key="order", opened_at=clock.now())
        self.people: dict[str, User] = {}
        for name, role in (
            ("lead", "lead"),
            ("admin", "admin"),
            ("agent", "agent"),
            ("clerk", "backoffice"),
            ("owner", "owner"),
        ):
            self.hire(name, role, self.brand)
        self.hire("stranger", "lead", Brand.objects.create(key="other", names={"en": "Other"}, languages=["en"]))
        self.lead = self.client("lead")

    def hire(self, name: str, role: str, brand: Brand) -> None:
        user = User.objects.create_user(
            f"{name}@example.test", "correct horse battery", name=name.title(), roles=[role]
        )
        user.brands.add(brand)
        self.people[name] = user

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client

    def principal(self, name: str) -> Any:
        return principal_for(self.people[name])

    def start(
        self, xml: bytes, process_id: str, *, release: str = "r1", for_case: bool = True, **variables: Any
    ) -> UUID:
        process_actions.deploy(release_id=release, xml=xml)
        business_id = self.case.id if for_case else None
        return process_actions.start_instance(
            release_id=release, process_id=process_id, business_id=business_id, variables=variables
        )

    def at(self, name: str, *arguments: Any) -> str:
        return reverse(f"operations:{name}", args=arguments)

    def page(self, name: str, *arguments: Any, **query: Any) -> str:
        answer = self.lead.get(self.at(name, *arguments), query)
        assert answer.status_code == 200, answer.content
        return answer.content.decode()

    def act(self, instance_id: UUID, act: str, *, reason: str = "a good reason", **sent: Any) -> Any:
        return self.lead.post(self.at("act", instance_id, act), {"reason": reason, **sent})

    def token(self, instance_id: UUID, element_id: str) -> UUID:
        (found,) = (one for one in process_queries.active_elements(instance_id) if one.element_id == element_id)
        return found.element_instance_id

    def standing(self, instance_id: UUID) -> list[str]:
        return sorted(one.element_id for one in process_queries.active_elements(instance_id))

    def incident(self, instance_id: UUID) -> Incident:
        return Incident.objects.get(instance_id=instance_id, resolved_at=None)


@pytest.fixture
def shop(db: None, moment: Any) -> Shop:
    return Shop()
