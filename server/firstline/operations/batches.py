"""Many incidents tried again together: one transaction per incident, and a true result for each.

An incident is tried once however often the worker is killed: that it was tried is noted in the transaction of the try. What came of it is
read from the incident itself, since a job, or what the executor does, is tried later.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.operations import rules
from firstline.operations.models import Batch, BatchItem
from firstline.outbox import actions as outbox
from firstline.processes import actions as process_actions
from firstline.processes.models import Incident
from firstline.push.actions import hint

log = logging.getLogger(__name__)

OUTBOX_KIND = "operations.batch"
# Of one batch; what is more is left for the next.
MAX_ITEMS = 10_000
_AT_ONCE = 500
# What isn't settled by then is no longer looked at; it is shown as being tried.
_PATIENCE = timedelta(days=1)


@transaction.atomic
def start_batch(*, principal: Principal, incidents: QuerySet[Incident], reason: str) -> UUID:
    """Have incidents tried again in the background, the oldest first; all are of one kind. Raises: NoReason, FirstlineError."""
    reason = rules.reason_of(reason)
    first = incidents.order_by("id").first()
    if first is None or principal.id is None:
        raise process_actions.IncidentClosed(_("None of these incidents is open any more."))
    batch = Batch.objects.create(
        process_id=first.process_id,
        element_id=first.element_id,
        kind=first.kind,
        message=first.message,
        reason=reason,
        started_by=principal.id,
        started_by_name=principal.name,
        started_at=clock.now(),
    )
    rows = incidents.order_by("id").values_list("id", "instance_id")[:MAX_ITEMS]
    items = (BatchItem(batch=batch, incident_id=id_, instance_id=of) for id_, of in rows.iterator(chunk_size=_AT_ONCE))
    number = len(BatchItem.objects.bulk_create(items, batch_size=_AT_ONCE))
    outbox.put(kind=OUTBOX_KIND, key=f"batch:{batch.id}", payload={"batch_id": str(batch.id)})
    data = {"process": first.process_id, "element": first.element_id, "kind": first.kind, "incidents": number}
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="incidents.retried",
        about=batch.id,
        reason=reason,
        data=data,
    )
    return batch.id


def try_some(batch_id: UUID, *, limit: int) -> int:
    """Try up to `limit` incidents that wait for their turn; returns how many were tried."""
    waiting = BatchItem.objects.filter(batch_id=batch_id, state=BatchItem.State.WAITING).order_by("id")
    ids = list(waiting.values_list("id", flat=True)[:limit])
    for id_ in ids:
        _try(id_)
    return len(ids)


@transaction.atomic
def _try(item_id: UUID) -> None:
    item = BatchItem.objects.select_for_update().get(id=item_id)
    if item.state != BatchItem.State.WAITING:
        return
    item.tried_at, item.state = clock.now(), BatchItem.State.UNDER_WAY
    try:
        with transaction.atomic():
            process_actions.retry_incident(incident_id=item.incident_id)
            crash_point("operations.batch.before_commit")
    except process_actions.IncidentClosed:
        item.state, item.settled_at = BatchItem.State.GONE, item.tried_at
    except FirstlineError as refused:
        item.state, item.message, item.settled_at = BatchItem.State.FAILED, refused.message, item.tried_at
    except OperationalError:
        # The database is away, or somebody else was faster at a lock: its turn comes again.
        raise
    except Exception as bug:
        log.exception("Trying the incident %s again failed", item.incident_id)
        message = f"{type(bug).__name__}: {bug}".replace("\x00", "")
        item.state, item.message, item.settled_at = BatchItem.State.FAILED, message, item.tried_at
    item.save(update_fields=["state", "message", "tried_at", "settled_at"])


_SETTLE = """
UPDATE operations_batchitem item
SET state = CASE WHEN incident.resolved_at IS NULL THEN 'failed'
                 WHEN incident.resolution = 'retried' THEN 'succeeded' ELSE 'gone' END,
    message = CASE WHEN incident.resolved_at IS NULL THEN incident.message ELSE '' END,
    settled_at = %(now)s
FROM processes_incident incident
WHERE item.batch_id = %(batch_id)s AND item.state = 'under_way' AND incident.id = item.incident_id
  AND (incident.resolved_at IS NOT NULL OR incident.failed_again_at >= item.tried_at)
"""


def settle(batch_id: UUID, *, now: datetime) -> bool:
    """Note what came of what was tried; returns whether the batch is over."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"batch_id": batch_id, "now": now})
    batch = Batch.objects.get(id=batch_id)
    unsettled = BatchItem.objects.filter(batch_id=batch_id, state__in=BatchItem.UNSETTLED)
    is_over = now - batch.started_at > _PATIENCE or not unsettled.exists()
    if is_over and batch.finished_at is None:
        Batch.objects.filter(id=batch_id).update(finished_at=now)
    with transaction.atomic():
        hint(audience=f"user:{batch.started_by}", kind="batch", id=str(batch_id))
    return is_over
