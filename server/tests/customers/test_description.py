"""Who it may be by what somebody says: found through the database, most probable first, with reasons."""

from datetime import date

import pytest

from firstline.accounts.models import Brand
from firstline.customers import actions, queries
from firstline.customers.actions import NewAddress, NewIdentifier
from firstline.customers.models import Customer, LearnedWeights
from firstline.customers.queries import Said

pytestmark = pytest.mark.django_db
GARDEN = NewAddress(street="Gartenstraße", house_number="12", postcode="10115", town="Berlin")


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(key="test", names={"en": "Test"}, country="DE")


def known(brand: Brand, given: str, family: str, **more: object) -> Customer:
    return actions.create_customer(brand=brand, given_name=given, family_name=family, **more)  # type: ignore[arg-type]  # fields as the test names them


@pytest.mark.parametrize(
    "said",
    [
        Said(given_name="Ada", family_name="Lindquist", postcode="10115"),
        Said(given_name="Lindqvist", family_name="Ada"),
        Said(family_name="Lindkvist", town="Berlin", street="Gartenstr."),
        Said(street="Gartenstr", house_number="12", postcode="10115"),
        Said(phone="0170 111 22 33"),
        Said(email=" ADA@example.test"),
        Said(given_name="Ada", birth_date="1970-03-04"),
    ],
)
def test_a_customer_is_found_by_whatever_they_say(brand: Brand, said: Said) -> None:
    numbers = [
        NewIdentifier(kind="phone", value="+491701112233"),
        NewIdentifier(kind="email", value="ada@example.test"),
    ]
    ada = known(brand, "Ada", "Lindqvist", address=GARDEN, born_on=date(1970, 3, 4), identifiers=numbers)
    for number in range(30):
        known(
            brand,
            "Bob",
            f"Zander{number}",
            address=NewAddress(street="Am Ring", house_number=str(number), postcode="20095", town="Hamburg"),
        )
    found = queries.recognise_by_description(brand=brand, said=said)
    assert found[0].card.id == ada.id
    assert found[0].evidence
    assert found[0].probability > 0.3


def test_who_says_everything_is_certain(brand: Brand) -> None:
    ada = known(
        brand,
        "Ada",
        "Lindqvist",
        address=GARDEN,
        born_on=date(1970, 3, 4),
        identifiers=[NewIdentifier(kind="phone", value="+491701112233")],
    )
    known(brand, "Torsten", "Lindqvist", address=GARDEN, born_on=date(1968, 1, 9))
    said = Said(
        given_name="Ada",
        family_name="Lindqvist",
        street="Gartenstr.",
        house_number="12",
        postcode="10115",
        birth_date="1970-03-04",
        phone="0170 1112233",
    )
    found = queries.recognise_by_description(brand=brand, said=said)
    assert found[0].card.id == ada.id
    assert found[0].is_certain


@pytest.mark.parametrize(
    "said",
    [Said(), Said(family_name="Nobody", postcode="99999"), Said(phone="x", email="y"), Said(family_name="\x00" * 9)],
)
def test_who_says_nothing_that_is_known_is_nobody(brand: Brand, said: Said) -> None:
    known(brand, "Ada", "Lindqvist", address=GARDEN)
    assert queries.recognise_by_description(brand=brand, said=said) == []


def test_another_brands_customers_are_not_shown(brand: Brand) -> None:
    known(Brand.objects.create(key="other", country="DE"), "Ada", "Lindqvist", address=GARDEN)
    assert queries.recognise_by_description(brand=brand, said=Said(given_name="Ada", family_name="Lindqvist")) == []


def test_one_who_was_two_is_shown_once_with_both_chances(brand: Brand, django_user_model: object) -> None:
    from firstline import clock
    from firstline.accounts.principals import process_principal

    one, other = known(brand, "Ada", "Lindqvist", address=GARDEN), known(brand, "Ada", "Lindquist", address=GARDEN)
    said = Said(given_name="Ada", family_name="Lindqvist", postcode="10115")
    assert len(queries.recognise_by_description(brand=brand, said=said)) == 2
    actions.merge_customers(
        survivor_id=one.id, merged_id=other.id, reason="same", principal=process_principal(), now=clock.now()
    )
    (found,) = queries.recognise_by_description(brand=brand, said=said)
    assert found.card.id == one.id


def test_counting_the_customers_makes_a_common_name_say_less(brand: Brand) -> None:
    for number in range(40):
        known(brand, "Anna", "Schmidt", address=NewAddress(postcode=f"{10000 + number}", town=f"Town{number}"))
    known(brand, "Ada", "Lindqvist")
    assert actions.count_customers() == 41
    assert LearnedWeights.objects.get().customers == 41

    def bits(name: str, given: str) -> float:
        found = queries.recognise_by_description(brand=brand, said=Said(family_name=name, given_name=given))
        return next(one.bits for one in found[0].evidence if one.field == "family_name")

    assert bits("Lindqvist", "Ada") > bits("Schmidt", "Anna") + 4
    assert actions.count_customers() == 41
