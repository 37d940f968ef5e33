"""A house with a policy, and a system that knows the answers to its questions."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer
from firstline.identity import actions
from firstline.identity.actions import Asking, Outcome
from firstline.identity.adapters import loaded as policies
from firstline.identity.models import Attempt
from firstline.identity.queries import askable, asked_in
from firstline.identity.queries.asking import current_question
from firstline.sources.adapters import loaded as sources

SOURCE = """
key: files
label: {en: Files}
connector: sql
connection: {url: {file: files.url}}
customer:
  - {kind: customer_number}
views:
  person:
    label: {en: Person}
    tile: fields
    read: {sql: "SELECT * FROM person WHERE id = :customer"}
    fields:
      - {name: born, label: {en: Born}, type: date, sensitive: true}
      - {name: postcode, label: {en: Postcode}}
      - {name: iban, label: {en: IBAN}, sensitive: true}
      - {name: pet, label: {en: Pet}}
"""
POLICY = """
needs:
  sensitive: basic
  reasons: {change-of-address: basic, bank-details: strong}
  commands: {billing.change_address: basic, master.change_address: strong}
ways:
  - {way: questions, level: basic, right: 2}
  - {way: code, level: strong}
  - {way: callback, level: basic, channels: [phone]}
  - {way: document, level: strong}
  - {way: letter, level: basic}
  - {way: relay, level: basic}
questions:
  - {key: born, view: files.person, field: born, compare: date, ask: {en: When were you born?}}
  - {key: postcode, view: files.person, field: postcode, compare: postcode, ask: {en: Your postcode?}}
  - {key: iban, view: files.person, field: iban, compare: last4, ask: {en: The last four of your IBAN?}}
  - {key: pet, view: files.person, field: pet, ask: {en: Your pet?}}
""".replace("?}", "?'}").replace("{en: W", "{en: 'W").replace("{en: Your", "{en: 'Your").replace("{en: The", "{en: 'The")  # fmt: skip
ANSWERS = {"born": "4.3.1980", "postcode": "50667", "iban": "3000"}


@pytest.fixture(autouse=True)
def rules(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The policy of all brands, and the system."""
    for name, text in (("sources", SOURCE), ("identity", POLICY)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "all.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "files.url").write_text(f"sqlite:///{tmp_path / 'files.sqlite'}")
    known = sqlite3.connect(tmp_path / "files.sqlite")
    known.executescript(
        "CREATE TABLE person (id, born, postcode, iban, pet);"
        "INSERT INTO person VALUES ('104711', '1980-03-04', '50667', 'DE89370400440532013000', NULL)"
    )
    known.close()
    settings.FIRSTLINE_SOURCES, settings.FIRSTLINE_SECRETS = tmp_path / "sources", tmp_path
    settings.FIRSTLINE_IDENTITY = tmp_path / "identity"
    settings.FIRSTLINE_FILES = tmp_path / "stored"
    sources.forget()
    policies.forget()
    yield tmp_path
    sources.forget()
    policies.forget()


@dataclass
class Door:
    """Somebody at the door of the house: a contact, and what is tried there."""

    house: Any
    contact: Contact

    def asking(self, *, by: Any = None) -> Asking:
        contact = Contact.objects.select_related("brand").get(id=self.contact.id)
        return contact_actions.asking_in(
            contact, principal=self.house.principal(by or self.house.agent), now=clock.now()
        )

    def question(self) -> str | None:
        asking = self.asking()
        asked = asked_in(self.contact.id, asking.speaker_id)
        known = askable(asking.speaker_id, policy=asking.policy)
        return current_question(asking.policy, known, asked, channel=asking.channel, contact_id=self.contact.id)

    def answer(self, *, right: bool, key: str | None = None, by: Any = None) -> Outcome:
        key = key or self.question()
        return actions.answer_question(self.asking(by=by), key=key or "", said=ANSWERS[key or ""] if right else "wrong")

    def lock(self) -> None:
        for number in range(3):
            asking = self.asking()
            Attempt.objects.create(
                contact_id=self.contact.id, customer_id=asking.speaker_id, way="questions", what=str(number),
                is_right=False, at=clock.now(),
            )  # fmt: skip


@pytest.fixture
def door(bare_house: Any) -> Door:
    """Sabine Krüger calls."""
    return Door(bare_house, bare_house.call())


@pytest.fixture
def mother(bare_house: Any) -> Customer:
    """Somebody who may speak for Sabine."""
    return customer_actions.create_customer(
        brand=bare_house.brand,
        salutation="ms",
        given_name="Erna",
        family_name="Krüger",
        language="de",
        identifiers=[NewIdentifier(kind="email", value="erna@example.test", is_verified=True)],
    )
