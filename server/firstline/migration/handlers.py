"""Migrations at work, as the outbox delivers them: a batch at a time, so that others get their turn."""

from datetime import timedelta
from uuid import UUID

from firstline.migration import batches
from firstline.outbox.ports import Delivery, TryAgain

# How long to leave those alone that somebody has in hand.
_BUSY = timedelta(seconds=1)


def run(delivery: Delivery) -> None:
    """Do the next batch of a migration, and come back until nothing is left."""
    after = batches.run(migration_id=UUID(delivery.payload["migration_id"]), run_number=delivery.payload["run"])
    if after is not batches.After.DONE:
        raise TryAgain("more instances wait", _BUSY if after is batches.After.BUSY else timedelta())
