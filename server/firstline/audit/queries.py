"""Reads of the trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

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
    found = AuditEntry.objects.filter(about=str(about)).order_by("-number")[:limit]
    return [
        AuditRow(
            number=one.number,
            at=one.at,
            actor_id=one.actor_id,
            actor=one.actor,
            action=one.action,
            about=one.about,
            reason=one.reason,
            data=one.data,
        )
        for one in found
    ]


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
