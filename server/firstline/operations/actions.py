"""What operators do: one transaction each, with a reason, in the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from bpmn import commands
from firstline import clock
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.errors import Conflict
from firstline.operations import rules
from firstline.processes import actions as process_actions
from firstline.processes.models import ElementInstance, Incident, Instance, Variable
from firstline.processes.rules import OperatorCommand


class ChangedMeanwhile(Conflict):
    """The value isn't what the operator saw any more."""

    code = "changed-meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What came of trying an incident again; "under_way" is known later."""

    outcome: Literal["succeeded", "failed", "under_way"]
    message: str = ""


# --- instances and tokens --------------------------------------------------------------------------------------------


def suspend_instance(*, principal: Principal, instance_id: UUID, reason: str) -> None:
    """Let nothing happen to an instance until it is resumed. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    _operate(principal, instance_id, commands.Suspend(reason=reason), "instance.suspended", reason)


def resume_instance(*, principal: Principal, instance_id: UUID, reason: str) -> None:
    """Let a suspended instance go on; what came meanwhile comes now. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    _operate(principal, instance_id, commands.Resume(reason=reason), "instance.resumed", reason)


def cancel_instance(*, principal: Principal, instance_id: UUID, reason: str) -> None:
    """End an instance now, and with it its case. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    _operate(principal, instance_id, commands.Cancel(reason=reason), "instance.cancelled", reason)


def cancel_token(*, principal: Principal, instance_id: UUID, token_id: UUID, reason: str) -> None:
    """Take one token out of its element. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    command = commands.CancelToken(element_instance_id=str(token_id), reason=reason)
    _operate(principal, instance_id, command, "token.cancelled", reason, element=_element_of(token_id))


def discard_token(*, principal: Principal, instance_id: UUID, scope_id: UUID, flow_id: str, reason: str) -> None:
    """Take away one token that waits at a gateway. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    command = commands.DiscardToken(scope_id=str(scope_id), flow_id=flow_id, reason=reason)
    _operate(principal, instance_id, command, "token.discarded", reason, flow=flow_id)


def move_token(*, principal: Principal, instance_id: UUID, token_id: UUID, target_id: str, reason: str) -> None:
    """Put a token elsewhere. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    command = commands.MoveToken(element_instance_id=str(token_id), target_id=target_id, reason=reason)
    element = _element_of(token_id)
    _operate(principal, instance_id, command, "token.moved", reason, element=element, target=target_id)


def step_back(*, principal: Principal, instance_id: UUID, token_id: UUID, reason: str) -> None:
    """Undo the last activity that led to a token, and let it begin anew. Raises: Refused, NoReason."""
    reason = rules.reason_of(reason)
    command = commands.StepBack(element_instance_id=str(token_id), reason=reason)
    _operate(principal, instance_id, command, "token.stepped-back", reason, element=_element_of(token_id))


@transaction.atomic
def _operate(
    principal: Principal, instance_id: UUID, command: OperatorCommand, action: Action, reason: str, **data: Any
) -> None:
    process_actions.operate(instance_id=instance_id, command=command)
    _record(principal, action, instance_id, reason, data or None)


def _element_of(token_id: UUID) -> str:
    return ElementInstance.objects.filter(id=token_id).values_list("element_id", flat=True).first() or ""


# --- variables -------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_variable(
    *, principal: Principal, instance_id: UUID, scope_id: UUID, name: str, value: object, seen: str, reason: str
) -> None:
    """Change a variable of one scope, or set a new one of the instance; `seen` marks what the operator saw, "" = nothing.

    Raises: ChangedMeanwhile, Refused, NoReason.
    """
    reason = rules.reason_of(reason)
    Instance.objects.select_for_update(no_key=True).get(id=instance_id)
    row = Variable.objects.filter(instance_id=instance_id, scope_id=scope_id, name=name).first()
    if (rules.mark_of(row.value) if row else "") != seen:
        raise ChangedMeanwhile(_("The value has been changed meanwhile. Look at it again, then decide anew."))
    process_actions.set_variables(instance_id=instance_id, variables={name: value}, element_instance_id=scope_id)
    data = {"name": name, "before": row.value if row else None, "after": value}
    _record(principal, "variable.changed", instance_id, reason, data)


# --- incidents -------------------------------------------------------------------------------------------------------


@transaction.atomic
def retry_incident(*, principal: Principal, incident_id: UUID, reason: str) -> Retried:
    """Try again where an instance stopped. Raises: IncidentClosed, Refused, NoReason."""
    reason = rules.reason_of(reason)
    tried_at = clock.now()
    process_actions.retry_incident(incident_id=incident_id)
    incident = Incident.objects.get(id=incident_id)
    _record(principal, "incident.retried", incident.instance_id, reason, {"incident": str(incident_id)})
    if incident.resolved_at is not None:
        return Retried(outcome="succeeded")
    if incident.failed_again_at is not None and incident.failed_again_at >= tried_at:
        return Retried(outcome="failed", message=incident.message)
    return Retried(outcome="under_way")


def _record(principal: Principal, action: Action, about: UUID, reason: str, data: Mapping[str, Any] | None) -> None:
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=about, reason=reason, data=data)
