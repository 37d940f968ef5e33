"""Who moves running instances to another release: process owners and administrators."""

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_role
from firstline.accounts.principals import ADMIN, OWNER, Principal
from firstline.errors import AccessDenied
from firstline.migration.models import Migration

ROLES = (OWNER, ADMIN)


def access_migrations(request: HttpRequest) -> Principal:
    """Let process owners and administrators in."""
    return access_role(request, ROLES)


def access_migration(principal: Principal, migration_id: UUID) -> Migration:
    """Give a migration to who may move instances.

    Raises: AccessDenied.
    """
    found = Migration.objects.filter(id=migration_id).first() if principal.is_any(ROLES) else None
    if found is None:
        raise AccessDenied(_("There is no such migration."))
    return found
