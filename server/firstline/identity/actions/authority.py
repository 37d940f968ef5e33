"""Who may speak for whom."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers.models import Customer
from firstline.customers.queries import survivors_of
from firstline.errors import FirstlineError
from firstline.identity.models import Authority, Party
from firstline.identity.rules.authority import KINDS, SCOPES

MAX_AMOUNT = Decimal(10) ** 11


class WrongAuthority(FirstlineError):
    """What is to be noted can't be so."""

    code = "wrong-authority"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuthority:
    """What somebody says about their authority."""

    kind: str
    scope: str = "all"
    reasons: tuple[str, ...] = field(default=())
    max_amount: Decimal | None = None
    from_on: date | None = None
    until_on: date | None = None


@transaction.atomic
def note_authority(
    *, speaker: Customer, customer: Customer, said: NewAuthority, principal: Principal, now: datetime
) -> UUID:
    """Note that somebody says they may speak for a customer; that is a claim until its proof was seen.

    The same said again about the same two is the same authority. Raises: WrongAuthority.
    """
    _insist_sensible(speaker, customer, said)
    fields = {
        "kind": said.kind, "scope": said.scope, "reasons": list(said.reasons), "max_amount": said.max_amount,
        "from_on": said.from_on, "until_on": said.until_on,
    }  # fmt: skip
    list(Customer.objects.select_for_update(no_key=True).filter(id=customer.id))
    known = Authority.objects.filter(speaker=speaker, customer=customer, revoked_at=None, **fields).first()
    if known is not None:
        return known.id
    made = Authority.objects.create(
        speaker=speaker, customer=customer, noted_at=now, noted_by=principal.name[:200], **fields
    )
    _tell("authority.noted", made, principal)
    return made.id


def _insist_sensible(speaker: Customer, customer: Customer, said: NewAuthority) -> None:
    if len(set(survivors_of([speaker.id, customer.id]).values())) == 1:
        raise WrongAuthority(_("That is one and the same customer. Choose two different ones."))
    if speaker.brand_id != customer.brand_id:
        raise WrongAuthority(
            _("These two are customers of different brands. Create the speaker as a customer of this brand.")
        )
    if said.kind not in KINDS or said.scope not in SCOPES:
        raise WrongAuthority(_("Say what kind of authority it is, and how far it goes."))
    if said.scope == "reasons" and not said.reasons:
        raise WrongAuthority(_("Choose at least one reason that the authority covers."))
    if said.from_on and said.until_on and said.until_on < said.from_on:
        raise WrongAuthority(_("The authority would end before it begins. Correct one of the days."))
    if said.max_amount is not None and not Decimal(0) <= said.max_amount < MAX_AMOUNT:
        raise WrongAuthority(_("The amount must be 0 or more, and one that can be paid."))


@transaction.atomic
def prove_authority(*, authority_id: UUID, evidence: str, principal: Principal, now: datetime) -> None:
    """Note what proves an authority, and who saw it.

    Raises: WrongAuthority.
    """
    seen = evidence.replace("\x00", "").strip()[:300]
    if not seen:
        raise WrongAuthority(_("Say what proves it, such as “court decision 12 XVII 34/26 of 3 May”."))
    found = Authority.objects.select_for_update().get(id=authority_id)
    if found.revoked_at is not None:
        raise WrongAuthority(_("This authority was revoked. Note a new one."))
    found.state, found.evidence = Authority.State.PROVEN, seen
    found.proven_at, found.proven_by = now, principal.name[:200]
    found.save(update_fields=["state", "evidence", "proven_at", "proven_by"])
    _tell("authority.proven", found, principal, reason=seen)


@transaction.atomic
def revoke_authority(*, authority_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """End an authority at once; what was done with it stays as it was noted.

    Raises: WrongAuthority.
    """
    why = reason.replace("\x00", "").strip()[:300]
    if not why:
        raise WrongAuthority(_("Say why it ends, such as “revoked by letter of 3 May”."))
    found = Authority.objects.select_for_update().get(id=authority_id)
    if found.revoked_at is not None:
        return
    found.revoked_at, found.revoked_by, found.revoked_because = now, principal.name[:200], why
    found.save(update_fields=["revoked_at", "revoked_by", "revoked_because"])
    _tell("authority.revoked", found, principal, reason=why)


@transaction.atomic
def set_party(
    *, contact_id: UUID, speaker_id: UUID | None, customer_id: UUID | None, authority_id: UUID | None = None
) -> None:
    """Say who speaks in a contact and for whom; what another showed there before doesn't count for them."""
    Party.objects.update_or_create(
        contact_id=contact_id,
        defaults={"speaker_id": speaker_id, "customer_id": customer_id, "authority_id": authority_id},
    )


def _tell(action: Action, authority: Authority, principal: Principal, *, reason: str = "") -> None:
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action=action,
        about=authority.customer_id,
        reason=reason,
        data={
            "authority": str(authority.id),
            "speaker": str(authority.speaker_id),
            "kind": authority.kind,
            "scope": authority.scope,
        },
    )
