"""Who may see decision models (all staff), deploy and try them (process owners, administrators), and see what was decided.

A decision that was made is seen by whoever may see the case that it was made for.
"""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from firstline.accounts.access import access_staff
from firstline.accounts.principals import ADMIN, OWNER, Principal
from firstline.decisions.models import Evaluation, ModelVersion
from firstline.decisions.ports import VisibleCases
from firstline.errors import AccessDenied, Forbidden
from firstline.wiring import wiring


def access_decisions(request: HttpRequest) -> Principal:
    """Let any member of staff look at decision models."""
    return access_staff(request)


def may_deploy(principal: Principal) -> bool:
    """Tell whether this person deploys and tries decision models."""
    return principal.is_any((OWNER, ADMIN))


def require_may_deploy(principal: Principal) -> None:
    """Refuse whoever doesn't deploy or try decision models.

    Raises: Forbidden.
    """
    if not may_deploy(principal):
        raise Forbidden(
            _("Only process owners and administrators deploy and try decisions. Ask the owner of the procedure.")
        )


def access_version(principal: Principal, version_id: UUID) -> ModelVersion:
    """Give a version of a decision model to a member of staff.

    Raises: AccessDenied.
    """
    found = ModelVersion.objects.filter(id=version_id).first() if principal.kind == "staff" else None
    if found is None:
        raise AccessDenied(_("There is no such version of a decision model."))
    return found


def visible_cases(principal: Principal) -> QuerySet[Any]:
    """Give the cases, with id and number, that this principal may see."""
    path: str = wiring().DECIDED_ABOUT
    cases: VisibleCases = import_string(path)
    return cases(principal)


def visible_evaluations(principal: Principal) -> QuerySet[Evaluation]:
    """Give the decisions made for cases that this principal may see; those for no case only to who owns processes."""
    about = Q(business_id__in=visible_cases(principal).values("id"))
    if may_deploy(principal):
        about |= Q(business_id=None)
    return Evaluation.objects.filter(about) if principal.kind == "staff" else Evaluation.objects.none()


def access_evaluation(principal: Principal, evaluation_id: UUID) -> Evaluation:
    """Give a decision that was made to whoever may see the case.

    Raises: AccessDenied.
    """
    found = visible_evaluations(principal).select_related("version").filter(id=evaluation_id).first()
    if found is None:
        raise AccessDenied(_("There is no such decision, or it was made for a brand that you don't work for."))
    return found
