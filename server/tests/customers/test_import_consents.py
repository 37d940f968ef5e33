"""What another company's customers said about being contacted comes in with them, and never overrules what they told us."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firstline.accounts.principals import process_principal
from firstline.customers import actions, queries
from firstline.customers.models import Consent, Customer
from firstline.customers.reader import CannotImport
from tests.conftest import House

pytestmark = pytest.mark.django_db
MAPPING = {
    "Name": "family_name",
    "News": "consent:newsletter:email",
    "Post": "consent:newsletter:letter",
    "On": "consent_on",
    "Form": "consent_source",
}
PURPOSES = "purposes: {newsletter: {label: {en: Newsletter}, channels: [email, letter]}}\n"


@pytest.fixture(autouse=True)
def purposes(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_CUSTOMERS = tmp_path / "customers"
    path = tmp_path / "customers" / "default" / "purposes.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(PURPOSES)


def take_in(house: House, tmp_path: Path, *rows: str, mapping: dict[str, str] = MAPPING) -> list[tuple[int, str]]:
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(["Name;News;Post;On;Form", *rows, ""]))
    what = {"path": path, "brand": house.brand, "mapping": mapping, "on_batch": lambda far: None}
    done = actions.import_customers(**what, principal=process_principal())
    return [(one.row, one.column) for one in actions.problems_of(done)]


def test_each_word_comes_with_its_day_and_what_shows_it(house: House, tmp_path: Path) -> None:
    assert take_in(house, tmp_path, "Ada;Ja;nein;31.12.2024;form 17", "Bob;;;;", "Cem;no;;;") == []
    ada, cem = Customer.objects.get(family_name="Ada"), Customer.objects.get(family_name="Cem")
    said = {one.channel: one for one in Consent.objects.filter(customer=ada)}
    assert {key: one.is_given for key, one in said.items()} == {"email": True, "letter": False}
    assert (said["email"].way, said["email"].evidence) == ("import", "form 17")
    assert said["email"].said_at == datetime(2024, 12, 30, 23, tzinfo=UTC)  # midnight in Berlin
    assert queries.why_not(ada.id, brand=house.brand.key, purpose="newsletter", channel="email") == ""
    # A no counts also where nobody knows since when.
    assert Consent.objects.get(customer=cem).is_given is False
    assert queries.why_not(cem.id, brand=house.brand.key, purpose="newsletter", channel="email") != ""
    assert Consent.objects.count() == 3


def test_a_yes_that_nothing_shows_is_a_mistake_of_its_row(house: House, tmp_path: Path) -> None:
    problems = take_in(
        house,
        tmp_path,
        "Ada;yes;;;form 1",
        "Bob;yes;;31.12.2024;",
        "Cem;maybe;;;",
        "Dan;no;;31.02.2024;",
        "Eve;;;;form 2",
    )
    assert problems == [(2, "consent_on"), (3, "consent_source"), (4, "consent:newsletter:email"), (5, "consent_on")]
    assert not Consent.objects.exists()


def test_only_what_the_brand_contacts_people_for_can_be_chosen(house: House, tmp_path: Path) -> None:
    for field in ("consent:surveys:email", "consent:newsletter:phone"):
        with pytest.raises(CannotImport, match=field):
            take_in(house, tmp_path, "Ada;yes;;;", mapping={"Name": "family_name", "News": field})
    with pytest.raises(CannotImport, match="no field"):
        take_in(house, tmp_path, "Ada;yes;;;", mapping={"Name": "family_name", "News": "consent:newsletter:pigeon"})
    assert not Customer.objects.filter(family_name="Ada").exists()
