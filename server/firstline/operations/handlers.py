"""Batches, as the outbox delivers them."""

from datetime import timedelta
from uuid import UUID

from firstline.crashpoints import crash_point
from firstline.operations import batches
from firstline.outbox.ports import Delivery, TryAgain

# So that others of the worker's tasks get their turn, and the progress is seen.
_AT_ONCE = 50
_LONGEST_WAIT = timedelta(seconds=30)


def run_batch(delivery: Delivery) -> None:
    """Try the next incidents of a batch; when all were tried, come back until what came of them is known."""
    batch_id = UUID(delivery.payload["batch_id"])
    tried = batches.try_some(batch_id, limit=_AT_ONCE)
    crash_point("operations.batch.tried")
    if batches.settle(batch_id, now=delivery.now):
        return
    if tried == _AT_ONCE:
        raise TryAgain("There are more to try.", timedelta())
    raise TryAgain("What came of them isn't known yet.", min(timedelta(seconds=delivery.attempt), _LONGEST_WAIT))
