"""Every night the stages of all who have one follow their rule: who is silent for a year becomes dormant by time alone."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.customers.adapters.brand_files import brands_with
from firstline.customers.models import Customer
from firstline.outbox import actions as outbox
from firstline.relationship import actions
from firstline.relationship.models import StageChange, StageSweep
from firstline.relationship.queries import DEFINITION
from firstline.sources.rules.reconciliation import last_due

SWEEP = "relationship.sweep"


def start_when_due(*, now: datetime) -> bool:
    """Begin the night's sweep, once after its hour; returns whether it began."""
    at = settings.FIRSTLINE_SWEEP_AT
    if at is None or not brands_with(DEFINITION):
        return False
    due = last_due(at, now=timezone.localtime(now))
    if StageSweep.objects.filter(Q(started_at__gte=due) | Q(finished_at=None)).exists():
        return False
    try:
        with transaction.atomic():
            sweep = StageSweep.objects.create(started_at=now)
            outbox.put(kind=SWEEP, key=f"sweep:{sweep.id}", payload={"sweep_id": str(sweep.id)})
    except IntegrityError:  # another worker was faster
        return False
    return True


def sweep_some(sweep_id: UUID, *, limit: int) -> bool:
    """Look at up to `limit` more customers, in the order of their ids; returns whether all are done.

    After a crash the part is done again, which changes nothing that was changed already.
    """
    sweep = StageSweep.objects.get(id=sweep_id)
    if sweep.finished_at is not None:
        return True
    found = _after(sweep.reached, limit)
    survivors = customer_queries.survivors_of(found)
    brands = dict(Customer.objects.filter(id__in=survivors.values()).values_list("id", "brand__key"))
    changed = sum(
        actions.follow_rule(customer_id=customer_id, brand=brands[customer_id], now=clock.now())
        for customer_id in sorted(brands)
    )
    crash_point("relationship.sweep.looked")
    is_done = len(found) < limit
    # Whoever was so slow that another went on mustn't undo what that one noted.
    is_noted = StageSweep.objects.filter(id=sweep.id, reached=sweep.reached, finished_at=None).update(
        changed=sweep.changed + changed,
        looked_at=sweep.looked_at + len(found),
        reached=found[-1] if found else sweep.reached,
        finished_at=clock.now() if is_done else None,
    )
    return is_done and bool(is_noted)


def _after(reached: UUID | None, limit: int) -> list[UUID]:
    """List customers who have a stage; whoever never had one gets it with a contact or a case."""
    changes = StageChange.objects.order_by("customer_id").distinct("customer_id")
    if reached is not None:
        changes = changes.filter(customer_id__gt=reached)
    return list(changes.values_list("customer_id", flat=True)[:limit])
