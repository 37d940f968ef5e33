"""What Firstline itself knows of a customer, in numbers, of all who were merged into them together."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q

from firstline.cases.models import Case, Promise
from firstline.contacts.models import Contact
from firstline.customers import queries as customer_queries
from firstline.customers.models import Customer
from firstline.feedback.queries import satisfaction_facts

YEAR, QUARTER = timedelta(days=365), timedelta(days=90)


def own_facts(customer_id: UUID, *, complaints: Collection[str], now: datetime) -> dict[str, Any]:
    """Count, by the names of rules.OWN_FACTS; cases for one of the reasons `complaints` are complaints."""
    these = customer_queries.same_as(customer_id)
    customers = {one.id: one for one in Customer.objects.filter(id__in=these)}
    cases, contacts = _cases(these, complaints, now), _contacts(these, now)
    last = contacts.pop("last")
    known = (*(one.created_at for one in customers.values()), cases.pop("first"), contacts.pop("first"))
    since: datetime = min(at for at in known if at is not None)
    return {
        "customer_kind": customers[these[0]].kind,
        "known_since": since.date(),
        "known_days": (now - since).days,
        **cases,
        **contacts,
        "days_since_contact": (now - last).days if last else None,
        **_promises(these, now),
        **satisfaction_facts(these, now=now),
    }


def _cases(these: Sequence[UUID], complaints: Collection[str], now: datetime) -> dict[str, Any]:
    is_open, is_young = Q(state=Case.State.OPEN), Q(opened_at__gt=now - YEAR)
    complains = Q(reason_key__in=list(complaints))
    # What is the same thing as another counts once.
    return (
        Case.objects.filter(customer_id__in=these)
        .exclude(state=Case.State.MERGED)
        .aggregate(
            open_cases=Count("id", filter=is_open),
            cases_12_months=Count("id", filter=is_young),
            open_complaints=Count("id", filter=is_open & complains),
            complaints_12_months=Count("id", filter=is_young & complains),
            first=Min("opened_at"),
        )
    )


def _contacts(these: Sequence[UUID], now: datetime) -> dict[str, Any]:
    theirs = Contact.objects.filter(customer_id__in=these, direction=Contact.Direction.IN, is_automatic=False)
    return theirs.aggregate(
        contacts_90_days=Count("id", filter=Q(received_at__gt=now - QUARTER)),
        contacts_12_months=Count("id", filter=Q(received_at__gt=now - YEAR)),
        first=Min("received_at"),
        last=Max("received_at"),
    )


def _promises(these: Sequence[UUID], now: datetime) -> dict[str, Any]:
    due = Promise.objects.filter(case__customer_id__in=these, withdrawn_at=None, due_at__gt=now - YEAR, due_at__lte=now)
    return due.aggregate(
        promises_12_months=Count("id"),
        broken_promises_12_months=Count("id", filter=Q(kept_at=None) | Q(kept_at__gt=F("due_at"))),
    )
