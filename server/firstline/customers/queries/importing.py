"""Reads of imports."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from firstline.accounts.principals import Principal
from firstline.customers.models import CustomerImport, ImportProblem


def imports(principal: Principal, *, before: tuple[datetime, UUID] | None, limit: int) -> list[CustomerImport]:
    """List the files of the brands that somebody works for, the newest first; those of the command line, too."""
    found = CustomerImport.objects.filter(brand__key__in=principal.brands).select_related("brand")
    if before is not None:
        at, id_ = before
        found = found.filter(Q(started_at__lt=at) | Q(started_at=at, id__lt=id_))
    return list(found.order_by("-started_at", "-id")[:limit])


def first_problems(known: CustomerImport, *, limit: int) -> list[ImportProblem]:
    """List what is wrong with the first rows."""
    return list(ImportProblem.objects.filter(of=known).order_by("row", "id")[:limit])
