"""What customers are compared by, read for many at once."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from firstline.customers import matching
from firstline.customers.matching.frequencies import values_of

# Plain columns instead of customers: thousands are read to compare a few.
_PROFILES = """
SELECT id, given_name, family_name, organisation_name, coalesce(born_on::text, ''), street, house_number, extra_line, postcode, town, region,
    coalesce(by.phones, '{}'), coalesce(by.emails, '{}')
FROM customers_customer AS known CROSS JOIN LATERAL (
    SELECT array_agg(value) FILTER (WHERE kind = 'phone') AS phones, array_agg(value) FILTER (WHERE kind = 'email') AS emails
    FROM customers_identifier WHERE customer_id = known.id
) AS by
WHERE id = ANY(%s)
"""
# How often each way of writing something comes; those that are compared as one are put together by `matching`.
_TEXTS = "SELECT {column}::text, count(*) FROM customers_customer WHERE merged_into_id IS NULL AND {column} IS NOT NULL GROUP BY 1"
# Numbers and addresses are compared as they are written: what only one has needn't be read.
_KNOWN_BY = """
SELECT value, count(*) FROM customers_identifier AS identifier JOIN customers_customer AS known ON known.id = customer_id
WHERE identifier.kind = %s AND merged_into_id IS NULL GROUP BY value HAVING count(*) > 1
"""
_COLUMN_OF = {"organisation": "organisation_name", "birth_date": "born_on"}
_KIND_OF = {"phones": "phone", "emails": "email"}
_FIELDS = (
    "given_name",
    "family_name",
    "organisation",
    "birth_date",
    "street",
    "house_number",
    "extra_line",
    "postcode",
    "town",
    "region",
    "phones",
    "emails",
)
# Each key is asked for by itself, and says no more than so many: what is common says little, and must not take long.
_SHARING = """
SELECT one.id FROM unnest(%(keys)s::bigint[]) AS key CROSS JOIN LATERAL (
    SELECT id FROM customers_customer WHERE match_keys @> ARRAY[key] AND brand_id = %(brand)s LIMIT %(under_key)s
) AS one
GROUP BY one.id ORDER BY count(*) DESC, one.id LIMIT %(most)s
"""
MAX_UNDER_KEY = 300
# So many of those under a key are looked at before brand and limit; PostgreSQL takes about as many of them by chance.
_LOOKED_AT = 5000


def profiles_of(customers: Iterable[UUID]) -> dict[UUID, matching.Profile]:
    """Give the profiles of several customers."""
    with connection.cursor() as cursor:
        cursor.execute(_PROFILES, [list(customers)])
        return {id_: matching.profile(**dict(zip(_FIELDS, values, strict=True))) for id_, *values in cursor.fetchall()}


def counted_values() -> Counter[tuple[str, str]]:
    """Count how many customers have each value, by pool and value as `values_of` lists them; those who live on as another don't count.

    Each way of writing is read once with how often it comes: a million customers have some hundred thousand of them.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for field, written, times in _ways_of_writing():
        for value in values_of(matching.profile(**{field: written})):
            counts[value] += times
    return counts


def _ways_of_writing() -> Iterator[tuple[str, Any, int]]:
    with connection.cursor() as cursor:
        for field in _FIELDS:
            if kind := _KIND_OF.get(field):
                cursor.execute(_KNOWN_BY, [kind])
                yield from ((field, [written], times) for written, times in cursor.fetchall())
            else:
                cursor.execute(_TEXTS.format(column=_COLUMN_OF.get(field, field)))
                yield from ((field, written, times) for written, times in cursor.fetchall())


@transaction.atomic
def sharing_keys(brand_id: UUID, keys: Collection[int], *, most: int) -> list[UUID]:
    """List customers who share a key, those who share several first, `most` of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('gin_fuzzy_search_limit', %s, true)", [str(_LOOKED_AT)])
        cursor.execute(_SHARING, {"keys": list(keys), "brand": brand_id, "under_key": MAX_UNDER_KEY, "most": most})
        found = [id_ for (id_,) in cursor.fetchall()]
        # The limit is for these keys only, not for what else is looked up in this transaction.
        cursor.execute("SELECT set_config('gin_fuzzy_search_limit', '0', true)")
    return found
