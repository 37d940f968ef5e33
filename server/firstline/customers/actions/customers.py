"""A customer becomes known, and by what."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.customers import matching, rules, searching
from firstline.customers.actions.duplicates import note_duplicates_of
from firstline.customers.models import Customer, Identifier
from firstline.errors import FirstlineError
from firstline.search.rules import fold


class NamelessCustomer(FirstlineError):
    code = "nameless-customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIdentifier:
    """An identifier as somebody wrote it."""

    kind: str
    value: str
    is_verified: bool = False
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddress:
    """Where a customer lives, as far as somebody said."""

    street: str = ""
    house_number: str = ""
    extra_line: str = ""
    postcode: str = ""
    town: str = ""
    region: str = ""


@transaction.atomic
def create_customer(
    *,
    brand: Brand,
    kind: str = Customer.Kind.PERSON,
    number: str = "",
    salutation: str = "",
    title: str = "",
    given_name: str = "",
    family_name: str = "",
    organisation_name: str = "",
    language: str = "en",
    needs: str = "",
    address: NewAddress | None = None,
    born_on: date | None = None,
    identifiers: Iterable[NewIdentifier] = (),
) -> Customer:
    """Make a customer known, with at least a family name or an organisation's.

    Raises: NamelessCustomer.
    """
    if not (family_name.strip() or organisation_name.strip()):
        raise NamelessCustomer(_("Give a family name, or the name of an organisation."))
    lives = address or NewAddress()
    customer = Customer.objects.create(
        brand=brand,
        number=number or next_customer_number(),
        kind=kind,
        salutation=salutation,
        title=title.strip()[:40],
        given_name=given_name.strip()[:100],
        family_name=family_name.strip()[:100],
        organisation_name=organisation_name.strip()[:200],
        language=language,
        needs=needs,
        street=lives.street.strip()[:200],
        house_number=lives.house_number.strip()[:20],
        extra_line=lives.extra_line.strip()[:200],
        postcode=lives.postcode.strip()[:20],
        town=lives.town.strip()[:100],
        region=lives.region.strip()[:100],
        born_on=born_on,
    )
    for one in (*identifiers, NewIdentifier(kind=rules.CUSTOMER_NUMBER, value=customer.number, is_verified=True)):
        _add(customer, one)
    refresh_search_text(customer)
    note_duplicates_of(customer)
    return customer


@transaction.atomic
def add_identifier(*, customer_id: UUID, identifier: NewIdentifier) -> None:
    """Note another way by which a customer is known; what is no address or number of its kind is left out."""
    customer = Customer.objects.select_related("brand").get(id=customer_id)
    _add(customer, identifier)
    refresh_search_text(customer)


def next_customer_number() -> str:
    """Take the next number for a customer whom no back-office system knows yet."""
    return next(next_customer_numbers(1))


def next_customer_numbers(count: int) -> Iterator[str]:
    """Take as many of them at once; they are gone, whether they are used or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('new_customer_number') FROM generate_series(1, %s)", [count])
        taken = cursor.fetchall()
    return ("N" + ids.short_number(number) for (number,) in taken)


def refresh_search_text(customer: Customer) -> None:
    """Write down what the search looks through, and the keys under which the customer is recognised."""
    known = list(Identifier.objects.filter(customer=customer).exclude(kind__startswith="source:"))
    note_what_finds(customer, known)
    customer.save(update_fields=["search_text", "match_keys"])
    searching.note(customer, known)


def note_what_finds(customer: Customer, known: Iterable[searching.KnownBy]) -> None:
    """Fill in, without saving, by what a customer with these identifiers is found."""
    visible = [one for one in known if not one.kind.startswith("source:")]
    customer.search_text = search_text(customer, visible)
    profile = customer.profile(
        phones=[one.value for one in visible if one.kind == rules.PHONE],
        emails=[one.value for one in visible if one.kind == rules.EMAIL],
    )
    customer.match_keys = sorted(matching.blocking_keys(profile))


def search_text(customer: searching.Findable, known: Iterable[searching.KnownBy]) -> str:
    """Write name and numbers without accents and capitals."""
    words = [customer.name, customer.number, *(word for one in known for word in (one.value, one.shown))]
    return fold(" ".join(words))


def _add(customer: Customer, identifier: NewIdentifier) -> None:
    value = rules.normalise(identifier.kind, identifier.value, country=customer.brand.country)
    if not value:
        return
    Identifier.objects.get_or_create(
        customer=customer,
        kind=identifier.kind,
        value=value[:254],
        defaults={
            "shown": identifier.value.strip()[:254],
            "is_verified": identifier.is_verified,
            "evidence": identifier.evidence[:200],
            "created_at": clock.now(),
        },
    )
