"""What is done from time to time: messages that came too early are emptied, then forgotten; closed instances age out, months of
history too; leases of jobs are forgotten.

Everything goes in small batches, each a transaction of its own; what somebody else has in hand is left for the next time.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from firstline.crashpoints import crash_point
from firstline.outbox import actions as outbox
from firstline.processes.adapters import partitions
from firstline.processes.adapters.partitions import Month
from firstline.processes.adapters.workers import types_done_here
from firstline.processes.models import (
    Conversation,
    HistoryStep,
    InboxEntry,
    Incident,
    Instance,
    Job,
    Lease,
    Message,
    Signal,
    WorkerSeen,
)

_MESSAGES, _INSTANCES, _LEASES, _JOBS = 500, 100, 500, 500
# So long the same answer to a lease is known again, and a worker that asks no more is shown.
_LEASE_DAYS, _WORKER_DAYS = 7, 30


def keep_house(*, now: datetime) -> bool:
    """Do a bit of everything; returns whether there is more to do at once."""
    partitions.make_ahead()
    did_all = [
        expire_messages(now=now) < _MESSAGES,
        forget_messages(now=now) < _MESSAGES,
        forget_signals(now=now) < _MESSAGES,
        delete_instances(now=now) < _INSTANCES,
        forget_leases(now=now) < _LEASES,
        adopt_jobs(now=now) < _JOBS,
    ]
    drop_months(now=now)
    return not all(did_all)


# --- messages ---


@transaction.atomic
def expire_messages(*, now: datetime, limit: int = _MESSAGES) -> int:
    """Empty messages whose time is over, and take them out of the buffer; returns how many."""
    over = Message.objects.filter(subscription_id=None, is_expired=False, expires_at__lte=now)
    return _lock(over.order_by("expires_at"), limit).update(is_expired=True, variables={})


@transaction.atomic
def forget_messages(*, now: datetime, limit: int = _MESSAGES) -> int:
    """Forget messages that expired so long ago that nobody sends them again; returns how many."""
    before = now - timedelta(days=settings.FIRSTLINE_MESSAGE_DAYS)
    done = Q(is_expired=True) | Q(delivered_at__isnull=False)
    return _lock(Message.objects.filter(done, expires_at__lt=before).order_by("expires_at"), limit).delete()[0]


@transaction.atomic
def forget_signals(*, now: datetime, limit: int = _MESSAGES) -> int:
    """Forget signals that were broadcast so long ago that nobody sends them again; returns how many."""
    before = now - timedelta(days=settings.FIRSTLINE_MESSAGE_DAYS)
    old = Signal.objects.filter(broadcast_at__lt=before).order_by("broadcast_at")
    free = old.select_for_update(skip_locked=True).values_list("id", flat=True)
    return Signal.objects.filter(id__in=list(free[:limit])).delete()[0]


def _lock(messages: QuerySet[Message], limit: int) -> QuerySet[Message]:
    free = messages.select_for_update(skip_locked=True).values_list("id", flat=True)
    return Message.objects.filter(id__in=list(free[:limit]))


# --- instances ---


def delete_instances(*, now: datetime, limit: int = _INSTANCES) -> int:
    """Delete instances that ended longer ago than they are kept, each with all that is known of it; returns how many."""
    kept_since = _kept_since(now)
    if kept_since is None:
        return 0
    with transaction.atomic():
        old = Instance.objects.filter(ended_at__lt=kept_since).order_by("ended_at")
        found = list(old.select_for_update(skip_locked=True).values_list("id", flat=True)[:limit])
        _delete(found)
        crash_point("processes.retention.before_commit")
    return len(found)


def drop_months(*, now: datetime) -> list[Month]:
    """Drop the partitions of months of which no instance is left; returns those."""
    kept_since = _kept_since(now)
    if kept_since is None:
        return []
    over = [month for month in partitions.months() if month.next.begins_at <= kept_since]
    return [month for month in over if not _holds_any(month) and partitions.drop(month)]


def _kept_since(now: datetime) -> datetime | None:
    days: int | None = settings.FIRSTLINE_RETENTION_DAYS
    return None if days is None else now - timedelta(days=days)


def _holds_any(month: Month) -> bool:
    return Instance.objects.filter(id__gte=month.first_id, id__lt=month.next.first_id).exists()


def _delete(instance_ids: list[UUID]) -> None:
    for rows in (HistoryStep, Incident, InboxEntry, Conversation):
        rows.objects.filter(instance_id__in=instance_ids).delete()
    Instance.objects.filter(id__in=instance_ids).delete()


# --- workers outside ---


@transaction.atomic
def forget_leases(*, now: datetime, limit: int = _LEASES) -> int:
    """Forget leases of long ago, unless they still hold, and workers that haven't come for a month; returns how many leases."""
    WorkerSeen.objects.filter(last_asked_at__lt=now - timedelta(days=_WORKER_DAYS)).delete()
    of_it = Job.objects.filter(id=OuterRef("job_id"), lease_id=OuterRef("id"))
    held = of_it.filter(state=Job.State.OPEN, next_attempt_at__gt=now)
    old = Lease.objects.filter(~Exists(held), begun_at__lt=now - timedelta(days=_LEASE_DAYS)).order_by("begun_at")
    free = old.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)
    return Lease.objects.filter(id__in=list(free[:limit])).delete()[0]


@transaction.atomic
def adopt_jobs(*, now: datetime, limit: int = _JOBS) -> int:
    """Do here what waits for workers outside since before a function of the house did such jobs; returns how many.

    What a worker has in hand is left to it.
    """
    due = Job.objects.filter(is_external=True, state=Job.State.OPEN, next_attempt_at__lte=now)
    free = due.filter(type__in=types_done_here()).select_for_update(skip_locked=True, of=("self",))
    jobs = list(free.select_related("instance")[:limit])
    for job in jobs:
        outbox.put(
            # Not the key of an earlier wish, which may be settled.
            kind="job",
            key=f"job:{job.id}:{job.round}:adopted:{job.leases}",
            payload={"job_id": str(job.id), "round": job.round},
            about=job.instance.business_id,
        )
    Job.objects.filter(id__in=[job.id for job in jobs]).update(is_external=False)
    return len(jobs)
