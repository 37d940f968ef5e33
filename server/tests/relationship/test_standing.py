"""How the relationship with one customer stands: facts, stages by rule and by hand, pages, after merges and without systems."""

import html
import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from firstline import clock
from firstline.accounts.models import User
from firstline.audit.models import AuditEntry
from firstline.contacts import actions as contact_actions
from firstline.customers import actions as customer_actions
from firstline.customers import timeline
from firstline.customers.models import Identifier
from firstline.relationship import actions, queries
from firstline.relationship.models import StageChange
from firstline.relationship.queries.own import own_facts
from firstline.sources.adapters import loaded
from firstline.webhooks import actions as webhooks
from firstline.webhooks.models import Endpoint, Notice
from tests.conftest import House

pytestmark = pytest.mark.django_db
SOURCE = """\
key: shop
label: {en: Shop}
connector: sql
connection: {url: {file: shop.url}}
customer: [{kind: "source:shop"}]
views:
  contracts:
    label: {en: Contracts}
    tile: table
    cache: 1 ms
    read: {sql: "SELECT nr, tariff, since, state FROM contract WHERE customer = :customer ORDER BY nr"}
    fields:
      - {name: nr, label: {en: Contract}}
      - {name: tariff, label: {en: Tariff}}
      - {name: since, label: {en: Since}, type: date}
      - {name: state, label: {en: State}}
"""
RELATIONSHIP = """\
complaints: [complaint]
products: [{key: gas, label: {en: Gas, de: Erdgas}}]
contracts:
  - {view: shop.contracts, number: nr, product: tariff, products: {G1: gas}, from: since, state: state}
stages:
  - {key: prospect, label: {en: Prospect}}
  - {key: active, label: {en: Active}}
  - {key: at_risk, label: {en: At risk}}
stage: if open_complaints > 0 then "at_risk" else if count(contracts) = 0 then "prospect" else "active"
indicators:
  - {key: contracts, label: {en: Running contracts}, formula: 'count(contracts[state = "active"])'}
  - {key: complaints, label: {en: Complaints}, formula: complaints_12_months, tones: {warn: "> 0"}}
"""


def words(answer: Any) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


