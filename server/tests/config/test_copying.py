"""Many rows at once: what COPY writes is what saving one by one writes."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from firstline import copying
from firstline.accounts.models import Brand
from firstline.customers.models import Customer, CustomerImport, Identifier

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
ODD = 'a\tb\nc\\d\\N "ä" \u2028,{}'


@pytest.fixture
def brand() -> Brand:
    return Brand.objects.create(key="test", names={"en": "Test"}, country="DE")


def test_what_is_copied_is_what_is_saved(brand: Brand) -> None:
    known = CustomerImport.objects.create(brand=brand, sha256="0", started_at=AT)
    fields = {
        "brand": brand,
        "family_name": ODD,
        "needs": "",
        "need_keys": ["large_print", 'a"b'],
        "reach_days": [1, 5],
        "match_keys": [-(2**63), 2**63 - 1],
        "born_on": date(1970, 12, 31),
        "imported_by": known,
        "created_at": AT,
    }
    saved = Customer.objects.create(number="1", **fields)
    copying.copy_in(Customer, [Customer(number="2", **fields), Customer(number="3", brand=brand)])
    read = Customer.objects.get(number="2")
    names = [field.attname for field in Customer._meta.concrete_fields if field.attname not in {"id", "number"}]
    assert [getattr(read, name) for name in names] == [getattr(saved, name) for name in names]
    assert Customer.objects.get(number="3").need_keys == []


def test_what_is_left_to_the_database_gets_its_default(brand: Brand) -> None:
    customer = Customer.objects.create(brand=brand, number="1", family_name="Lind")
    copying.copy_in(Identifier, [Identifier(customer=customer, kind="phone", value="1", shown="")])
    read = Identifier.objects.get()
    assert (read.verified_by, read.shown, read.verified_at, read.is_verified) == ("", "", None, False)


def test_a_row_that_mustnt_be_is_djangos_error(brand: Brand) -> None:
    with pytest.raises(IntegrityError, match="customer_number"):
        copying.copy_in(Customer, [Customer(brand=brand, number="1", id=uuid.uuid4()) for _ in range(2)])
