"""Who is compared with whom: few, however many have the same name, and those who share most."""

from datetime import date
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps

from firstline.accounts.models import Brand
from firstline.customers.actions import NewAddress, NewIdentifier, create_customer, duplicates
from firstline.customers.models import Candidate, Customer
from firstline.customers.queries.profiles import sharing_keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(key="test", names={"en": "Test"}, country="DE")


def known(brand: Brand, *keys: int) -> UUID:
    number = str(Customer.objects.count())
    return Customer.objects.create(brand=brand, number=number, family_name="Lind", match_keys=list(keys)).id


def pairs() -> set[tuple[UUID, UUID]]:
    duplicates.gather_candidates(None)
    return set(Candidate.objects.values_list("left_id", "right_id"))


def test_what_two_share_is_worth_a_look_and_what_many_share_is_not(brand: Brand) -> None:
    two = known(brand, 1), known(brand, 1)
    for _ in range(3):
        known(brand, 2)
    for _ in range(duplicates.MAX_UNDER_KEY + 1):
        known(brand, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    assert pairs() == {(min(two), max(two))}


def test_several_things_in_common_are_worth_as_much_as_a_rare_one(brand: Brand) -> None:
    both = known(brand, 1, 2), known(brand, 1, 2)
    neither = known(brand, 3, 4), known(brand, 3, 4)
    for key, others in ((1, 3), (2, 3), (3, 3), (4, 4)):
        for _ in range(others):
            known(brand, key)
    # Two of five twice is 2/5; two of five and two of six is less.
    assert pairs() == {(min(both), max(both))}
    assert not {(min(neither), max(neither))} & pairs()


def test_many_copies_of_one_are_all_compared(brand: Brand) -> None:
    copies = [known(brand, *range(10)) for _ in range(duplicates.MAX_UNDER_KEY)]
    assert len(pairs()) == len(copies) * (len(copies) - 1) // 2


def test_they_are_taken_in_order_and_once(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "BATCH", 2)
    for _ in range(3):
        known(brand, 1, 2)
    assert len(pairs()) == 3
    left = sorted(Candidate.objects.values_list("left_id", flat=True))
    done = [duplicates.note_some_duplicates(None) for _ in range(3)]
    assert [one.pairs if one else None for one in done] == [2, 1, None]
    assert left == [left[0], left[0], left[2]]
    assert not Candidate.objects.exists()


def test_who_shares_several_things_comes_first_and_no_more_than_asked(brand: Brand) -> None:
    elsewhere = Brand.objects.create(key="other", names={"en": "Other"}, country="DE")
    known(elsewhere, 1, 2, 3)
    for _ in range(5):
        known(brand, 1)
    best, second = known(brand, 1, 2, 3), known(brand, 2, 3)
    found = sharing_keys(brand.id, [1, 2, 3, 4], most=3)
    assert found[:2] == [best, second]
    assert len(found) == 3
    assert sharing_keys(brand.id, [], most=3) == []


def test_keys_of_before_are_renewed(brand: Brand) -> None:
    migration = import_module("firstline.customers.migrations.0009_renew_match_keys")
    address = NewAddress(street="Gartenstraße", house_number="12", postcode="10115", town="Berlin")
    phone = NewIdentifier(kind="phone", value="0170 1112233")
    made = [
        create_customer(brand=brand, family_name=name, address=address, born_on=date(1970, 3, 4), identifiers=[phone])
        for name in ("Lind", "Lindt", "Lindner")
    ]
    Customer.objects.update(match_keys=[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "BATCH", 2)
        migration.renew(apps, None)
    assert [Customer.objects.get(id=one.id).match_keys for one in made] == [one.match_keys for one in made]
