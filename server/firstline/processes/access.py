"""Who may do jobs (programs with a key for their type), and who may see who does them."""

from collections.abc import Iterable
from uuid import UUID

from django.http import HttpRequest

from firstline.accounts.access import access_client, access_role, require_scope
from firstline.accounts.principals import ADMIN, LEAD, OWNER, Principal
from firstline.accounts.rules import JOBS, is_allowed
from firstline.errors import AccessDenied
from firstline.processes.models import Lease


def access_jobs(request: HttpRequest, types: Iterable[str]) -> Principal:
    """Let a program ask for jobs of these types. Raises: WrongKey, Forbidden."""
    principal = access_client(request)
    for type_ in types:
        require_scope(principal, JOBS + type_)
    return principal


def access_lease(request: HttpRequest, lease_id: UUID) -> Lease:
    """Give a lease to a program that may do such jobs; its key may have been renewed meanwhile. Raises: WrongKey, AccessDenied."""
    principal = access_client(request)
    found = Lease.objects.filter(id=lease_id).first()
    if found is None or not is_allowed(principal.scopes, JOBS + found.type):
        raise AccessDenied("There is no such lease, or it isn't for your key. Drop this result.", code="unknown-lease")
    return found


def access_workers(request: HttpRequest) -> Principal:
    """Let those who run processes see which jobs wait for workers outside."""
    return access_role(request, (LEAD, OWNER, ADMIN))
