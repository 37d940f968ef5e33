"""Who it may be, by what somebody says about themselves: the learned weights, for one caller."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from firstline.accounts.models import Brand
from firstline.customers import matching, rules
from firstline.customers.matching.frequencies import values_of
from firstline.customers.models import Customer, Identifier, LearnedWeights, ValueCount
from firstline.customers.queries.customers import CustomerCard, cards
from firstline.customers.queries.survivors import survivors_of

# So many customers at most are compared; whoever shares a key with more has said too little to be told apart.
MAX_COMPARED = 300
MAX_SHOWN = 10
# Who is less probable than this isn't worth a look.
LEAST = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said or wrote about themselves, as they did; '' is not said."""

    given_name: str = ""
    family_name: str = ""
    organisation: str = ""
    birth_date: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    town: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A customer who it may be, how probably, and what speaks for and against."""

    card: CustomerCard
    probability: float
    is_certain: bool
    evidence: tuple[matching.Evidence, ...]


def recognise_by_description(*, brand: Brand, said: Said) -> list[Recognised]:
    """List who it may be, most probable first, with what each field adds. Nobody is recognised by force: a person chooses."""
    wanted = profile_of_said(said, country=brand.country)
    among = _sharing_a_key(brand, wanted)
    if not among:
        return []
    model, frequencies = learned(wanted)
    guesses = matching.guess(
        model, wanted, among, customers=frequencies.total or Customer.objects.count(), frequencies=frequencies
    )
    return _shown([one for one in guesses if one.probability >= LEAST])


def profile_of_said(said: Said, *, country: str) -> matching.Profile:
    """Bring what was said into the spelling in which it is compared."""
    return matching.profile(
        given_name=said.given_name,
        family_name=said.family_name,
        organisation=said.organisation,
        birth_date=said.birth_date,
        street=said.street,
        house_number=said.house_number,
        postcode=said.postcode,
        town=said.town,
        phones=[rules.normalise(rules.PHONE, said.phone, country=country)],
        emails=[rules.normalise(rules.EMAIL, said.email, country=country)],
    )


def profiles_of(customers: Iterable[Customer]) -> dict[UUID, matching.Profile]:
    """Give the profiles of several customers, in one query for all that they are known by."""
    known = {one.id: one for one in customers}
    numbers: dict[UUID, dict[str, list[str]]] = {id_: {rules.PHONE: [], rules.EMAIL: []} for id_ in known}
    found = Identifier.objects.filter(customer_id__in=list(known), kind__in=(rules.PHONE, rules.EMAIL))
    for customer_id, kind, value in found.values_list("customer_id", "kind", "value"):
        numbers[customer_id][kind].append(value)
    return {
        id_: one.profile(phones=numbers[id_][rules.PHONE], emails=numbers[id_][rules.EMAIL])
        for id_, one in known.items()
    }


def learned(*wanted: matching.Profile) -> tuple[matching.Model, matching.Frequencies]:
    """Give the weights in use, and how common the values of these profiles are."""
    latest = LearnedWeights.objects.order_by("-learned_at").first()
    if latest is None:
        return matching.shipped_model(), matching.Frequencies()
    values: dict[str, set[str]] = defaultdict(set)
    for pool, value in (both for one in wanted for both in values_of(one)):
        values[pool].add(value)
    either = Q()
    for pool, these in values.items():
        either |= Q(pool=pool, value__in=these)
    counts = {(one.pool, one.value): one.count for one in ValueCount.objects.filter(either)} if either else {}
    model = matching.Model.from_json(latest.weights) if latest.weights else matching.shipped_model()
    return model, matching.Frequencies(total=latest.customers, counts=counts)


def _sharing_a_key(brand: Brand, wanted: matching.Profile) -> dict[UUID, matching.Profile]:
    keys = list(matching.blocking_keys(wanted))
    if not keys:
        return {}
    found = Customer.objects.filter(brand=brand, match_keys__overlap=keys)[: MAX_COMPARED + 1]
    return profiles_of(found)


def _shown(guesses: list[matching.Guess[UUID]]) -> list[Recognised]:
    survivors = survivors_of(one.key for one in guesses)
    seen: dict[UUID, matching.Guess[UUID]] = {}
    together: dict[UUID, float] = {}
    for one in guesses:
        survivor = survivors[one.key]
        seen.setdefault(survivor, one)
        together[survivor] = together.get(survivor, 0.0) + one.probability
    described = cards(list(seen))
    return [
        Recognised(
            card=described[survivor],
            probability=together[survivor],
            is_certain=together[survivor] >= matching.CERTAIN,
            evidence=one.assessment.evidence,
        )
        for survivor, one in list(seen.items())[:MAX_SHOWN]
    ]
