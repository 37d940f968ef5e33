"""Who it may be, by what somebody says about themselves: the learned weights, for one caller."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from firstline.accounts.models import Brand
from firstline.customers import matching, rules
from firstline.customers.matching.frequencies import values_of
from firstline.customers.models import Customer, LearnedWeights
from firstline.customers.queries.customers import CustomerCard, cards
from firstline.customers.queries.profiles import profiles_of, sharing_keys
from firstline.customers.queries.survivors import survivors_of

# So many customers at most are compared, those who share most; whoever shares as much with more has said too little to be told apart.
MAX_COMPARED = 100
MAX_SHOWN = 10
_COUNTS = """
SELECT pool, value, count FROM customers_valuecount JOIN unnest(%s::text[], %s::text[]) AS wanted (pool, value) USING (pool, value)
"""
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
    among = profiles_of(sharing_keys(brand.id, matching.blocking_keys(wanted), most=MAX_COMPARED))
    if not among:
        return []
    model, frequencies = learned(values_of(wanted))
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


def learned(values: Iterable[tuple[str, str]]) -> tuple[matching.Model, matching.Frequencies]:
    """Give the weights in use, and how common these values are. Shape: each with the pool in front, as `values_of` lists them."""
    latest = LearnedWeights.objects.order_by("-learned_at").first()
    if latest is None:
        return matching.shipped_model(), matching.Frequencies()
    wanted = list(values)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [[pool for pool, _ in wanted], [value for _, value in wanted]])
        counts = {(pool, value): count for pool, value, count in cursor.fetchall()}
    model = matching.Model.from_json(latest.weights) if latest.weights else matching.shipped_model()
    return model, matching.Frequencies(total=latest.customers, counts=counts)


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
