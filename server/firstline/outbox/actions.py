"""Writes of the outbox: put in, take out, settle."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from firstline import clock
from firstline.codec import encode, loads
from firstline.ids import new_id
from firstline.outbox.models import OutboxEntry
from firstline.outbox.ports import Delivery
from firstline.statements import execute

WAKE_CHANNEL = "firstline_work"
# What there is to do: effects of the outbox, or steps of instances.
Work = Literal["effects", "steps"]
# Workers that have nothing to do look again after this long, so only what is due earlier need wake them.
LONGEST_NAP = timedelta(seconds=10)


def put(
    *, kind: str, key: str, payload: dict[str, Any], due_at: datetime | None = None, about: UUID | None = None
) -> UUID:
    """Want an effect, in the caller's transaction; wanting the same key twice is wanting it once."""
    with transaction.atomic():
        now = clock.now()
        entry, made = OutboxEntry.objects.get_or_create(
            key=key,
            defaults={"kind": kind, "payload": payload, "due_at": due_at or now, "about": about, "created_at": now},
        )
        if made:
            wake_workers()
        return entry.id


def entry(*, kind: str, key: str, payload: dict[str, Any], about: UUID | None, now: datetime) -> dict[str, Any]:
    """Say what `put` would write for an effect that is due at once, for those who write it with rows of their own."""
    moments = {"due_at": now, "created_at": now}
    return {"id": str(new_id()), "kind": kind, "key": key, "payload": encode(payload), "about": about, **moments}


def wake_workers(work: Work = "effects") -> None:
    """Tell the workers, once this transaction is committed, that there is something to do."""
    ring = _RINGS[work]
    # A savepoint that is undone takes its hooks with it, so one that is there is as sure as ours would be.
    if not any(hook[1] is ring for hook in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def _ring(work: Work) -> Callable[[], None]:
    # Not a partial: of one that fails Django can't say the name.
    def ring() -> None:
        # Not within the transaction: those that notify are committed one after the other, each waiting for the disk.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)", [WAKE_CHANNEL, work]
            )

    return ring


_RINGS: Mapping[Work, Callable[[], None]] = {"effects": _ring("effects"), "steps": _ring("steps")}


def take_due(*, now: datetime, limit: int) -> list[tuple[str, Delivery]]:
    """Lease up to `limit` due entries: (kind, delivery) each. Nobody else gets them before the lease ends."""
    rows = execute(_TAKE, [now + _lease(), now, now, limit]).fetchall()
    return [
        (kind, Delivery(id=id_, key=key, payload=loads(payload), about=about, attempt=attempts, now=now))
        for _due_at, id_, kind, key, payload, about, attempts in sorted(rows, key=itemgetter(0, 1))
    ]


# As an array, since that is made once; `IN (SELECT ... LIMIT)` PostgreSQL may look up anew for each row, and so take more than the limit.
_TAKE = """
UPDATE outbox_outboxentry SET attempts = attempts + 1, leased_until = %s
WHERE id = ANY(ARRAY(
    SELECT id FROM outbox_outboxentry
    WHERE state = 'waiting' AND due_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
))
RETURNING due_at, id, kind, key, payload::text, about, attempts
"""


def renew_lease(*, delivery: Delivery, now: datetime) -> None:
    """Keep an entry that is still being carried out from being taken by anybody else."""
    _fenced(delivery).update(leased_until=now + _lease())


def give_back(*, delivery: Delivery) -> None:
    """Let somebody else take an entry that this attempt hasn't begun; the attempt doesn't count."""
    _fenced(delivery).update(leased_until=None, attempts=F("attempts") - 1)
    wake_workers()


def settled(now: datetime) -> dict[str, Any]:
    """Say what `settle` would change, for those who write it with rows of their own."""
    return {"state": OutboxEntry.State.DONE, "ended_at": now, "leased_until": None, "last_error": ""}


def settle(*, delivery: Delivery, now: datetime) -> None:
    """Note that an effect is carried out."""
    _fenced(delivery).update(**settled(now))


def postpone(*, delivery: Delivery, message: str, due_at: datetime) -> None:
    """Note that an effect has to wait, and why."""
    _fenced(delivery).update(due_at=due_at, leased_until=None, last_error=message[:2000])


def give_up(*, delivery: Delivery, message: str, now: datetime) -> None:
    """Note that an effect can't be had, and what a person should do."""
    _fenced(delivery).update(
        state=OutboxEntry.State.GIVEN_UP, ended_at=now, leased_until=None, last_error=message[:2000]
    )


@transaction.atomic
def hurry(*, about: UUID, now: datetime) -> None:
    """Try the waiting effects of `about` at once."""
    OutboxEntry.objects.filter(about=about, state=OutboxEntry.State.WAITING).update(due_at=now)
    wake_workers()


@transaction.atomic
def hurry_keys(*, keys: Sequence[str], now: datetime) -> None:
    """Try the waiting effects with these keys at once."""
    OutboxEntry.objects.filter(key__in=keys, state=OutboxEntry.State.WAITING).update(due_at=now)
    wake_workers()


def _lease() -> timedelta:
    return timedelta(seconds=settings.FIRSTLINE_LEASE_SECONDS)


def _fenced(delivery: Delivery) -> Any:
    """Find the entry only if this attempt still has it: a late worker must not overrule a later one."""
    return OutboxEntry.objects.filter(id=delivery.id, attempts=delivery.attempt, state=OutboxEntry.State.WAITING)
