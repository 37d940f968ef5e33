"""Who may see procedures (all staff) and who may put them into use (process owners, administrators)."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_staff
from firstline.accounts.principals import ADMIN, OWNER, Principal
from firstline.errors import AccessDenied, Forbidden
from firstline.procedures.models import Release


def access_procedures(request: HttpRequest) -> Principal:
    """Let any member of staff look at procedures and reasons."""
    return access_staff(request)


def access_release(principal: Principal, release_id: str) -> Release:
    """Give a release to a member of staff.

    Raises: AccessDenied.
    """
    found = Release.objects.filter(id=release_id).first() if principal.kind == "staff" else None
    if found is None:
        raise AccessDenied(_("There is no such release of a procedure."))
    return found


def may_activate(principal: Principal) -> bool:
    """Tell whether this person decides which release is in use."""
    return principal.is_any((OWNER, ADMIN))


def require_may_activate(principal: Principal) -> None:
    """Refuse whoever doesn't decide which release is in use.

    Raises: Forbidden.
    """
    if not may_activate(principal):
        raise Forbidden(
            _("Only process owners and administrators put a release into use. Ask the owner of the procedure.")
        )
