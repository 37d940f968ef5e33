"""Who sees and mends running processes: team leads and administrators, as far as they may see the cases.

What belongs to no case is for administrators.
"""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_role
from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.cases.access import visible_cases
from firstline.errors import AccessDenied
from firstline.operations.models import Batch
from firstline.processes.models import Deployment, Incident, Instance

OPERATORS = (LEAD, ADMIN)


def access_operations(request: HttpRequest) -> Principal:
    """Let operators in."""
    return access_role(request, OPERATORS)


def access_trail(request: HttpRequest) -> Principal:
    """Let administrators in: the trail tells of every brand."""
    return access_role(request, (ADMIN,))


def visible_instances(principal: Principal) -> QuerySet[Instance]:
    """Limit instances to those whose case this operator may see."""
    return Instance.objects.filter(_of_visible_cases(principal))


def visible_incidents(principal: Principal) -> QuerySet[Incident]:
    """Limit incidents to those whose case this operator may see."""
    return Incident.objects.filter(_of_visible_cases(principal))


def _of_visible_cases(principal: Principal) -> Q:
    if not principal.is_any(OPERATORS):
        return Q(pk__in=[])
    theirs = Q(Exists(visible_cases(principal).filter(id=OuterRef("business_id"))))
    return theirs | Q(business_id=None) if principal.is_(ADMIN) else theirs


def access_instance(principal: Principal, instance_id: UUID) -> Instance:
    """Give an instance to whoever may see its case.

    Raises: AccessDenied.
    """
    found = visible_instances(principal).select_related("deployment").filter(id=instance_id).first()
    if found is None:
        raise AccessDenied(_("There is no such instance, or it belongs to a brand that you don't work for."))
    return found


def access_incident(principal: Principal, incident_id: UUID) -> Incident:
    """Give an incident to whoever may see its case.

    Raises: AccessDenied.
    """
    found = visible_incidents(principal).filter(id=incident_id).first()
    if found is None:
        raise AccessDenied(_("There is no such incident, or it belongs to a brand that you don't work for."))
    return found


def access_version(principal: Principal, deployment_id: UUID, process_id: str) -> Deployment:
    """Give a deployed version of a process to an operator.

    Raises: AccessDenied.
    """
    deployed = Deployment.objects.filter(id=deployment_id, process_ids__contains=[process_id])
    found = deployed.first() if principal.is_any(OPERATORS) else None
    if found is None:
        raise AccessDenied(_("There is no such version of a process."))
    return found


def access_batch(principal: Principal, batch_id: UUID) -> Batch:
    """Give a batch to who started it, and to administrators.

    Raises: AccessDenied.
    """
    found = Batch.objects.filter(id=batch_id).first()
    if found is None or not (principal.is_(ADMIN) or (principal.is_(LEAD) and found.started_by == principal.id)):
        raise AccessDenied(_("There is no such batch, or somebody else started it."))
    return found
