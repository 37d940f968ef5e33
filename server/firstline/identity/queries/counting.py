"""Where the count of wrong answers about a customer stands."""

from datetime import datetime
from uuid import UUID

from firstline.customers.queries import same_as
from firstline.identity.models import Attempt, Lift, Proof
from firstline.identity.rules.lockout import Clock, Happened, clock_of
from firstline.identity.rules.policy import Policy


def clock_for(customer_id: UUID, *, policy: Policy, now: datetime) -> Clock:
    """Count for one customer, whoever they were merged with: who guesses doesn't begin anew with a duplicate."""
    these = same_as(customer_id)
    since = now - policy.forget - policy.locked
    happened = [
        Happened(what="wrong", at=at)
        for at in Attempt.objects.filter(customer_id__in=these, is_right=False, at__gte=since).values_list(
            "at", flat=True
        )
    ]
    happened += [
        Happened(what="cleared", at=at)
        for at in Proof.objects.filter(customer_id__in=these, at__gte=since).values_list("at", flat=True)
    ]
    happened += [
        Happened(what="lifted", at=at)
        for at in Lift.objects.filter(customer_id__in=these, at__gte=since).values_list("at", flat=True)
    ]
    return clock_of(happened, at_most=policy.wrong_answers, locked=policy.locked, forget=policy.forget, now=now)
