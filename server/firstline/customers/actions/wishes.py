"""How a customer wants to be dealt with: salutation, language, channel, times, needs; and what they allow."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.customers import consent, needs
from firstline.customers.actions.customers import refresh_search_text
from firstline.customers.models import Consent, Customer
from firstline.customers.queries.wishes import purposes_of
from firstline.errors import FirstlineError

SALUTATIONS = ("", "mr", "ms")


class NoSuchWish(FirstlineError):
    code = "no-such-wish"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """All that a customer prefers, as it shall stand from now on."""

    salutation: str
    title: str
    language: str
    preferred_channel: str
    need_keys: tuple[str, ...]
    needs: str
    reach_days: tuple[int, ...]
    reach_from: time | None
    reach_until: time | None


@transaction.atomic
def change_preferences(*, customer_id: UUID, preferences: Preferences, principal: Principal) -> None:
    """Note how a customer wants to be dealt with; what changed is kept in the audit trail.

    Raises: NoSuchWish.
    """
    _check(preferences)
    customer = Customer.objects.select_for_update().get(id=customer_id)
    new = _cleaned(preferences)
    before = {name: getattr(customer, name) for name in new}
    changed = [name for name, value in new.items() if before[name] != value]
    if not changed:
        return
    for name in changed:
        setattr(customer, name, new[name])
    customer.save(update_fields=changed)
    if "title" in changed:
        refresh_search_text(customer)
    told = {name: {"before": _plain(before[name]), "after": _plain(new[name])} for name in changed}
    audit.record(
        actor_id=principal.id, actor=principal.name, action="customer.preferences-changed", about=customer_id, data=told
    )


def _check(wanted: Preferences) -> None:
    if wanted.salutation not in SALUTATIONS or wanted.language not in dict(settings.LANGUAGES):
        raise NoSuchWish(_("Choose the salutation and the language from the lists."))
    if wanted.preferred_channel not in ("", *consent.CHANNELS):
        raise NoSuchWish(_("Choose the preferred channel from the list."))
    if set(wanted.need_keys) - set(needs.NEEDS) or set(wanted.reach_days) - set(needs.WEEK):
        raise NoSuchWish(_("Choose needs and days from the lists."))
    if wanted.reach_from and wanted.reach_until and wanted.reach_until <= wanted.reach_from:
        raise NoSuchWish(_("The time until which they like to be called is before the time from which on they do."))
    if wanted.preferred_channel and needs.is_ruled_out(wanted.preferred_channel, wanted.need_keys):
        raise NoSuchWish(
            _("The preferred channel is one on which they must never be contacted. Change one of the two.")
        )


def _cleaned(wanted: Preferences) -> dict[str, Any]:
    found: dict[str, Any] = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    return found | {
        "title": wanted.title.replace("\x00", "").strip()[:40],
        "needs": wanted.needs.replace("\x00", "").strip()[:5000],
        "need_keys": [key for key in needs.NEEDS if key in wanted.need_keys],
        "reach_days": sorted(set(wanted.reach_days)),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, time) else value


@transaction.atomic
def note_consent(
    *,
    customer_id: UUID,
    purpose: str,
    channels: Iterable[str],
    is_given: bool,
    said_at: datetime,
    way: str,
    evidence: str,
    principal: Principal,
    now: datetime,
) -> None:
    """Note what a customer said about a purpose on some channels; it counts from now on, and what was said before is kept.

    Raises: NoSuchWish when the brand has no such purpose or channel, or it isn't said when, how and by what it is shown.
    """
    customer = Customer.objects.select_related("brand").select_for_update(of=("self",)).get(id=customer_id)
    known = {one.key: one for one in purposes_of(customer.brand.key)}.get(purpose)
    wanted = list(dict.fromkeys(channels))
    if known is None or not wanted or set(wanted) - set(known.channels):
        raise NoSuchWish(_("Choose what it is about, and the channels, from the list."))
    shown = evidence.replace("\x00", "").strip()[:200]
    if way not in consent.WAYS or (is_given and not shown):
        raise NoSuchWish(
            _("Say how they said it, and what shows it, such as “call of 3 May” or “form no. 17”: a consent must be proven.")
        )  # fmt: skip
    if said_at > now:
        raise NoSuchWish(_("They can't have said it in the future. Look at the date again."))
    Consent.objects.bulk_create(
        Consent(
            customer=customer, purpose=purpose, channel=channel, is_given=is_given, said_at=said_at, noted_at=now, way=way,
            evidence=shown, noted_by=principal.name,
        )
        for channel in wanted
    )  # fmt: skip
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="consent.given" if is_given else "consent.withdrawn",
        about=customer_id,
        reason=shown,
        data={"purpose": purpose, "channels": wanted, "way": way, "said_at": said_at.isoformat()},
    )


@transaction.atomic
def object_to_all(*, customer_id: UUID, way: str, evidence: str, principal: Principal, now: datetime) -> None:
    """Note that a customer wants to be contacted for none of the brand's purposes, on no channel. Raises: NoSuchWish."""
    brand = Customer.objects.values_list("brand__key", flat=True).get(id=customer_id)
    for purpose in purposes_of(brand):
        note_consent(
            customer_id=customer_id, purpose=purpose.key, channels=purpose.channels, is_given=False, said_at=now, way=way,
            evidence=evidence, principal=principal, now=now,
        )  # fmt: skip
