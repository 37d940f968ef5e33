"""Which case goes on as which after merges. References never move; whoever shows what refers to a case asks here."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import connection

from firstline.cases.models import Case
from firstline.customers.queries import same_as

_UP = """
WITH RECURSIVE way AS (
  SELECT id AS asked, id, merged_into_id FROM cases_case WHERE id = ANY(%s)
  UNION ALL
  SELECT way.asked, upper.id, upper.merged_into_id FROM way JOIN cases_case upper ON upper.id = way.merged_into_id
)
SELECT asked, id FROM way WHERE merged_into_id IS NULL
"""
_DOWN = """
WITH RECURSIVE these AS (
  SELECT id AS top, id, number, 0 AS depth FROM cases_case WHERE id = ANY(%s)
  UNION ALL
  SELECT these.top, lower.id, lower.number, these.depth + 1
  FROM these JOIN cases_case lower ON lower.merged_into_id = these.id
)
SELECT top, id, number FROM these ORDER BY top, depth, id
"""


def survivors_of(case_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Say for each case as which it goes on; for most that is itself."""
    asked = list(set(case_ids))
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_UP, [asked])
        return dict(cursor.fetchall())


def with_merged(case_ids: Collection[UUID]) -> dict[UUID, dict[UUID, str]]:
    """Give each case with those that go on as it, itself first: their numbers by their ids."""
    found: dict[UUID, dict[UUID, str]] = {id_: {} for id_ in case_ids}
    if found:
        with connection.cursor() as cursor:
            cursor.execute(_DOWN, [list(found)])
            for top, id_, number in cursor.fetchall():
                found[top][id_] = number
    return found


def these_cases(case_id: UUID) -> list[UUID]:
    """List a case and those that go on as it."""
    return list(with_merged([case_id])[case_id])


def survivor_of(case: Case) -> Case | None:
    """Give the case as which one goes on; None when it isn't merged."""
    if case.merged_into_id is None:
        return None
    return Case.objects.select_related("brand", "customer", "release").get(id=survivors_of([case.id])[case.id])


def survivor_for_customer(case: Case) -> Case:
    """Give the case that a customer follows instead of theirs; their own, if the other isn't theirs any more."""
    survivor = survivor_of(case)
    if survivor is None:
        return case
    is_theirs = case.customer_id is not None and survivor.customer_id in same_as(case.customer_id)
    return survivor if is_theirs else case
