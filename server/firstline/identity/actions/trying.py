"""What every try has in common: one customer at a time, counted, kept, and heard of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from firstline import events
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers.models import Customer
from firstline.customers.queries import same_as
from firstline.errors import Conflict, FirstlineError
from firstline.identity.adapters.loaded import policy_of
from firstline.identity.events import IdentityShown, IdentityTried
from firstline.identity.models import Attempt, Lift, Party, Proof
from firstline.identity.queries.counting import clock_for
from firstline.identity.rules.levels import Level
from firstline.identity.rules.lockout import Clock
from firstline.identity.rules.policy import Policy, Way


class LockedOut(Conflict):
    """There were too many wrong answers about this customer."""

    code = "locked-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Of whom something is asked, in which contact, and by whom; `by` is nobody when the customer is alone with a page."""

    contact_id: UUID
    speaker_id: UUID
    brand: str
    channel: str
    by: Principal
    now: datetime

    @property
    def policy(self) -> Policy:
        """What holds here."""
        return policy_of(self.brand)

    @property
    def by_id(self) -> UUID | None:
        """The member of staff, or None."""
        return self.by.id if self.by.kind == "staff" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a try ended: right or wrong, the level that is reached with it, or until when nobody may try."""

    is_right: bool
    level: Level = "none"
    clock: Clock


def lock_customer(customer_id: UUID) -> None:
    """Let tries about one customer pass one after the other, so that none goes uncounted."""
    # Whoever only refers to the customer meanwhile, such as a new contact, doesn't have to wait.
    list(Customer.objects.select_for_update(no_key=True).filter(id__in=same_as(customer_id)).order_by("id"))


def insist_unlocked(asking: Asking) -> None:
    """Let nobody try while too many were wrong.

    Raises: LockedOut, with the time at which it ends.
    """
    clock = clock_for(asking.speaker_id, policy=asking.policy, now=asking.now)
    if clock.locked_until is not None:
        raise LockedOut(
            _(
                "There were too many wrong answers. Nobody can be verified with questions or codes before %(time)s; a team lead can end that."
            )
            % {"time": timezone.localtime(clock.locked_until).strftime("%H:%M")},
            until=clock.locked_until.isoformat(),
        )


def note_try(asking: Asking, *, way: Attempt.Way, what: str, is_right: bool) -> Clock:
    """Count a try, and say where the count stands then."""
    Attempt.objects.create(
        contact_id=asking.contact_id, customer_id=asking.speaker_id, way=way, what=what, is_right=is_right,
        at=asking.now, by_id=asking.by_id,
    )  # fmt: skip
    clock = clock_for(asking.speaker_id, policy=asking.policy, now=asking.now)
    events.announce(IdentityTried(contact_id=asking.contact_id))
    return clock


def audit_try(asking: Asking, *, way: str, what: str, is_right: bool, clock: Clock) -> None:
    """Write the try into the trail, and the lock that it may have led to. The last thing in its transaction."""
    tell(asking, "identity.tried", {"way": way, "what": what, "is_right": is_right})
    if clock.locked_until is not None:
        tell(asking, "identity.locked", {"until": clock.locked_until.isoformat()})


def note_proof(asking: Asking, way: Way, *, detail: str = "") -> None:
    """Keep that somebody showed who they are, for this contact and a time."""
    Party.objects.get_or_create(
        contact_id=asking.contact_id, defaults={"speaker_id": asking.speaker_id, "customer_id": asking.speaker_id}
    )
    Proof.objects.create(
        contact_id=asking.contact_id, customer_id=asking.speaker_id, way=way.key, level=way.level, detail=detail[:300],
        at=asking.now, until=asking.now + asking.policy.lasts_on(asking.channel), by_id=asking.by_id, by=asking.by.name[:200],
    )  # fmt: skip
    events.announce(IdentityShown(contact_id=asking.contact_id, at=asking.now, by_id=asking.by_id))


def audit_proof(asking: Asking, way: Way, *, detail: str = "") -> None:
    """Write it into the trail. The last thing in its transaction."""
    tell(asking, "identity.verified", {"way": way.key, "level": way.level, "detail": detail})


def tell(asking: Asking, action: Action, data: dict[str, Any]) -> None:
    """Write into the trail what was done about whom, and in which contact."""
    audit.record(
        actor_id=asking.by_id,
        actor=asking.by.name or "customer",
        action=action,
        about=asking.speaker_id,
        data={"contact": str(asking.contact_id), **data},
    )


@transaction.atomic
def lift_lock(*, customer_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """End a lock before its time, with a reason.

    Raises: FirstlineError without a reason.
    """
    why = reason.replace("\x00", "").strip()[:300]
    if not why:
        raise FirstlineError(_("Say why the lock ends before its time."), code="no-reason", status=422)
    lock_customer(customer_id)
    Lift.objects.create(customer_id=customer_id, reason=why, at=now, by_id=principal.id, by=principal.name[:200])
    audit.record(actor_id=principal.id, actor=principal.name, action="identity.unlocked", about=customer_id, reason=why)
