"""Reads about customers."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers import rules
from firstline.customers.access import visible_customers
from firstline.customers.models import Customer, Identifier

MAX_CANDIDATES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    """A customer as screens and processes want them."""

    id: UUID
    number: str
    name: str
    kind: str
    salutation: str
    salutation_line: str
    language: str
    needs: str
    email: str
    phone: str
    brand: str


def recognise(
    *, brand: Brand, email: str = "", phone: str = "", customer_number: str = "", text: str = ""
) -> list[rules.Candidate]:
    """List who it may be, best-founded first, by address, phone number and customer numbers found in the text."""
    wanted: list[tuple[str, str]] = []
    for kind, value in ((rules.EMAIL, email), (rules.PHONE, phone), (rules.CUSTOMER_NUMBER, customer_number)):
        normalised = rules.normalise(kind, value, country=brand.country) if value else ""
        if normalised:
            wanted.append((kind, normalised))
    wanted += [(rules.CUSTOMER_NUMBER, number) for number in rules.numbers_in(text)]
    if not wanted:
        return []
    either = Q()
    for kind, value in wanted:
        either |= Q(kind=kind, value=value)
    return _candidates(Identifier.objects.filter(either, customer__brand=brand))


def _candidates(identifiers: "QuerySet[Identifier]") -> list[rules.Candidate]:
    evidence: dict[UUID, list[rules.Evidence]] = defaultdict(list)
    customers: dict[UUID, Customer] = {}
    for found in identifiers.select_related("customer").order_by("kind", "value")[: MAX_CANDIDATES * 5]:
        customers[found.customer_id] = found.customer
        evidence[found.customer_id].append(
            rules.Evidence(kind=found.kind, shown=found.shown, is_verified=found.is_verified)
        )
    return rules.rank(
        rules.Candidate(customer_id=key, name=one.name, number=one.number, evidence=tuple(evidence[key]))
        for key, one in customers.items()
    )[:MAX_CANDIDATES]


def customer_card(customer_id: UUID) -> CustomerCard:
    """Describe a customer."""
    return cards([customer_id])[customer_id]


def cards(customer_ids: list[UUID]) -> dict[UUID, CustomerCard]:
    """Describe several customers, in two queries."""
    found = Customer.objects.filter(id__in=customer_ids).select_related("brand").prefetch_related("identifiers")
    return {customer.id: _card(customer) for customer in found}


def _card(customer: Customer) -> CustomerCard:
    shown = {
        one.kind: one
        for one in sorted(customer.identifiers.all(), key=lambda one: (one.is_verified, one.id), reverse=True)[::-1]
    }
    return CustomerCard(
        id=customer.id,
        number=customer.number,
        name=customer.name,
        kind=customer.kind,
        salutation=customer.salutation,
        salutation_line=rules.salutation_line(
            language=customer.language,
            salutation=customer.salutation,
            title=customer.title,
            given_name=customer.given_name,
            family_name=customer.family_name,
            organisation_name=customer.organisation_name,
        ),
        language=customer.language,
        needs=customer.needs,
        email=shown[rules.EMAIL].value if rules.EMAIL in shown else "",
        phone=shown[rules.PHONE].value if rules.PHONE in shown else "",
        brand=customer.brand.key,
    )


def identifiers_of(customer_id: UUID) -> dict[str, list[str]]:
    """List by what a customer is known, by kind, verified ones first."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in Identifier.objects.filter(customer_id=customer_id).order_by("-is_verified", "created_at"):
        found[one.kind].append(one.value)
    return dict(found)


def search_customers(*, principal: Principal, text: str, limit: int = 20) -> list[CustomerCard]:
    """Find customers by name, number, address or phone; all words must be found."""
    words = rules.fold(text).split()
    if not words:
        return []
    query = visible_customers(principal)
    for word in words[:6]:
        query = query.filter(search_text__contains=word)
    return list(cards([one.id for one in query.order_by("family_name", "organisation_name", "id")[:limit]]).values())
