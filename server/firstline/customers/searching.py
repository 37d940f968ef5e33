"""By what customers are found."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

from firstline.accounts.models import Brand
from firstline.customers import rules
from firstline.customers.models import Customer
from firstline.search import actions as search
from firstline.search.ports import Found

KIND = "customer"


class KnownBy(Protocol):
    """An identifier, as far as it finds: normalised, and as it was written."""

    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def shown(self) -> str: ...


class Findable(Protocol):
    """A customer as far as it is found, in the database or about to be."""

    @property
    def id(self) -> UUID: ...
    @property
    def brand(self) -> Brand: ...
    @property
    def number(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...


def note(customer: Customer, known: Iterable[KnownBy]) -> None:
    """Write down by what a customer with these identifiers is found."""
    search.note(found_of(customer, known))


def found_of(customer: Findable, known: Iterable[KnownBy]) -> Found:
    """Say by what a customer is found: the name, also misspelled, address, numbers and phone numbers in any spelling."""
    visible = [one for one in known if not one.kind.startswith("source:")]
    return Found(
        kind=KIND,
        subject_id=customer.id,
        brand=customer.brand.key,
        at=customer.created_at,
        names=customer.name,
        text=" · ".join(filter(None, (customer.address, *(one.shown for one in visible if one.kind == rules.EMAIL)))),
        numbers=(customer.number, *(one.value for one in visible if one.kind == rules.CUSTOMER_NUMBER)),
        phones=tuple(digits for one in visible if one.kind == rules.PHONE for digits in rules.dialled(one.value)),
    )


def feed(*, size: int) -> Iterator[list[Found]]:
    """Give all customers."""
    everybody = Customer.objects.select_related("brand").prefetch_related("identifiers").order_by("id")
    batch = list(everybody[:size])
    while batch:
        yield [found_of(one, one.identifiers.all()) for one in batch]
        batch = list(everybody.filter(id__gt=batch[-1].id)[:size])
