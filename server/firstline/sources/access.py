"""Who may see a view and use a command."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.accounts.access import access_one, access_role
from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, LEAD, Principal
from firstline.customers import queries as customer_queries
from firstline.customers.access import access_customer, visible_customers
from firstline.errors import AccessDenied, FirstlineError, Forbidden
from firstline.sources.adapters import loaded
from firstline.sources.models import Command as Write
from firstline.sources.models import Divergence, Reading
from firstline.sources.rules.audiences import is_shown_to
from firstline.sources.rules.definitions import Command, Field, Source, View


class UnknownView(FirstlineError):
    """No definition names it."""

    code = "unknown-view"
    status = 404


class UnknownCommand(FirstlineError):
    """No definition names it."""

    code = "unknown-command"
    status = 404


def access_views(principal: Principal, customer_id: UUID, keys: list[str]) -> list[tuple[Source, View]]:
    """Give views of a customer to whoever may see them, looking at the customer once.

    Raises: AccessDenied for strangers, Forbidden when their role isn't among the view's, UnknownView.
    """
    _access(principal, customer_id)
    found = [_known_view(key) for key in keys]
    for _source, view in found:
        if not may_see(principal, view.roles):
            raise Forbidden(_("Your role doesn't see this information. Ask your team lead if you need it."))
    return found


def access_document(principal: Principal, reading_id: UUID, row: int, name: str) -> tuple[Source, Field, Reading]:
    """Give the document that a reading names in one of its rows to whoever may see that field of it.

    Only what a source named of this very customer can be asked for. Raises: AccessDenied, Forbidden, UnknownView.
    """
    reading = Reading.objects.filter(id=reading_id).first()
    if reading is None or not set(reading.read_of) <= set(customer_queries.same_as(reading.customer_id)):
        raise AccessDenied(_("There is no such document, or its customer is of a brand that you don't work for."))
    ((source, view),) = access_views(principal, reading.customer_id, [reading.view])
    field = next((one for one in view.fields if one.name == name and one.document is not None), None)
    if field is None or row >= len(reading.value["rows"]) or not reading.value["rows"][row].get(name):
        raise AccessDenied(_("There is no such document, or its customer is of a brand that you don't work for."))
    if name in withheld_from(principal, view):
        raise Forbidden(_("Your role doesn't see this information. Ask your team lead if you need it."))
    return source, field, reading


def may_see(principal: Principal, roles: Collection[str]) -> bool:
    """Tell whether somebody sees what is for `roles`; what names none is for all, and processes see everything."""
    return not roles or principal.kind != "staff" or principal.is_any(roles)


def withheld_from(principal: Principal, view: View) -> frozenset[str]:
    """Name the fields of a view that are for others."""
    return frozenset(one.name for one in view.fields if not may_see(principal, one.roles))


def withheld_changes(principal: Principal, source: Source, command: Command) -> frozenset[str]:
    """Name the values that a command changes of which others see what stands there."""
    return frozenset(
        one.name for one in command.changes if not is_shown_to(source, one, lambda roles: may_see(principal, roles))
    )


def access_command(principal: Principal, customer_id: UUID, key: str) -> tuple[Source, Command]:
    """Give a command to whoever may prepare it for this customer.

    Raises: AccessDenied, UnknownCommand.
    """
    _access(principal, customer_id)
    found = loaded.find_command(key)
    if found is None:
        raise UnknownCommand(
            _("There is no command '%(key)s'. Define it in the source's file.") % {"key": key}, key=key
        )
    return found


def access_command_work(principal: Principal, customer_id: UUID, key: str) -> tuple[Source, Command]:
    """Give a command to whoever may have it carried out for this customer.

    Raises: AccessDenied, Forbidden, UnknownCommand.
    """
    found = access_command(principal, customer_id, key)
    if not principal.is_any(COMMANDERS):
        raise Forbidden(_("You may look at this command, but not have it carried out."))
    return found


def visible_writes(principal: Principal) -> QuerySet[Write]:
    """Limit the changes in systems to those for customers whom this member of staff may see."""
    return Write.objects.filter(customer_id__in=visible_customers(principal).values("id"))


def access_write(principal: Principal, write_id: UUID) -> Write:
    """Give a change in a system to whoever may see its customer.

    Raises: AccessDenied.
    """
    refusal = _("There is no such change, or its customer is of a brand that you don't work for.")
    return access_one(visible_writes(principal), write_id, refusal=refusal)


def _access(principal: Principal, customer_id: UUID) -> None:
    if principal.kind not in ("staff", "process"):
        raise AccessDenied(_("This is for staff."))
    access_customer(principal, customer_id)


def _known_view(key: str) -> tuple[Source, View]:
    found = loaded.find_view(key)
    if found is None:
        raise UnknownView(_("There is no view '%(key)s'. Define it in the source's file.") % {"key": key}, key=key)
    return found


RECONCILERS = (LEAD, ADMIN)
COMMANDERS = (AGENT, BACK_OFFICE, LEAD)


def access_reconciliation(request: HttpRequest) -> Principal:
    """Let those in who answer for what stands in the systems."""
    return access_role(request, RECONCILERS)


def visible_divergences(principal: Principal) -> QuerySet[Divergence]:
    """Limit divergences to those of customers whom this team lead or administrator may see."""
    if not principal.is_any(RECONCILERS):
        return Divergence.objects.none()
    return Divergence.objects.filter(customer_id__in=visible_customers(principal).values("id"))


def access_divergence(principal: Principal, divergence_id: UUID) -> Divergence:
    """Give a divergence to whoever may settle it.

    Raises: AccessDenied.
    """
    refusal = _("There is no such difference, or it belongs to a brand that you don't work for.")
    return access_one(visible_divergences(principal), divergence_id, refusal=refusal)


def visible_stuck(principal: Principal) -> QuerySet[Write]:
    """Limit changes to those of customers whom this team lead or administrator may see."""
    return visible_writes(principal) if principal.is_any(RECONCILERS) else Write.objects.none()


def access_stuck(principal: Principal, command_id: UUID) -> Write:
    """Give a change to whoever may have it tried, or give it up.

    Raises: AccessDenied.
    """
    refusal = _("There is no such change, or it belongs to a brand that you don't work for.")
    return access_one(visible_stuck(principal), command_id, refusal=refusal)


def access_sources(request: HttpRequest) -> Principal:
    """Let administrators in: who defines a source decides what Firstline asks and writes there."""
    return access_role(request, (ADMIN,))