@pytest.fixture
def shop(settings: Any, tmp_path: Path, house: House) -> Iterator[Path]:
    """A system with one contract of the house's customer, and a brand that looks at it."""
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = tmp_path / "sources", tmp_path / "secrets"
    settings.FIRSTLINE_CUSTOMERS = tmp_path / "customers"
    settings.FIRSTLINE_SOURCES_LOOK_SECONDS = None
    for name, text in (
        ("sources/shop.yaml", SOURCE),
        ("secrets/shop.url", f"sqlite:///{tmp_path / 'shop.sqlite'}"),
        ("customers/default/relationship.yaml", RELATIONSHIP),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    sell(tmp_path / "shop.sqlite", "CREATE TABLE contract (nr, tariff, since, state, customer)")
    sell(tmp_path / "shop.sqlite", "INSERT INTO contract VALUES ('V-1', 'G1', '2024-05-01', 'active', 'S1')")
    Identifier.objects.create(customer=house.customer, kind="source:shop", value="S1", shown="S1", is_verified=True)
    loaded.forget()
    yield tmp_path / "shop.sqlite"
    loaded.forget()


def sell(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()


def stages(customer_id: UUID) -> list[str]:
    return [one.stage for one in queries.stage_changes(customer_id, definition=None, language="en")]


def test_our_own_numbers(house: House) -> None:
    assert own_facts(house.customer.id, complaints=["complaint"], now=clock.now()) == {
        "customer_kind": "person", "known_since": clock.now().date(), "known_days": 0, "open_cases": 0, "cases_12_months": 0,
        "open_complaints": 0, "complaints_12_months": 0, "contacts_90_days": 0, "contacts_12_months": 0, "days_since_contact": None,
        "promises_12_months": 0, "broken_promises_12_months": 0,
        "last_satisfaction": None, "satisfaction_12_months": None,
    }  # fmt: skip
    old = house.case("complaint", ago=timedelta(days=400))
    case = house.case("change-of-address", ago=timedelta(days=10))
    house.promise(case, due_in=timedelta(days=-5))
    house.promise(case, due_in=timedelta(days=5))
    house.promise(old, due_in=timedelta(days=-370), made_ago=timedelta(days=390))
    house.mail(key="m-1", received_at=clock.now() - timedelta(days=89))
    house.mail(key="m-2", received_at=clock.now() - timedelta(days=91))
    house.mail(key="m-3", email="somebody@example.test")
    found = own_facts(house.customer.id, complaints=["complaint"], now=clock.now())
    assert (found["open_cases"], found["cases_12_months"]) == (2, 1)
    assert (found["open_complaints"], found["complaints_12_months"]) == (1, 0)
    assert (found["contacts_90_days"], found["contacts_12_months"], found["days_since_contact"]) == (1, 2, 89)
    assert (found["promises_12_months"], found["broken_promises_12_months"]) == (1, 1)
    assert found["known_days"] == 400


def test_figures_say_what_they_were_made_of_and_contracts_where_they_are_from(house: House, shop: Path) -> None:
    page = words(house.client(house.agent).get(f"/relationship/{house.customer.id}/"))
    assert "Running contracts 1 Formula" in page
    assert 'count(contracts[state = "active"])' in page
    assert "1 entry Shop ·" in page
    assert "V-1 Gas · G1 active" in page
    assert "Complaints 0 Formula complaints_12_months" in page
    assert stages(house.customer.id) == ["active"]
    assert "Running contracts 1" in words(house.client(house.agent).get(f"/relationship/{house.customer.id}/desk/"))
    assert "Asking the systems" in words(house.client(house.agent).get(f"/customers/{house.customer.id}/"))


def test_a_system_that_is_down_leaves_the_last_known_or_says_why(house: House, shop: Path) -> None:
    path, client = f"/relationship/{house.customer.id}/", house.client(house.agent)
    shop.rename(shop.with_suffix(".away"))
    page = words(client.get(path))
    assert "Running contracts –" in page
    assert "Complaints 0" in page
    assert stages(house.customer.id) == []
    loaded.forget()
    shop.with_suffix(".away").replace(shop)
    with clock.fixed(clock.now() + timedelta(minutes=5)):
        assert "Running contracts 1" in words(client.get(path))
    shop.unlink()
    loaded.forget()
    with clock.fixed(clock.now() + timedelta(minutes=10)):
        page = words(client.get(path))
    assert "Running contracts 1" in page
    assert "last known" in page


def test_the_stage_follows_what_happens(house: House, shop: Path) -> None:
    Endpoint.objects.create(name="ERP", url="https://erp.example.test/", types=["customer.stage-changed"])
    webhooks.forget()
    house.case("change-of-address")
    # Nobody has read the contracts so far, and nobody is asked while a case is opened.
    assert stages(house.customer.id) == []
    house.client(house.agent).get(f"/relationship/{house.customer.id}/")
    house.case("complaint")
    assert stages(house.customer.id) == ["at_risk", "active"]
    change = StageChange.objects.latest("at", "id")
    assert change.facts == {"contracts": 1, "open_complaints": 1}
    contact = house.mail()
    contact_actions.finish_contact(
        principal=house.principal(house.agent), contact_id=contact.id, summary="", now=clock.now()
    )
    assert len(stages(house.customer.id)) == 2
    told = [one.event["data"] for one in Notice.objects.order_by("number")]
    assert [(one["before"], one["stage"]) for one in told] == [("", "active"), ("active", "at_risk")]
    webhooks.forget()


def test_by_hand_it_stays_until_it_is_left_to_the_rule(house: House, shop: Path) -> None:
    here, lead = f"/relationship/{house.customer.id}/stage/", house.client(house.lead)
    house.client(house.agent).get(f"/relationship/{house.customer.id}/")
    assert house.client(house.agent).post(here, {"stage": "prospect", "reason": "x"}).status_code == 403
    assert lead.post(here, {"stage": "prospect", "reason": " "}).status_code == 422
    assert lead.post(here, {"stage": "king", "reason": "x"}).status_code == 422
    assert lead.post(f"{here}rule/").status_code == 422
    assert lead.post(here, {"stage": "prospect", "reason": "moved abroad"}).status_code == 302
    page = words(lead.get(f"/relationship/{house.customer.id}/"))
    assert "“Prospect” was set by hand." in page
    assert "The rule says “Active”." in page
    assert "moved abroad" in page
    house.case("complaint")
    assert stages(house.customer.id) == ["prospect", "active"]
    lead.post(f"{here}rule/")
    assert stages(house.customer.id) == ["at_risk", "prospect", "active"]
    acts = AuditEntry.objects.filter(action__startswith="customer.stage").order_by("number")
    assert [one.action for one in acts] == ["customer.stage-set", "customer.stage-left-to-rule"]


def test_a_stage_follows_a_merge_and_its_undoing(house: House, shop: Path) -> None:
    principal, now = house.principal(house.lead), clock.now()
    twin = customer_actions.create_customer(brand=house.brand, family_name="Kruger")
    actions.set_stage(customer_id=house.customer.id, stage="active", reason="x", principal=principal, now=now)
    later = now + timedelta(minutes=1)
    actions.set_stage(customer_id=twin.id, stage="prospect", reason="x", principal=principal, now=later)
    merge = customer_actions.merge_customers(
        survivor_id=house.customer.id, merged_id=twin.id, reason="one", principal=principal, now=later
    )
    assert stages(house.customer.id) == stages(twin.id) == ["prospect", "active"]
    customer_actions.undo_merge(merge_id=merge, reason="two", principal=principal, now=later)
    assert (stages(house.customer.id), stages(twin.id)) == (["active"], ["prospect"])


def test_the_timeline_tells_of_stages(house: House, shop: Path) -> None:
    principal, now = house.principal(house.lead), clock.now()
    for minutes, stage in enumerate(("prospect", "active")):
        actions.set_stage(
            customer_id=house.customer.id, stage=stage, reason="x", principal=principal, now=now + timedelta(minutes=minutes)
        )  # fmt: skip

    def told(user: User, **more: Any) -> list[str]:
        who = house.principal(user)
        found = timeline.timeline_of(house.customer.id, principal=who, language="en", only=["stage"], **more)
        return [one.text for one in found.page.rows]

    assert told(house.agent) == ["Stage of the relationship: Active", "Stage of the relationship: Prospect"]
    last = StageChange.objects.latest("at")
    assert told(house.agent, before=(last.at, last.id)) == ["Stage of the relationship: Prospect"]
    assert told(house.owner) == []


def test_mistakes_are_shown_to_who_can_mend_them(house: House, shop: Path, settings: Any) -> None:
    path = f"/relationship/{house.customer.id}/"
    file = Path(settings.FIRSTLINE_CUSTOMERS) / "default" / "relationship.yaml"
    file.write_text(RELATIONSHIP.replace("complaints_12_months", "complaints_ever"))
    assert "There is no fact 'complaints_ever'" in words(house.client(house.lead).get(path))
    assert "There is no fact 'complaints_ever'" in words(house.client(house.lead).get("/relationship/"))
    seen = words(house.client(house.agent).get(path))
    assert "Tell your team lead" in seen
    assert "complaints_ever" not in seen
    house.case("complaint")
    assert stages(house.customer.id) == []
    (Path(settings.FIRSTLINE_SOURCES) / "shop.yaml").write_text("key: 1")
    file.write_text(RELATIONSHIP)
    loaded.forget()
    house.case("complaint")
    assert stages(house.customer.id) == []
    (Path(settings.FIRSTLINE_SOURCES) / "shop.yaml").write_text(SOURCE)
    loaded.forget()
    file.write_text(RELATIONSHIP.replace("shop.contracts", "shop.treaties"))
    page = words(house.client(house.lead).get("/relationship/"))
    assert "There is no view 'shop.treaties'." in page
    assert "Running contracts –" in words(house.client(house.agent).get(path))


def test_who_may_come_in(house: House, shop: Path) -> None:
    for person, definitions, standing in (("agent", 403, 200), ("lead", 200, 200), ("owner", 403, 403)):
        client = house.client(house.people[person])
        assert client.get("/relationship/").status_code == definitions
        assert client.get(f"/relationship/{house.customer.id}/").status_code == standing
    User.objects.filter(id=house.stranger.id).update(roles=["lead"])
    stranger = house.client(User.objects.get(id=house.stranger.id))
    assert stranger.get(f"/relationship/{house.customer.id}/desk/").status_code == 404
    assert stranger.post(f"/relationship/{house.customer.id}/stage/", {"stage": "active"}).status_code == 404
    assert "Running contracts" not in words(stranger.get(f"/relationship/{house.customer.id}/"))
