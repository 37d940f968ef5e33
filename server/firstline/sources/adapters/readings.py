"""Keeping what was read: a late answer is kept by the thread that got it, so this is neither query nor action."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from firstline.push import actions as push_actions
from firstline.sources.models import Reading
from firstline.sources.rules.definitions import View
from firstline.sources.rules.tiles import stored_rows


def latest(customer_ids: Collection[UUID], views: Iterable[str]) -> dict[str, Reading]:
    """Find the last reading of each view of those who are one customer, in one query.

    What was read while they were merged with somebody whom they aren't any more isn't among them.
    """
    ids = list(customer_ids)
    found = (
        Reading.objects.filter(customer_id__in=ids, view__in=list(views), read_of__contained_by=ids)
        .order_by("view", "-read_at", "-id")
        .distinct("view")
    )
    return {reading.view: reading for reading in found}


def of_view(
    view: View,
    rows: list[dict[str, Any]] | None,
    *,
    customer_id: UUID,
    read_of: Collection[UUID],
    read_by: UUID | None,
    read_at: datetime,
) -> Reading:
    """Make a reading, unsaved; rows None means that the source doesn't know the customer."""
    return Reading(
        customer_id=customer_id,
        read_of=list(read_of),
        source=view.key.partition(".")[0],
        view=view.key,
        value={"is_known": rows is not None, "rows": stored_rows(view, rows or [])},
        read_at=read_at,
        read_by=read_by,
    )


def keep(reading: Reading) -> None:
    """Keep an answer that nobody waits for yet."""
    reading.save(force_insert=True)


def keep_late(reading: Reading) -> None:
    """Keep an answer that came after the screen was shown, and tell that screen to look again."""
    with transaction.atomic():
        reading.save(force_insert=True)
        if reading.read_by is not None:
            push_actions.hint(audience=f"user:{reading.read_by}", kind="tile", id=reading.view)
