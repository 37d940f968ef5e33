"""Who may see which cases, and work on them."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.cases import rules
from firstline.cases.models import Case, CaseMerge, Promise
from firstline.errors import AccessDenied, Forbidden
from firstline.processes import queries as process_queries
from firstline.processes.models import Incident
from firstline.processes.queries import TaskRow


def visible_cases(principal: Principal) -> "QuerySet[Case]":
    """Limit cases to a member of staff's brands; a customer's link opens exactly its own."""
    if principal.kind == "process":
        return Case.objects.all()
    if principal.kind == "link" and principal.case_id is not None:
        return Case.objects.filter(id=principal.case_id)
    if principal.kind != "staff":
        return Case.objects.none()
    return Case.objects.filter(brand__key__in=principal.brands)


def access_case(principal: Principal, case_id: UUID) -> Case:
    """Give a case to whoever may see it.

    Raises: AccessDenied.
    """
    found = visible_cases(principal).select_related("brand", "customer", "release").filter(id=case_id).first()
    if found is None:
        raise AccessDenied(_("There is no such case, or it belongs to a brand that you don't work for."))
    return found


def access_case_work(principal: Principal, case_id: UUID) -> Case:
    """Give a case to whoever may change it: those who talk to customers or work in the back office.

    Raises: AccessDenied, Forbidden.
    """
    found = access_case(principal, case_id)
    if not principal.is_any(rules.WORKING_ROLES):
        raise Forbidden(_("You may look at this case, but not work on it."))
    return found


def access_step(principal: Principal, task_id: UUID) -> tuple[Case, TaskRow]:
    """Give a step, done ones too, with its case to whoever may see the case.

    Raises: AccessDenied.
    """
    task = process_queries.task(task_id)
    if task is None or task.business_id is None:
        raise AccessDenied(_("There is no such step. Look at the list again."))
    return access_case(principal, task.business_id), task


def access_step_work(principal: Principal, task_id: UUID) -> Case:
    """Give the case of a step to whoever may change the case; who may do the step itself is decided with it.

    Raises: AccessDenied, Forbidden.
    """
    case, _task = access_step(principal, task_id)
    return access_case_work(principal, case.id)


def access_case_promise(principal: Principal, case_id: UUID, promise_id: UUID) -> Promise:
    """Give a promise of a case to whoever may change the case.

    Raises: AccessDenied, Forbidden.
    """
    case = access_case_work(principal, case_id)
    found = Promise.objects.filter(case=case, id=promise_id).first()
    if found is None:
        raise AccessDenied(_("This case has no such promise."))
    return found


def access_case_merge(principal: Principal, case_id: UUID, merge_id: UUID) -> CaseMerge:
    """Give a merge that a case was part of to whoever may change it; both are of one brand.

    Raises: AccessDenied, Forbidden.
    """
    case = access_case_work(principal, case_id)
    found = CaseMerge.objects.filter(Q(survivor=case) | Q(merged=case), id=merge_id).first()
    if found is None:
        raise AccessDenied(_("This case has no such merge."))
    return found


def access_case_incident(principal: Principal, case_id: UUID, incident_id: UUID) -> Incident:
    """Give what stops a case to those who may set it going again: team leads and administrators.

    Raises: AccessDenied, Forbidden.
    """
    case = access_case(principal, case_id)
    if not principal.is_any((LEAD, ADMIN)):
        raise Forbidden(_("Only team leads and administrators can have it tried again. Ask your team lead."))
    found = Incident.objects.filter(business_id=case.id, id=incident_id).first()
    if found is None:
        raise AccessDenied(_("This case has no such incident."))
    return found
