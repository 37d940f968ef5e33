"""Finds who may be in twice, and learns from the customers how common what is."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from uuid import UUID

from django.db import connection, transaction

from firstline import clock
from firstline.customers import matching
from firstline.customers.matching.frequencies import values_of
from firstline.customers.models import Customer, Duplicate, LearnedWeights, ValueCount
from firstline.customers.queries.recognition import MAX_COMPARED, learned, profiles_of

# Customers under one key: more of them share something common, which tells nothing.
MAX_UNDER_KEY = 40
BATCH = 1000
# From here on somebody should look. Whoever is less alike is left in peace.
WORTH_A_LOOK = 0.5
# Those of a batch, each with whoever was there before and shares a key that few have.
_EARLIER = """
SELECT DISTINCT mine.id, earlier.id
FROM (
    SELECT id, brand_id, unnest(match_keys) AS key FROM customers_customer
    WHERE id = ANY(%s) AND merged_into_id IS NULL
) mine
CROSS JOIN LATERAL (
    SELECT array_agg(few.id) AS ids FROM (
        SELECT id FROM customers_customer
        WHERE match_keys @> ARRAY[mine.key] AND brand_id = mine.brand_id AND merged_into_id IS NULL
        LIMIT %s
    ) few
) under
CROSS JOIN LATERAL unnest(under.ids) AS earlier (id)
WHERE cardinality(under.ids) <= %s AND earlier.id < mine.id
"""


def find_duplicates() -> int:
    """Look through all customers for those who are in twice, and put them on the list; returns how many are new.

    Nobody is merged by that, however alike they are.
    """
    found, last = 0, UUID(int=0)
    everybody = Customer.objects.filter(merged_into=None).order_by("id")
    while batch := list(everybody.filter(id__gt=last).values_list("id", flat=True)[:BATCH]):
        found += note_duplicates_among(batch)
        last = batch[-1]
    return found


def note_duplicates_among(customer_ids: Sequence[UUID]) -> int:
    """Put on the list whom of those that were there before these customers may be in twice as; returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIER, [list(customer_ids), MAX_UNDER_KEY + 1, MAX_UNDER_KEY])
        pairs = cursor.fetchall()
    return sum(_note(pairs[first : first + BATCH], WORTH_A_LOOK) for first in range(0, len(pairs), BATCH))


def note_duplicates_of(customer: Customer) -> int:
    """Put on the list whom one customer may be in twice as."""
    others = Customer.objects.filter(
        brand_id=customer.brand_id, match_keys__overlap=customer.match_keys, merged_into=None
    ).exclude(id=customer.id)[:MAX_COMPARED]
    return _note([(customer.id, other) for other in others.values_list("id", flat=True)], WORTH_A_LOOK)


@transaction.atomic
def count_customers() -> int:
    """Count how common each value is among the customers, which the weights build on; returns how many there are."""
    counts: Counter[tuple[str, str]] = Counter()
    total = 0
    customers = Customer.objects.filter(merged_into=None).iterator(chunk_size=BATCH)
    while batch := list(islice(customers, BATCH)):
        for one in profiles_of(batch).values():
            counts.update(values_of(one))
        total += len(batch)
    # What only one has is as rare as what nobody has: no need to remember it.
    rows = ((pool, value, count) for (pool, value), count in counts.items() if count > 1)
    ValueCount.objects.all().delete()
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY customers_valuecount (pool, value, count) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    before = LearnedWeights.objects.order_by("-learned_at").first()
    LearnedWeights.objects.create(
        learned_at=clock.now(), customers=total, weights=before.weights if before is not None else None
    )
    return total


def _note(pairs: Iterable[tuple[UUID, UUID]], least: float) -> int:
    wanted = {(min(pair), max(pair)) for pair in pairs}
    if not wanted:
        return 0
    involved = {id_ for pair in wanted for id_ in pair}
    customers = {one.id: one for one in Customer.objects.filter(id__in=involved)}
    profiles = profiles_of(customers.values())
    model, frequencies = learned(*profiles.values())
    rows = []
    for left, right in wanted:
        found = matching.assess(model, profiles[left], profiles[right], frequencies=frequencies)
        if found.probability >= least:
            rows.append(_row(customers[left], customers[right], found))
    known = set(
        Duplicate.objects.filter(left_id__in=involved, right_id__in=involved).values_list("left_id", "right_id")
    )
    fresh = [one for one in rows if (one.left_id, one.right_id) not in known]
    # Somebody else may be noting the same.
    Duplicate.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _row(left: Customer, right: Customer, found: matching.Assessment) -> Duplicate:
    return Duplicate(
        brand_id=left.brand_id,
        left=left,
        right=right,
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
