"""Where codes may go, and which of them still counts."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from firstline.customers import rules as customer_rules
from firstline.customers.models import Identifier
from firstline.customers.queries import same_as
from firstline.identity.models import Attempt, CodeSending
from firstline.identity.rules.policy import Policy

# Whoever makes an address theirs just before, on the phone, can't use it to show that they are the customer.
KNOWN_FOR = timedelta(days=1)


def proven(customer_id: UUID, *, kind: str, now: datetime) -> list[Identifier]:
    """List the addresses or numbers that were proven long enough ago."""
    found = Identifier.objects.filter(customer_id__in=same_as(customer_id), kind=kind, is_verified=True)
    old = Q(verified_at=None) | Q(verified_at__lte=now - KNOWN_FOR)
    return list({one.value: one for one in found.filter(old).order_by("value")}.values())


def addresses_for(customer_id: UUID, *, policy: Policy, now: datetime) -> list[Identifier]:
    """List the addresses to which a code may go: mail, and text messages where there is a gateway."""
    kinds = [customer_rules.EMAIL, *([customer_rules.PHONE] if policy.code.text_message else [])]
    return [one for kind in kinds for one in proven(customer_id, kind=kind, now=now)]


def open_sending(contact_id: UUID, customer_id: UUID, *, policy: Policy, now: datetime) -> CodeSending | None:
    """Give the sending whose code may be named now: the last one of this contact, unless it is used, too old or guessed at."""
    sent = CodeSending.objects.filter(contact_id=contact_id, customer_id__in=same_as(customer_id))
    last = sent.order_by("-at", "-id").first()
    if last is None or last.used_at is not None or now >= last.until:
        return None
    wrong = Attempt.objects.filter(way=Attempt.Way.CODE, what=str(last.id), is_right=False).count()
    return last if wrong < policy.code.tries else None
