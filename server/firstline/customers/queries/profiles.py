"""What customers are compared by, read for many at once."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection, transaction

from firstline.customers import matching

# Plain columns instead of customers: thousands are read to compare a few.
_PROFILES = """
SELECT id, given_name, family_name, organisation_name, coalesce(born_on::text, ''), street, house_number, extra_line, postcode, town, region,
    ARRAY(SELECT value FROM customers_identifier WHERE customer_id = known.id AND kind = 'phone'),
    ARRAY(SELECT value FROM customers_identifier WHERE customer_id = known.id AND kind = 'email')
FROM customers_customer AS known WHERE id = ANY(%s)
"""
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
