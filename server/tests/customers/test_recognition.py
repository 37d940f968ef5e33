"""Who it is: by all evidence, never silently when there is more than one answer."""

import pytest

from firstline.accounts.models import Brand
from firstline.customers import actions, queries, rules
from firstline.customers.actions import NewIdentifier
from firstline.customers.models import Customer


@pytest.fixture
def brand(db: None) -> Brand:
    return Brand.objects.create(key="test", names={"en": "Test"}, country="DE")


def known(brand: Brand, name: str, *, number: str = "", **identifiers: str) -> Customer:
    return actions.create_customer(
        brand=brand,
        family_name=name,
        number=number,
        identifiers=[NewIdentifier(kind=kind, value=value) for kind, value in identifiers.items()],
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "ADA@Example.com "},
        {"phone": "0170 111 22 33"},
        {"phone": "+49 170 1112233"},
        {"customer_number": "lw 1234-5678"},
        {"text": "Hallo, Kundennr. LW-1234-5678, bitte um Rückruf"},
        {"text": "my number is 12345678."},
    ],
)
def test_a_customer_is_found_however_the_identifier_is_spelled(brand: Brand, asked: dict[str, str]) -> None:
    ada = known(brand, "Lind", number="LW-1234-5678", email="ada@example.com", phone="+491701112233")
    actions.add_identifier(customer_id=ada.id, identifier=NewIdentifier(kind="customer_number", value="12345678"))
    known(brand, "Other", email="other@example.com")
    assert [one.customer_id for one in queries.recognise(brand=brand, **asked)] == [ada.id]


def test_several_candidates_are_all_shown_and_none_is_chosen(brand: Brand) -> None:
    known(brand, "Müller", phone="+493012345")
    known(brand, "Abel", phone="030 12345", email="abel@example.com")
    found = queries.recognise(brand=brand, phone="+493012345", email="abel@example.com")
    assert [one.name for one in found] == ["Abel", "Müller"]
    assert [[one.kind for one in candidate.evidence] for candidate in found] == [["email", "phone"], ["phone"]]
    assert rules.recognised(found) is None


def test_another_brands_customers_stay_unknown(brand: Brand) -> None:
    other = Brand.objects.create(key="other", country="DE")
    known(other, "Lind", email="ada@example.com")
    assert queries.recognise(brand=brand, email="ada@example.com") == []


@pytest.mark.parametrize("text", ["", "no digits here", "@1234", "x" * 100_000, "1" * 5000, "\x00"])
def test_text_without_a_number_finds_nobody(brand: Brand, text: str) -> None:
    known(brand, "Lind", number="LW-1234-5678")
    assert queries.recognise(brand=brand, text=text) == []


def test_a_customer_needs_a_name(brand: Brand) -> None:
    with pytest.raises(actions.NamelessCustomer):
        actions.create_customer(brand=brand, given_name="Ada")


@pytest.mark.parametrize(
    ("language", "salutation", "line"),
    [
        ("de", "ms", "Sehr geehrte Frau Dr. Lind,"),
        ("de", "mr", "Sehr geehrter Herr Dr. Lind,"),
        ("de", "", "Guten Tag Dr. Ada Lind,"),
        ("nl", "ms", "Geachte mevrouw Dr. Lind,"),
        ("en", "mr", "Dear Mr Dr. Lind,"),
        ("fr", "ms", "Dear Ms Dr. Lind,"),
    ],
)
def test_letters_begin_as_the_language_has_it(language: str, salutation: str, line: str) -> None:
    made = rules.salutation_line(
        language=language,
        salutation=salutation,
        title="Dr.",
        given_name="Ada",
        family_name="Lind",
        organisation_name="",
    )
    assert made == line


def test_an_organisation_is_greeted_without_a_name() -> None:
    line = rules.salutation_line(
        language="de", salutation="", title="", given_name="", family_name="", organisation_name="Lind GmbH"
    )
    assert line == "Sehr geehrte Damen und Herren,"
