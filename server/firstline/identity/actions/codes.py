"""One-time codes, to an address that was proven before."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline import events
from firstline.crashpoints import crash_point
from firstline.customers.queries import same_as
from firstline.errors import Conflict, FirstlineError
from firstline.identity.actions.trying import (
    Asking,
    Outcome,
    audit_proof,
    audit_try,
    insist_unlocked,
    lock_customer,
    note_proof,
    note_try,
    tell,
)
from firstline.identity.events import IdentityTried
from firstline.identity.models import Attempt, CodeSending
from firstline.identity.queries.codes import addresses_for, open_sending
from firstline.identity.rules.codes import is_code, masked
from firstline.identity.rules.policy import IN_WRITING, Way
from firstline.outbox import actions as outbox_actions

WITHIN = timedelta(hours=1)


class NoCode(Conflict):
    """There is no code that could be named: none was sent, or it is used, too old, or was guessed at too often."""

    code = "no-code"


class TooManyCodes(FirstlineError):
    code = "too-many-codes"
    status = 429


@transaction.atomic
def send_code(asking: Asking, *, identifier_id: UUID, language: str) -> UUID:
    """Send a code to one of the speaker's proven addresses; an earlier one of this contact doesn't count any more.

    Raises: LockedOut, TooManyCodes, FirstlineError for an address that codes don't go to.
    """
    way = _way(asking)
    to = next(
        (
            one
            for one in addresses_for(asking.speaker_id, policy=asking.policy, now=asking.now)
            if one.id == identifier_id
        ),
        None,
    )
    if way is None or to is None:
        raise FirstlineError(
            _(
                "Codes only go to addresses that were proven at least a day ago. Choose one of those shown, or another way."
            ),
            code="no-proven-address",
        )
    lock_customer(asking.speaker_id)
    insist_unlocked(asking)
    _insist_not_too_many(asking)
    rules = asking.policy.code
    sending = CodeSending.objects.create(
        contact_id=asking.contact_id, customer_id=asking.speaker_id, kind=to.kind, address=to.value, language=language,
        at=asking.now, until=asking.now + (rules.valid_in_writing if asking.channel in IN_WRITING else rules.valid),
        by_id=asking.by_id, by=asking.by.name[:200],
    )  # fmt: skip
    outbox_actions.put(
        kind="identity.code",
        key=f"identity.code:{sending.id}",
        payload={"sending_id": str(sending.id)},
        about=asking.contact_id,
    )
    crash_point("identity.code.before_commit")
    events.announce(IdentityTried(contact_id=asking.contact_id))
    tell(asking, "identity.code-sent", {"kind": to.kind, "to": masked(to.value)})
    return sending.id


def _way(asking: Asking) -> Way | None:
    return next((one for one in asking.policy.way("code") if one.fits(asking.channel)), None)


def _insist_not_too_many(asking: Asking) -> None:
    lately: QuerySet[CodeSending] = CodeSending.objects.filter(at__gt=asking.now - WITHIN)
    rules = asking.policy.code
    for_customer = lately.filter(customer_id__in=same_as(asking.speaker_id)).count()
    by_agent = lately.filter(by_id=asking.by_id).count() if asking.by_id else 0
    if for_customer >= rules.per_customer:
        raise TooManyCodes(_("This customer got enough codes for an hour. Choose another way, or try later."))
    if by_agent >= rules.per_agent:
        raise TooManyCodes(
            _("You sent as many codes as may be sent within an hour. Ask a colleague, or choose another way.")
        )


@transaction.atomic
def check_code(asking: Asking, *, said: str, sending_id: UUID | None = None) -> Outcome:
    """Compare a code with the one that was sent last for this contact; it counts once.

    `sending_id` names the sending when the customer has followed its link. Raises: LockedOut, NoCode.
    """
    if not said.strip():
        raise FirstlineError(_("Write the six digits of the code."), code="no-answer", status=422)
    lock_customer(asking.speaker_id)
    insist_unlocked(asking)
    sending = open_sending(asking.contact_id, asking.speaker_id, policy=asking.policy, now=asking.now)
    way = _way(asking)
    if sending is None or way is None or sending_id not in {None, sending.id}:
        raise NoCode(
            _("This code doesn't count any more: it was used, is too old, or another was sent. Have a new one sent.")
        )
    right = is_code(said, sending.id, key=settings.SECRET_KEY.encode())
    clock = note_try(asking, way=Attempt.Way.CODE, what=str(sending.id), is_right=right)
    detail = masked(sending.address)
    if right:
        CodeSending.objects.filter(id=sending.id).update(used_at=asking.now)
        note_proof(asking, way, detail=detail)
    audit_try(asking, way="code", what=str(sending.id), is_right=right, clock=clock)
    if right:
        audit_proof(asking, way, detail=detail)
    return Outcome(is_right=right, level=way.level if right else "none", clock=clock)


@transaction.atomic
def note_code_sent(*, sending_id: UUID, now: datetime, error: str = "") -> None:
    """Note that a code is out, or why it isn't."""
    CodeSending.objects.filter(id=sending_id).update(sent_at=None if error else now, error=error[:2000])
    contact_id = CodeSending.objects.values_list("contact_id", flat=True).get(id=sending_id)
    events.announce(IdentityTried(contact_id=contact_id))
