"""Writes the trail, in the transaction of what it tells about."""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from firstline import clock, codec
from firstline.audit import rules
from firstline.audit.models import AuditEntry

# Any number that nobody else locks: entries are chained one after the other.
_LOCK = 4_117_203_001


@transaction.atomic
def record(
    *,
    actor_id: UUID | None,
    actor: str,
    action: rules.Action,
    about: object,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> UUID:
    """Note who did what to which thing, and why; `data` are values before and after, of the kinds that `codec` knows.

    Call it last in a transaction: the end of the chain is locked until it commits.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    before = AuditEntry.objects.order_by("-number").first()
    salt = secrets.token_hex(32)
    entry = AuditEntry(
        number=before.number + 1 if before else 1,
        at=clock.now(),
        actor_id=actor_id,
        actor=actor[:200],
        action=action,
        about=str(about)[:200],
        reason=reason,
        data=data,
        salt=salt,
        sealed=rules.seal_of(codec.encode(data), salt=salt),
    )
    entry.digest = rules.digest_of(before=before.digest if before else rules.BEGINNING, entry=entry.as_chained())
    entry.save(force_insert=True)
    return entry.id
