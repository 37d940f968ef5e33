"""Changes that wait for a system, and notes that it refused: an operator has them tried at once, or gives them up for a reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers import queries as customer_queries
from firstline.errors import Conflict, FirstlineError
from firstline.outbox import actions as outbox
from firstline.sources.access import access_stuck, visible_stuck
from firstline.sources.actions import ORDERED
from firstline.sources.models import Command
from firstline.sources.queries import CommandRow, write_rows

MAX_REASON = 1_000
_STOPPED = (Command.State.CONFLICT, Command.State.REFUSED)


class NotStuck(Conflict):
    """It was carried out, or given up, in the meantime."""

    code = "not-stuck"


class NoReason(FirstlineError):
    """Giving up needs a reason."""

    code = "no-reason"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckRow:
    """A change that waits, or a note that was refused, and whose it is."""

    id: UUID
    customer: str
    case_id: UUID | None
    since: datetime
    change: CommandRow


def stuck(*, principal: Principal, before: tuple[datetime, UUID] | None, limit: int, language: str) -> list[StuckRow]:
    """List what this person may see, the oldest first; `before` is where the last page ended."""
    found = _unsettled(visible_stuck(principal))
    if before is not None:
        at, id_ = before
        found = found.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=id_))
    rows = list(found.order_by("created_at", "id")[:limit])
    names = customer_queries.cards([row.customer_id for row in rows])
    changes = write_rows(rows, language=language)
    return [
        StuckRow(
            id=row.id,
            customer=names[row.customer_id].name if row.customer_id in names else "",
            case_id=row.case_id,
            since=row.created_at,
            change=change,
        )
        for row, change in zip(rows, changes, strict=True)
    ]


def _unsettled(found: QuerySet[Command]) -> QuerySet[Command]:
    waiting = Q(state=Command.State.WAITING, given_up_by="")
    return found.filter(waiting | Q(kind=Command.Kind.NOTE, state__in=_STOPPED, given_up_by=""))


@transaction.atomic
def try_now(*, principal: Principal, command_id: UUID) -> None:
    """Have it tried at once instead of at its time; a note that was refused is tried once more.

    Raises: AccessDenied, NotStuck.
    """
    entry, now = _locked(principal, command_id), clock.now()
    if entry.state in _STOPPED:
        entry.state = Command.State.PENDING
        entry.round += 1
        entry.save(update_fields=["state", "round"])
        key = f"{entry.key}:{entry.round}"
        outbox.put(kind=ORDERED, key=key, payload={"command_id": str(entry.id)}, about=entry.case_id)
    else:
        _hurry(entry, now)
    _record(principal, "command.tried-now", entry)


@transaction.atomic
def give_up(*, principal: Principal, command_id: UUID, reason: str) -> None:
    """Stop trying. The process that wants the change hears that it was refused, and goes the way that its model has for that.

    Raises: AccessDenied, NotStuck, NoReason.
    """
    entry, now = _locked(principal, command_id), clock.now()
    why = reason.replace("\x00", "").strip()[:MAX_REASON]
    if not why:
        raise NoReason(_("Write why it is given up; it is kept with your name."))
    entry.given_up_by, entry.given_up_why = principal.name[:200], why
    entry.save(update_fields=["given_up_by", "given_up_why"])
    _hurry(entry, now)
    _record(principal, "command.given-up", entry, why)


def _hurry(entry: Command, now: datetime) -> None:
    # What waits for the case: the job that wants the change is among it.
    if entry.case_id is not None:
        outbox.hurry(about=entry.case_id, now=now)
    outbox.hurry_keys(keys=[entry.key], now=now)


def _locked(principal: Principal, command_id: UUID) -> Command:
    access_stuck(principal, command_id)
    entry = _unsettled(Command.objects.select_for_update().filter(id=command_id)).first()
    if entry is None:
        raise NotStuck(_("This isn't waiting any more. Look at the list again."))
    return entry


def _record(principal: Principal, action: Action, entry: Command, reason: str = "") -> None:
    told = {"command": entry.command, "case": str(entry.case_id or "")}
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=entry.id, reason=reason, data=told)
