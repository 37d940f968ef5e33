"""Customers by what they are known by, and as screens want them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers import rules
from firstline.customers.access import visible_customers
from firstline.customers.models import Customer, Identifier
from firstline.customers.queries.survivors import same_as, survivors_of
from firstline.customers.searching import KIND
from firstline.remembered import once_a_page
from firstline.search import queries as search

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
    address: str = ""
    # See needs.NEEDS.
    need_keys: tuple[str, ...] = ()
    preferred_channel: str = ""


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
    """Gather what points to one and the same customer, also after merges.

    The candidate is whom the evidence names, so that undoing a merge parts what came in meanwhile, too; only evidence
    that names several who were merged stands for the survivor.
    """
    found = list(identifiers.select_related("customer").order_by("kind", "value")[: MAX_CANDIDATES * 5])
    survivors = survivors_of(one.customer_id for one in found)
    evidence: dict[UUID, list[Identifier]] = defaultdict(list)
    for one in found:
        evidence[survivors[one.customer_id]].append(one)
    described = cards(list(evidence))
    return rules.rank(_candidate(described[key], known) for key, known in evidence.items())[:MAX_CANDIDATES]


def _candidate(card: CustomerCard, known: list[Identifier]) -> rules.Candidate:
    named = {one.customer_id for one in known}
    return rules.Candidate(
        customer_id=named.pop() if len(named) == 1 else card.id,
        name=card.name,
        number=card.number,
        evidence=tuple(
            {
                (one.kind, one.value): rules.Evidence(kind=one.kind, shown=one.shown, is_verified=one.is_verified)
                for one in sorted(known, key=lambda one: one.is_verified)
            }.values()
        ),
    )


def customer_card(customer_id: UUID) -> CustomerCard:
    """Describe a customer; who was merged is described as whom they live on."""
    return _card(records_of(customer_id), _identifiers(same_as(customer_id)))


@once_a_page
def records_of(customer_id: UUID) -> tuple[Customer, ...]:
    """Give all records that are this customer, the survivor's first."""
    found = Customer.objects.filter(id__in=same_as(customer_id)).select_related("brand")
    return tuple(sorted(found, key=lambda one: (one.merged_into_id is not None, one.id)))


@once_a_page
def _identifiers(customer_ids: tuple[UUID, ...]) -> tuple[Identifier, ...]:
    """Give by what these are known, verified ones first."""
    return tuple(Identifier.objects.filter(customer_id__in=customer_ids).order_by("-is_verified", "created_at"))


def cards(customer_ids: list[UUID]) -> dict[UUID, CustomerCard]:
    """Describe several customers in four queries; who was merged is described as whom they live on."""
    survivors = survivors_of(customer_ids)
    found = _with_merged(set(survivors.values()))
    return {
        asked: _card(found[survivor], [known for one in found[survivor] for known in one.identifiers.all()])
        for asked, survivor in survivors.items()
    }


def _with_merged(survivor_ids: set[UUID]) -> dict[UUID, list[Customer]]:
    """Give each survivor with those who live on as them, the survivor first."""
    above = {id_: id_ for id_ in survivor_ids}
    while True:
        lower = dict(
            Customer.objects.filter(merged_into_id__in=list(above))
            .exclude(id__in=list(above))
            .values_list("id", "merged_into_id")
        )
        if not lower:
            break
        above |= {id_: above[upper] for id_, upper in lower.items()}
    found = Customer.objects.filter(id__in=list(above)).select_related("brand").prefetch_related("identifiers")
    together: dict[UUID, list[Customer]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.id not in survivor_ids, one.id)):
        together[above[one.id]].append(one)
    return together


def _card(these: Sequence[Customer], known: Iterable[Identifier]) -> CustomerCard:
    customer = these[0]
    shown = {one.kind: one for one in sorted(known, key=lambda one: (one.is_verified, one.id), reverse=True)[::-1]}

    def first(field: str) -> str:
        return next((value for one in these if (value := str(getattr(one, field)))), "")

    return CustomerCard(
        id=customer.id,
        number=customer.number,
        name=customer.name,
        kind=customer.kind,
        salutation=first("salutation"),
        salutation_line=rules.salutation_line(
            language=customer.language,
            salutation=first("salutation"),
            title=customer.title,
            given_name=customer.given_name,
            family_name=customer.family_name,
            organisation_name=customer.organisation_name,
        ),
        language=customer.language,
        needs="\n".join(dict.fromkeys(one.needs for one in these if one.needs)),
        email=shown[rules.EMAIL].value if rules.EMAIL in shown else "",
        phone=shown[rules.PHONE].value if rules.PHONE in shown else "",
        brand=customer.brand.key,
        address=next((one.address for one in these if one.address), ""),
        need_keys=tuple(sorted({key for one in these for key in one.need_keys})),
        preferred_channel=customer.preferred_channel,
    )


def identifiers_of(customer_id: UUID) -> dict[str, list[str]]:
    """List by what a customer, and who was merged into them, is known, by kind, verified ones first."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for one in _identifiers(same_as(customer_id)):
        found[one.kind][one.value] = None
    return {kind: list(values) for kind, values in found.items()}


def identifiers_of_each(customer_id: UUID) -> dict[UUID, dict[str, list[str]]]:
    """List the same for each of those who are this customer, the survivor first: a system may know each of them by something else."""
    these = same_as(customer_id)
    each: dict[UUID, dict[str, list[str]]] = {id_: defaultdict(list) for id_ in these}
    for one in _identifiers(these):
        each[one.customer_id][one.kind].append(one.value)
    return {id_: dict(known) for id_, known in each.items()}


def identifier_rows(customer_ids: Sequence[UUID]) -> list[Identifier]:
    """List by what these are known, proven ones first, without the ids of back-office systems."""
    found = Identifier.objects.filter(customer_id__in=customer_ids).exclude(kind__startswith="source:")
    return list(found.order_by("-is_verified", "kind", "value"))


def search_customers(*, principal: Principal, text: str, limit: int = 20) -> list[CustomerCard]:
    """Find customers by name, number, address or phone, best first; all words must be found, names also misspelled."""
    if principal.kind != "staff":
        return []
    found = search.find(search.asked(text), kinds=[KIND], brands=principal.brands, limit=limit)[KIND]
    return cards_of([one.subject_id for one in found])


def cards_of(customer_ids: list[UUID]) -> list[CustomerCard]:
    """Describe several customers in the order asked for, each survivor once; who is no more is left out."""
    return list({card.id: card for card in cards_by_id(customer_ids).values()}.values())


def cards_by_id(customer_ids: list[UUID]) -> dict[UUID, CustomerCard]:
    """Describe several customers, in the order asked for; who is no more is left out."""
    there = set(Customer.objects.filter(id__in=customer_ids).values_list("id", flat=True))
    described = cards([id_ for id_ in customer_ids if id_ in there])
    return {id_: described[id_] for id_ in customer_ids if id_ in there}


def list_customers(
    *, principal: Principal, text: str = "", brand: str = "", after: UUID | None = None, limit: int = 50
) -> list[Customer]:
    """List customers in the order in which they became known, without those merged into others; all words must be found.

    `after` is where the last page ended.
    """
    query = visible_customers(principal).filter(merged_into=None)
    if text.strip():
        query = query.filter(id__in=search.subjects(text, kind=KIND))
    if brand:
        query = query.filter(brand__key=brand)
    if after is not None:
        query = query.filter(id__gt=after)
    return list(query.select_related("brand").prefetch_related("identifiers").order_by("id")[:limit])
