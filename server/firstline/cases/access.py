"""Who may see which cases, and work on them."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.cases import rules
from firstline.cases.models import Case
from firstline.errors import AccessDenied, Forbidden


def visible_cases(principal: Principal) -> "QuerySet[Case]":
    """Limit cases to a member of staff's brands; a customer's link opens exactly its own."""
    if principal.kind == "process":
        return Case.objects.all()
    if principal.kind == "link":
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
