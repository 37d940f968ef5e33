"""Finds who may be in twice, and learns from the customers how common what is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from firstline import clock, copying
from firstline.customers import matching
from firstline.customers.matching.frequencies import values_of
from firstline.customers.models import Candidate, Customer, CustomerImport, Duplicate, LearnedWeights, ValueCount
from firstline.customers.queries.profiles import counted_values, profiles_of, sharing_keys
from firstline.customers.queries.recognition import MAX_COMPARED, learned

# Customers under one key: more of them share something common, which tells nothing.
MAX_UNDER_KEY = 20
# What so few share says as much as one of them: of two who share it, 1/2. All that two share must come to this together.
SHARED_ENOUGH = 0.4
BATCH = 5000
# From here on somebody should look. Whoever is less alike is left in peace.
WORTH_A_LOOK = 0.5
# Groups under one key that few share, with whether each in them is one of those whose others are looked for; then their pairs.
# In the order of one of the two, so that whoever compares them reads each a few times only.
_GATHER = """
INSERT INTO customers_candidate (of_id, left_id, right_id)
SELECT %(of)s::uuid, one.id, other.id
FROM (
    SELECT array_agg(id) AS ids, array_agg(is_wanted) AS wanted
    FROM (
        SELECT id, brand_id, unnest(match_keys) AS key, %(of)s::uuid IS NULL OR imported_by_id = %(of)s::uuid AS is_wanted
        FROM customers_customer WHERE merged_into_id IS NULL
    ) known
    WHERE %(of)s::uuid IS NULL OR key IN (SELECT unnest(match_keys) FROM customers_customer WHERE imported_by_id = %(of)s::uuid)
    GROUP BY brand_id, key HAVING count(*) BETWEEN 2 AND %(most)s AND bool_or(is_wanted)
) few
CROSS JOIN LATERAL unnest(few.ids, few.wanted) AS one (id, is_wanted)
CROSS JOIN LATERAL unnest(few.ids, few.wanted) AS other (id, is_wanted)
WHERE one.id < other.id AND (one.is_wanted OR other.is_wanted)
GROUP BY one.id, other.id HAVING sum(1.0 / cardinality(few.ids)) >= %(enough)s
ORDER BY one.id, other.id
"""
# As an array, which is made once: see `outbox.actions`.
_TAKE = """
DELETE FROM customers_candidate WHERE id = ANY(ARRAY(
    SELECT id FROM customers_candidate WHERE {of} ORDER BY of_id, id LIMIT %(some)s FOR UPDATE SKIP LOCKED
))
RETURNING left_id, right_id
"""
# Millions of keys are put in order: that is worth some memory, once.
_MEMORY = "SET LOCAL work_mem = '256MB'"


def find_duplicates() -> int:
    """Look through all customers for those who are in twice, and put them on the list; returns how many are new.

    Nobody is merged by that, however alike they are.
    """
    gather_candidates(None)
    found = 0
    while taken := note_some_duplicates(None):
        found += taken.noted
    return found


@transaction.atomic
def gather_candidates(of: CustomerImport | None) -> int:
    """Write down who of an import (None: who of everybody) is to be compared with whom; returns how many pairs there are."""
    Candidate.objects.filter(of=of).delete()
    with connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        bounds = {"most": MAX_UNDER_KEY, "enough": SHARED_ENOUGH}
        cursor.execute(_GATHER, {"of": of.id if of else None, **bounds})
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many pairs were compared, and how many possible duplicates are new."""

    pairs: int
    noted: int


@transaction.atomic
def note_some_duplicates(of: CustomerImport | None) -> Compared | None:
    """Compare some of those that were gathered, and put on the list who may be the same; None when nothing is left."""
    with connection.cursor() as cursor:
        # Whose they are is written out either way, so that an index serves both.
        statement = _TAKE.format(of="of_id = %(of)s" if of else "of_id IS NULL")
        cursor.execute(statement, {"of": of.id if of else None, "some": BATCH})
        pairs = cursor.fetchall()
    return Compared(pairs=len(pairs), noted=_note(pairs, WORTH_A_LOOK)) if pairs else None


def note_duplicates_of(customer: Customer) -> int:
    """Put on the list whom one customer may be in twice as."""
    sharing = sharing_keys(customer.brand_id, customer.match_keys, most=MAX_COMPARED)
    others = Customer.objects.filter(id__in=sharing, merged_into=None).exclude(id=customer.id)
    return _note([(customer.id, other) for other in others.values_list("id", flat=True)], WORTH_A_LOOK)


@transaction.atomic
def count_customers() -> int:
    """Count how common each value is among the customers, which the weights build on; returns how many there are."""
    total, counts = Customer.objects.filter(merged_into=None).count(), counted_values()
    # What only one has is as rare as what nobody has: no need to remember it.
    rows = ((pool, value, count) for (pool, value), count in counts.items() if count > 1)
    ValueCount.objects.all().delete()
    copying.copy_rows(ValueCount, ("pool", "value", "count"), rows)
    before = LearnedWeights.objects.order_by("-learned_at").first()
    LearnedWeights.objects.create(
        learned_at=clock.now(), customers=total, weights=before.weights if before is not None else None
    )
    return total


def _note(pairs: Iterable[tuple[UUID, UUID]], least: float) -> int:
    wanted = {(min(pair), max(pair)) for pair in pairs}
    if not wanted:
        return 0
    profiles = profiles_of({id_ for pair in wanted for id_ in pair})
    values = {id_: values_of(one) for id_, one in profiles.items()}
    # How common a value is matters where two agree on it.
    model, frequencies = learned(set().union(*(values[left] & values[right] for left, right in wanted)))
    alike = {}
    for left, right in wanted:
        both = model, profiles[left], profiles[right]
        # Most aren't: why they are is worked out for the others alone.
        if matching.probability(*both, frequencies=frequencies) >= least:
            alike[left, right] = matching.assess(*both, frequencies=frequencies)
    return _list(alike)


def _list(alike: Mapping[tuple[UUID, UUID], matching.Assessment]) -> int:
    lefts, rights = {left for left, _ in alike}, {right for _, right in alike}
    known = Duplicate.objects.filter(left_id__in=lefts, right_id__in=rights).values_list("left_id", "right_id")
    fresh = alike.keys() - set(known)
    brands = dict(Customer.objects.filter(id__in=lefts).values_list("id", "brand_id"))
    rows = [_row(brands[pair[0]], pair, alike[pair]) for pair in fresh]
    # Somebody else may be noting the same.
    Duplicate.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(brand_id: UUID, pair: tuple[UUID, UUID], found: matching.Assessment) -> Duplicate:
    left, right = pair
    return Duplicate(
        brand_id=brand_id,
        left_id=left,
        right_id=right,
        probability=found.probability,
        evidence=[
            {
                "field": one.field,
                "level": one.level,
                "bits": round(one.bits, 2),
                "household": round(one.household_bits, 2),
            }
            for one in found.evidence
        ],
        found_at=clock.now(),
    )
