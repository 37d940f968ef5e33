"""The survivor map: who is whom after merges. References never move; every reader asks here."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from firstline.remembered import once_a_page

_UP = """
WITH RECURSIVE way AS (
  SELECT id AS asked, id, merged_into_id, 0 AS steps FROM customers_customer WHERE id = ANY(%s)
  UNION ALL
  SELECT way.asked, upper.id, upper.merged_into_id, way.steps + 1
  FROM way JOIN customers_customer upper ON upper.id = way.merged_into_id
)
SELECT asked, id FROM way WHERE merged_into_id IS NULL
"""
_WHOLE = """
WITH RECURSIVE way AS (
  SELECT id, merged_into_id FROM customers_customer WHERE id = %s
  UNION ALL
  SELECT upper.id, upper.merged_into_id FROM way JOIN customers_customer upper ON upper.id = way.merged_into_id
), these AS (
  SELECT id, ARRAY[id] AS way FROM way WHERE merged_into_id IS NULL
  UNION ALL
  SELECT lower.id, these.way || lower.id FROM these JOIN customers_customer lower ON lower.merged_into_id = these.id
)
SELECT id FROM these ORDER BY cardinality(way), id
"""


def survivors_of(customer_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Say for each customer as whom they live on; for most that is themselves."""
    asked = list(set(customer_ids))
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_UP, [asked])
        return dict(cursor.fetchall())


@once_a_page
def same_as(customer_id: UUID) -> tuple[UUID, ...]:
    """List everybody who is the same customer: the survivor first, then those merged into them.

    What refers to one of them is asked for by all of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, [customer_id])
        return tuple(row[0] for row in cursor.fetchall())
