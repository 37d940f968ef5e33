"""An answer is kept with what it tells of, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from firstline.api import rules
from firstline.api.models import KeptAnswer
from firstline.errors import Conflict, FirstlineError


class KeyReused(FirstlineError):
    """An Idempotency-Key that stands for another request."""

    code = "idempotency-key-reused"
    status = 422


class StillRunning(Conflict):
    """The same request is being answered at this moment."""

    code = "still-running"


def answer_kept(*, account_id: UUID, key: str, fingerprint: str) -> KeptAnswer | None:
    """Find what the same request was answered; without an answer nobody else gives one until this transaction ends.

    Raises: KeyReused, StillRunning.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"api:{account_id}:{key}"])
        if not cursor.fetchone()[0]:
            raise StillRunning("The same request is still being answered. Send it again in a few seconds.")
    found = KeptAnswer.objects.filter(account_id=account_id, key=key).first()
    if found is not None and found.fingerprint != fingerprint:
        raise KeyReused(
            "This Idempotency-Key stands for another request, with another address or body. "
            "Send the first one as it was, or this one with a new key."
        )
    return found


def keep_answer(
    *,
    account_id: UUID,
    key: str,
    fingerprint: str,
    status: int,
    headers: Mapping[str, str],
    body: str,
    now: datetime,
) -> None:
    """Keep an answer, in the transaction of what it tells of."""
    KeptAnswer.objects.create(
        account_id=account_id, key=key, fingerprint=fingerprint, status=status, headers=dict(headers), body=body, at=now
    )


@transaction.atomic
def forget_answers(*, now: datetime, limit: int = 500) -> int:
    """Forget answers that nobody asks for again; returns how many."""
    old = KeptAnswer.objects.filter(at__lt=now - rules.KEPT_FOR).order_by("at")
    free = old.select_for_update(skip_locked=True).values_list("id", flat=True)
    return KeptAnswer.objects.filter(id__in=list(free[:limit])).delete()[0]
