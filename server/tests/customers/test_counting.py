"""How common what is: counted of each way of writing, as if each customer had been looked at."""

from datetime import date

import pytest

from firstline.accounts.models import Brand
from firstline.customers import matching
from firstline.customers.actions import NewAddress, NewIdentifier, count_customers, create_customer
from firstline.customers.models import Customer, ValueCount
from firstline.customers.queries.profiles import profiles_of

pytestmark = pytest.mark.django_db


def test_values_are_counted_as_they_are_compared_and_only_of_those_who_live_on() -> None:
    brand = Brand.objects.create(key="test", names={"en": "Test"}, country="DE")
    made = [
        create_customer(
            brand=brand,
            given_name=given,
            family_name=family,
            born_on=born,
            address=NewAddress(street=street, postcode="10115", town="Berlin"),
            identifiers=[NewIdentifier(kind="phone", value="030 1112233"), NewIdentifier(kind="email", value=email)],
        )
        for given, family, born, street, email in (
            ("Jo", "Groß", date(1970, 3, 4), "Lange Str.", "one@example.test"),
            ("Jo", "GROSS", date(1970, 3, 4), "Lange Straße", "one@example.test"),
            ("Ada", "Jo", None, "Weg", "two@example.test"),
            ("Ada", "Groß", None, "Weg", "one@example.test"),
        )
    ]
    made.append(create_customer(brand=brand, organisation_name="Lind GmbH"))
    made.append(create_customer(brand=brand, organisation_name="LIND"))
    Customer.objects.filter(id=made[3].id).update(merged_into=made[2])
    assert count_customers() == 5
    living = profiles_of(one.id for one in made if one is not made[3])
    expected = matching.count_values(living.values())
    counted = {(pool, value): count for pool, value, count in ValueCount.objects.values_list("pool", "value", "count")}
    assert counted == {known: count for known, count in expected.counts.items() if count > 1}
    assert counted["name", "gross"] == 2
    assert counted["line", "langestreet"] == 2
    assert counted["organisation", "lind"] == 2
