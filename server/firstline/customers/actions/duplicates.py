"""Finds who may be in twice, and learns from the customers how common what is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
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
_TOGETHER = """
SELECT array_agg(customer.id) FROM customers_customer customer, unnest(customer.match_keys) AS key
WHERE customer.merged_into_id IS NULL
GROUP BY customer.brand_id, key HAVING count(*) BETWEEN 2 AND %s
"""


def find_duplicates() -> int:
    """Look through all customers for those who are in twice, and put them on the list; returns how many are new.

    Nobody is merged by that, however alike they are.
    """
    found = 0
    pairs = _pairs()
    while batch := list(islice(pairs, BATCH)):
        found += _note(batch, WORTH_A_LOOK)
    return found


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


def _pairs() -> Iterator[tuple[UUID, UUID]]:
    seen: set[tuple[UUID, UUID]] = set()
    with connection.cursor() as cursor:
        cursor.execute(_TOGETHER, [MAX_UNDER_KEY])
        while rows := cursor.fetchmany(BATCH):
            for (together,) in rows:
                fresh = set(combinations(sorted(together), 2)) - seen
                seen |= fresh
                yield from fresh


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
    before = Duplicate.objects.count()
    Duplicate.objects.bulk_create(rows, ignore_conflicts=True)
    return Duplicate.objects.count() - before


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
