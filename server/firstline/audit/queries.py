"""Reads of the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from firstline import codec
from firstline.audit import rules
from firstline.audit.models import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    number: int
    at: datetime
    actor_id: UUID | None
    actor: str
    action: str
    about: str
    reason: str
    # None also when it was erased.
    data: Mapping[str, Any] | None


def entries_about(about: object, *, limit: int = 100) -> list[AuditRow]:
    """List what was done to a thing, newest first."""
    return [_row(one) for one in AuditEntry.objects.filter(about=str(about)).order_by("-number")[:limit]]


def entries(*, text: str = "", before: int | None = None, limit: int) -> list[AuditRow]:
    """List what was done, newest first: all, or what somebody named like `text` did, or to the thing `text`; older than number `before`."""
    found = AuditEntry.objects.order_by("-number")
    if text:
        found = found.filter(Q(about=text) | Q(actor__icontains=text))
    if before is not None:
        found = found.filter(number__lt=before)
    return [_row(one) for one in found[:limit]]


def _row(one: AuditEntry) -> AuditRow:
    return AuditRow(
        number=one.number,
        at=one.at,
        actor_id=one.actor_id,
        actor=one.actor,
        action=one.action,
        about=one.about,
        reason=one.reason,
        data=one.data,
    )


def first_broken() -> int | None:
    """Walk the chain; return the number of the first entry that isn't as it was written, or stands where one is missing."""
    digest, expected = rules.BEGINNING, 1
    for entry in AuditEntry.objects.order_by("number").iterator():
        is_erased = entry.salt == ""
        sealed = entry.sealed if is_erased else rules.seal_of(codec.encode(entry.data), salt=entry.salt)
        digest = rules.digest_of(before=digest, entry=entry.as_chained())
        if (entry.number, entry.sealed, entry.digest) != (expected, sealed, digest):
            return expected
        expected += 1
    return None
