"""Whether somebody was shown to be who they say, and may do what they want; and which staff may note what about it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from firstline.accounts.models import Brand
from firstline.accounts.principals import BACK_OFFICE, LEAD, Principal
from firstline.customers.access import access_customer, visible_customers
from firstline.customers.models import Customer
from firstline.customers.queries import same_as
from firstline.errors import AccessDenied, FirstlineError, Forbidden
from firstline.identity.adapters.amounts import amounts_of
from firstline.identity.adapters.loaded import policy_of
from firstline.identity.models import LEVEL_OF, Authority, Party, Proof
from firstline.identity.rules import words
from firstline.identity.rules.authority import Deed
from firstline.identity.rules.levels import Level, highest
from firstline.identity.rules.standing import Lack, Shown, Standing, lack
from firstline.remembered import once_a_page

# Who may say that an authority is proven, and end it.
PROVERS = (BACK_OFFICE, LEAD)


class NotShown(FirstlineError):
    """It isn't sure enough who is speaking, or they may not do this; `lack` says which."""

    code = "identity-not-shown"
    status = 403


@once_a_page
def standing_of(*, contact_id: UUID | None, customer_id: UUID | None) -> Standing:
    """Say what was shown in a contact by whoever speaks there for `customer_id`; nothing, when they speak for another."""
    these = set(same_as(customer_id)) if customer_id else set()
    party = Party.objects.select_related("authority").filter(contact_id=contact_id).first() if contact_id else None
    if party is None:
        return Standing(speaker_id=customer_id, customer_id=customer_id)
    if party.customer_id not in these:
        return Standing(customer_id=customer_id)
    is_self = party.speaker_id in these
    return Standing(
        speaker_id=customer_id if is_self else party.speaker_id,
        customer_id=customer_id,
        mandate=party.authority.mandate if party.authority else None,
        shown=_shown(party),
    )


def _shown(party: Party) -> tuple[Shown, ...]:
    if party.speaker_id is None:
        return ()
    proofs = Proof.objects.filter(contact_id=party.contact_id, customer_id__in=same_as(party.speaker_id))
    return tuple(
        Shown(
            way=one.way, level=LEVEL_OF.get(one.level, "none"), detail=one.detail, at=one.at, until=one.until, by=one.by
        )
        for one in proofs.order_by("at", "id")
    )


def lack_of(
    standing: Standing, *, brand: Brand, reason: str, commands: Mapping[str, Mapping[str, Any]], now: datetime
) -> Lack | None:
    """Say what is missing for writes (`commands`, each with its parameters) for a reason; None when they may be made."""
    policy = policy_of(brand.key)
    needed = highest([policy.for_reason(reason), *(policy.for_command(key) for key in commands)])
    deed = Deed(is_change=True, reason=reason, amounts=amounts_of(commands), needs_proof=needed != "none")
    return lack(standing, deed, needed=needed, now=now, today=today_of(brand, now))


def access_writes(
    standing: Standing, *, brand: Brand, reason: str, commands: Mapping[str, Mapping[str, Any]], now: datetime
) -> None:
    """Let a step through that writes to systems.

    Raises: NotShown, with what is missing and what to do.
    """
    missing = lack_of(standing, brand=brand, reason=reason, commands=commands, now=now) if commands else None
    if missing is not None:
        raise NotShown(words.sentence(missing), lack=missing.kind, level=missing.level, authority=missing.authority)


def may_see(standing: Standing, *, brand: Brand, view: str, now: datetime) -> bool:
    """Tell whether the sensitive fields of a view may be shown."""
    needed: Level = policy_of(brand.key).for_view(view)
    deed = Deed(is_change=False, needs_proof=needed != "none")
    return lack(standing, deed, needed=needed, now=now, today=today_of(brand, now)) is None


def may_change(standing: Standing, *, brand: Brand, reason: str, now: datetime) -> bool | None:
    """Tell whether what a reason needs was shown; None when it needs nothing."""
    if policy_of(brand.key).for_reason(reason) == "none":
        return None
    return lack_of(standing, brand=brand, reason=reason, commands={}, now=now) is None


def today_of(brand: Brand, now: datetime) -> date:
    """Give the day as the brand has it."""
    return now.astimezone(ZoneInfo(brand.zone)).date()


def visible_authorities(principal: Principal) -> Any:
    """Limit authorities to those between customers of the brands that this member of staff works for."""
    seen = visible_customers(principal)
    return Authority.objects.select_related("speaker", "customer__brand").filter(
        Q(speaker__in=seen) & Q(customer__in=seen)
    )


def access_authority(principal: Principal, authority_id: UUID, *, roles: Collection[str]) -> Authority:
    """Give an authority to whoever may change it.

    Raises: AccessDenied, Forbidden.
    """
    found: Authority | None = visible_authorities(principal).filter(id=authority_id).first()
    if found is None:
        raise AccessDenied(_("There is no such authority, or you don't work for this customer's brand."))
    if not principal.is_any(roles):
        raise Forbidden(_("Only back office and team leads say what is proven. Leave a note for them."))
    return found


def access_locked_customer(principal: Principal, customer_id: UUID) -> Customer:
    """Give a customer to whoever may end a lock.

    Raises: AccessDenied, Forbidden.
    """
    found = access_customer(principal, customer_id)
    if not principal.is_(LEAD):
        raise Forbidden(_("Only team leads end a lock before its time. Ask yours."))
    return found
