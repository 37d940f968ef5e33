"""The made-up customers: the same every time, plausible, and with records that disagree."""

from collections import Counter
from datetime import date
from decimal import Decimal

import phonenumbers
import pytest

from firstline.demo.generate import QUIRKS, World, make_world

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(today=TODAY)


def test_the_same_seed_gives_the_same_people(world: World) -> None:
    assert make_world(count=60, today=TODAY).customers == world.customers[:60]
    assert make_world(count=60, seed=2, today=TODAY).customers[10:] != world.customers[10:60]


def test_the_people_of_the_story_are_the_same_whatever_the_seed(world: World) -> None:
    other = make_world(count=10, seed=99, today=TODAY)
    assert other.story == world.story
    assert list(world.story) == ["petra", "emily", "joost", "mehmet", "bakery", "ursula"]
    assert (world.story["petra"].phone, world.story["petra"].printed_number) == ("+491713920011", "LW-1123-4567")


def test_what_must_be_unique_is(world: World) -> None:
    customers = world.customers
    assert len(customers) == 2000
    assert len({one.number for one in customers}) == 2000
    assert len({one.email for one in customers}) == 2000
    for ids in ("billing_ids", "master_ids", "order_ids"):
        every = [key for one in customers for key in getattr(one, ids)]
        assert len(every) == len(set(every))
    invoices = [bill.number for one in customers for contract in one.contracts for bill in contract.invoices]
    assert len(invoices) == len(set(invoices)) > 10_000


def test_the_mix_is_as_wanted(world: World) -> None:
    countries = Counter(one.address.country for one in world.customers)
    assert 0.55 < countries["DE"] / 2000 < 0.65
    assert 0.15 < countries["NL"] / 2000 < 0.25
    kinds = Counter(one.kind for one in world.customers)
    assert 0.08 < kinds["organisation"] / 2000 < 0.12
    quirks = Counter(quirk for one in world.customers for quirk in one.quirks)
    for quirk, share in QUIRKS.items():
        assert 0.5 * share < quirks[quirk] / 2000 < 1.6 * share, quirk


def test_telephone_numbers_are_possible_and_ibans_check(world: World) -> None:
    for one in world.customers:
        assert phonenumbers.is_possible_number(phonenumbers.parse(one.phone))
        turned = one.iban[4:] + one.iban[:4]
        assert int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def test_the_story_has_what_it_tells_of(world: World) -> None:
    emily, mehmet, bakery = world.story["emily"], world.story["mehmet"], world.story["bakery"]
    unpaid = [bill for contract in emily.contracts for bill in contract.invoices if bill.dunning_level]
    assert len(unpaid) == 1
    amounts = [bill.amount for bill in mehmet.contracts[0].invoices]
    assert amounts[-1] > Decimal("1.5") * max(amounts[:-1])
    assert len(bakery.contracts) == 2
    assert world.story["ursula"].order_ids == ()


def test_nothing_lies_in_the_future_that_should_not(world: World) -> None:
    for one in world.customers:
        assert one.since < TODAY
        for contract in one.contracts:
            assert all(bill.issued_on <= TODAY and (bill.paid_on or TODAY) <= TODAY for bill in contract.invoices)
