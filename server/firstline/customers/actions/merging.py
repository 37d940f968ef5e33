"""Two customers turn out to be one, or not to be after all. Only a person merges; nothing that refers to them moves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.customers.models import Customer, Duplicate, Merge
from firstline.errors import FirstlineError

MAX_REASON = 1000


class CannotMerge(FirstlineError):
    code = "cannot-merge"
    status = 409


class ReasonMissing(FirstlineError):
    code = "reason-missing"
    status = 422


@transaction.atomic
def merge_customers(
    *,
    survivor_id: UUID,
    merged_id: UUID,
    reason: str,
    principal: Principal,
    now: datetime,
    duplicate_id: UUID | None = None,
) -> UUID:
    """Let one customer live on as another; returns the merge, by which it is undone.

    Raises: CannotMerge when they are of two brands, or one of them lives on as somebody else already; ReasonMissing.
    """
    why = _reason(reason)
    both = {one.id: one for one in _locked(survivor_id, merged_id)}
    if len(both) < 2:
        raise CannotMerge(_("Choose two different customers."))
    survivor, merged = both[survivor_id], both[merged_id]
    if survivor.brand_id != merged.brand_id:
        raise CannotMerge(_("They are customers of two brands, which are kept apart."))
    if survivor.merged_into_id or merged.merged_into_id:
        raise CannotMerge(_("One of them was merged in the meantime. Look at the list again."))
    merged.merged_into = survivor
    merged.save(update_fields=["merged_into"])
    merge = Merge.objects.create(
        survivor=survivor,
        merged=merged,
        duplicate_id=duplicate_id,
        reason=why,
        at=now,
        by_id=principal.id,
        by=principal.name,
    )
    _settle(both, state=Duplicate.State.MERGED, principal=principal, now=now)
    _note(principal, "customer.merged", merge, why)
    return merge.id


@transaction.atomic
def undo_merge(*, merge_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """Part two customers again, with all that was of each of them and all that came in for each of them since.

    Raises: CannotMerge when it is undone already; ReasonMissing.
    """
    why = _reason(reason)
    merge = Merge.objects.select_for_update().get(id=merge_id)
    if merge.undone_at:
        raise CannotMerge(_("This merge is undone already."))
    both = {one.id: one for one in _locked(merge.survivor_id, merge.merged_id)}
    Customer.objects.filter(id=merge.merged_id).update(merged_into=None)
    merge.undone_at, merge.undone_by, merge.undo_reason = now, principal.name, why
    merge.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    _settle(both, state=Duplicate.State.DIFFERENT, principal=principal, now=now)
    _note(principal, "customer.merge-undone", merge, why)


@transaction.atomic
def keep_apart(*, duplicate_id: UUID, principal: Principal, now: datetime) -> None:
    """Say that two who look alike are two; they aren't asked about again."""
    duplicate = Duplicate.objects.select_for_update().get(id=duplicate_id)
    if duplicate.state != Duplicate.State.OPEN:
        raise CannotMerge(_("Somebody decided this in the meantime. Look at the list again."))
    duplicate.state, duplicate.decided_at, duplicate.decided_by = Duplicate.State.DIFFERENT, now, principal.name
    duplicate.save(update_fields=["state", "decided_at", "decided_by"])
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="customer.kept-apart",
        about=duplicate.left_id,
        data={"other": str(duplicate.right_id)},
    )


def _locked(*customer_ids: UUID) -> list[Customer]:
    # Always in the same order, so that two merges of the same two wait for each other.
    return list(Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id"))


def _reason(reason: str) -> str:
    why = reason.replace("\x00", "").strip()[:MAX_REASON]
    if not why:
        raise ReasonMissing(_("Say why, in a few words: who looks at it later wants to know."))
    return why


def _settle(both: dict[UUID, Customer], *, state: str, principal: Principal, now: datetime) -> None:
    Duplicate.objects.filter(left_id__in=both, right_id__in=both).update(
        state=state, decided_at=now, decided_by=principal.name
    )


def _note(principal: Principal, action: Action, merge: Merge, reason: str) -> None:
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action=action,
        about=merge.survivor_id,
        reason=reason,
        data={"merged": str(merge.merged_id), "merge": str(merge.id)},
    )
