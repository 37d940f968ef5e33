"""Two cases turn out to be the same thing, or not to be after all. Only a person merges; nothing that refers to them moves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn import commands
from firstline import events
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.cases.actions import close_case
from firstline.cases.events import CaseChanged
from firstline.cases.models import Case, CaseMerge
from firstline.customers.queries import same_as
from firstline.errors import Conflict, FirstlineError
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries

MAX_REASON = 1000
# What an operator reads beside the process that stands still.
_STANDS_STILL = "Merged into case {number}: it goes on there."
_GOES_ON = "The merge into case {number} was undone."


class CannotMergeCases(Conflict):
    code = "cannot-merge-cases"


class MergeReasonMissing(FirstlineError):
    code = "reason-missing"
    status = 422


@transaction.atomic
def merge_cases(*, survivor_id: UUID, merged_id: UUID, reason: str, principal: Principal, now: datetime) -> UUID:
    """Let one case go on as another of the same customer; returns the merge, by which it is undone.

    The process of the one stands still where it is. Nothing that refers to it moves: it is shown with the other.
    Raises: CannotMergeCases, MergeReasonMissing.
    """
    why = _reason(reason)
    # The engine's row is locked before the case's, as when a process ends and closes its case.
    was_suspended = _stop(merged_id, survivor_id)
    survivor, merged = _locked(survivor_id, merged_id)
    _insist_same(survivor, merged)
    merged.state, merged.merged_into = Case.State.MERGED, survivor
    merged.save(update_fields=["state", "merged_into"])
    merge = CaseMerge.objects.create(
        survivor=survivor, merged=merged, was_suspended=was_suspended, reason=why, at=now, by_id=principal.id
    )
    _tell(merge, "case.merged", why, principal)
    return merge.id


@transaction.atomic
def undo_case_merge(*, merge_id: UUID, reason: str, principal: Principal, now: datetime) -> None:
    """Part two cases again: the one goes on where it stood, with all that was its own and came in for it since.

    Raises: CannotMergeCases when it is undone already; MergeReasonMissing.
    """
    why = _reason(reason)
    merge = CaseMerge.objects.select_related("merged", "survivor").get(id=merge_id)
    if merge.undone_at is None and not merge.was_suspended:
        _set_going(merge)
    _locked(merge.survivor_id, merge.merged_id)
    merge = CaseMerge.objects.select_for_update(of=("self",)).select_related("merged").get(id=merge_id)
    if merge.undone_at is not None:
        raise CannotMergeCases(_("This merge is undone already."))
    Case.objects.filter(id=merge.merged_id).update(merged_into=None, state=Case.State.OPEN)
    merge.undone_at, merge.undone_by_id, merge.undo_reason = now, principal.id, why
    merge.save(update_fields=["undone_at", "undone_by", "undo_reason"])
    _tell(merge, "case.merge-undone", why, principal)
    _close_if_ended(merge.merged, now)


def running_merge(case_id: UUID) -> CaseMerge:
    """Give the merge by which a case goes on as another. Raises: CannotMergeCases when it doesn't."""
    found = CaseMerge.objects.filter(merged_id=case_id, undone_at=None).first()
    if found is None:
        raise CannotMergeCases(_("This case isn't merged."))
    return found


def _stop(merged_id: UUID, survivor_id: UUID) -> bool:
    """Have a case's process stand still; True when it does already."""
    merged = Case.objects.filter(id=merged_id).first()
    if merged is None or merged.instance_id is None or merged.state != Case.State.OPEN:
        return False
    if process_queries.is_suspended(merged.instance_id):
        return True
    number = Case.objects.filter(id=survivor_id).values_list("number", flat=True).first()
    command = commands.Suspend(reason=_STANDS_STILL.format(number=number))
    try:
        process_actions.operate(instance_id=merged.instance_id, command=command)
    except process_actions.Refused as error:
        raise CannotMergeCases(_("This case can't be stopped just now. Look at both again.")) from error
    return False


def _set_going(merge: CaseMerge) -> None:
    instance_id = merge.merged.instance_id
    if instance_id is not None and process_queries.is_suspended(instance_id):
        command = commands.Resume(reason=_GOES_ON.format(number=merge.survivor.number))
        process_actions.operate(instance_id=instance_id, command=command)


def _close_if_ended(case: Case, now: datetime) -> None:
    """Close a case whose process an operator ended while it was merged."""
    instance = process_queries.instance(case.instance_id) if case.instance_id else None
    if instance is not None and instance.outcome:
        close_case(case_id=case.id, outcome=instance.outcome, now=now)


def _locked(one_id: UUID, other_id: UUID) -> tuple[Case, Case]:
    # Always in the same order, so that two merges of the same two wait for each other.
    found = Case.objects.select_for_update(of=("self",)).filter(id__in={one_id, other_id}).order_by("id")
    both = {one.id: one for one in found}
    if len(both) < 2:
        raise CannotMergeCases(_("Choose two different cases."))
    return both[one_id], both[other_id]


def _insist_same(survivor: Case, merged: Case) -> None:
    """Raises: CannotMergeCases."""
    if merged.state != Case.State.OPEN or survivor.state != Case.State.OPEN:
        raise CannotMergeCases(_("One of them isn't open any more. Look at both again."))
    if survivor.customer_id is None or merged.customer_id not in same_as(survivor.customer_id):
        raise CannotMergeCases(
            _("They are cases of two customers. Only what one customer wants can be the same thing.")
        )
    if survivor.brand_id != merged.brand_id:
        raise CannotMergeCases(_("They are cases of two brands, which are kept apart."))


def _reason(reason: str) -> str:
    why = reason.replace("\x00", "").strip()[:MAX_REASON]
    if not why:
        raise MergeReasonMissing(_("Say why, in a few words: who looks at it later wants to know."))
    return why


def _tell(merge: CaseMerge, action: Action, reason: str, principal: Principal) -> None:
    for case_id in (merge.survivor_id, merge.merged_id):
        events.announce(CaseChanged(case_id=case_id))
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action=action,
        about=merge.survivor_id,
        reason=reason,
        data={"merged": str(merge.merged_id), "merge": str(merge.id)},
    )
