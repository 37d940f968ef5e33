"""Writes about relationships: the stage follows its rule, or somebody sets it by hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from firstline import events
from firstline.accounts.principals import Principal, process_principal
from firstline.audit import actions as audit
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer
from firstline.errors import FirstlineError
from firstline.relationship import queries, rules
from firstline.relationship.definition import Definition
from firstline.relationship.events import StageChanged
from firstline.relationship.models import StageChange

MAX_REASON = 500


class CannotSetStage(FirstlineError):
    code = "cannot-set-stage"
    status = 422


def follow_rule(*, customer_id: UUID, brand: str, now: datetime) -> bool:
    """Let the stage follow what is known without asking any system; where a fact is missing it stays as it is.

    Returns whether it is another one now.
    """
    definition = queries.definition_of(brand).value
    if definition is None:
        return False
    standing = queries.last_facts(
        customer_id=customer_id, definition=definition, principal=process_principal(), language="en", now=now
    )
    return note_stage(customer_id=customer_id, definition=definition, standing=standing, now=now)


@transaction.atomic
def note_stage(*, customer_id: UUID, definition: Definition, standing: queries.Standing, now: datetime) -> bool:
    """Note the stage that the rule gives, unless it is that already, or somebody set another one by hand.

    Returns whether it was noted.
    """
    found = queries.by_rule(definition, standing)
    if found.problems or _stays(queries.stage_now(customer_id), found.value):
        return False
    customer = _locked(customer_id)
    last = queries.stage_now(customer.id)
    if _stays(last, found.value):  # somebody was faster
        return False
    facts = {one.name: rules.storable(one.value) for one in found.used}
    _change(customer, str(found.value), last, at=now, facts=facts)
    return True


@transaction.atomic
def set_stage(*, customer_id: UUID, stage: str, reason: str, principal: Principal, now: datetime) -> None:
    """Set the stage by hand; it stays until somebody leaves it to the rule again.

    Raises: CannotSetStage for a stage that there isn't, or without a reason.
    """
    customer, why = _locked(customer_id), _clean(reason)
    definition = queries.definition_of(customer.brand.key).value
    if definition is None or stage not in {one.key for one in definition.stages}:
        raise CannotSetStage(_("Choose one of the stages."))
    if not why:
        raise CannotSetStage(_("Say why, in a few words: who looks at it later wants to know."))
    last = queries.stage_now(customer.id)
    _change(customer, stage, last, at=now, is_by_hand=True, reason=why, by=principal.name)
    told = {"stage": stage, "before": last.stage if last else ""}
    _note(principal, "customer.stage-set", customer.id, why, told)


@transaction.atomic
def leave_to_rule(*, customer_id: UUID, principal: Principal, now: datetime) -> None:
    """Take back that the stage was set by hand; from now on it is what the rule says, as soon as it says something.

    Raises: CannotSetStage.
    """
    customer = _locked(customer_id)
    last = queries.stage_now(customer.id)
    definition = queries.definition_of(customer.brand.key).value
    if last is None or not last.is_by_hand or definition is None:
        raise CannotSetStage(_("The stage isn't set by hand."))
    standing = queries.last_facts(
        customer_id=customer.id, definition=definition, principal=process_principal(), language="en", now=now
    )
    found = queries.by_rule(definition, standing)
    facts = {one.name: rules.storable(one.value) for one in found.used if not one.missing}
    _change(customer, str(found.value or last.stage), last, at=now, by=principal.name, facts=facts)
    _note(principal, "customer.stage-left-to-rule", customer.id, "", {"before": last.stage})


def _stays(last: StageChange | None, stage: Any) -> bool:
    return last is not None and (last.is_by_hand or last.stage == stage)


def _locked(customer_id: UUID) -> Customer:
    """Lock as whom a customer lives on, so that one change of stage comes after the other."""
    survivor_id = customer_queries.survivors_of([customer_id])[customer_id]
    return Customer.objects.select_for_update(of=("self",)).select_related("brand").get(id=survivor_id)


def _change(
    customer: Customer,
    stage: str,
    last: StageChange | None,
    *,
    at: datetime,
    is_by_hand: bool = False,
    reason: str = "",
    by: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    StageChange.objects.create(
        customer=customer, stage=stage, at=at, is_by_hand=is_by_hand, reason=reason, by=by, facts=dict(facts or {})
    )
    before = last.stage if last else ""
    if before != stage:
        events.announce(
            StageChanged(
                customer_id=customer.id, brand=customer.brand.key, before=before, stage=stage, is_by_hand=is_by_hand, reason=reason
            )
        )  # fmt: skip


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:MAX_REASON]


def _note(principal: Principal, action: Any, about: UUID, reason: str, data: Mapping[str, Any]) -> None:
    audit.record(
        actor_id=principal.id, actor=principal.name, action=action, about=about, reason=reason, data=dict(data)
    )
