"""Messages to a customer in their timeline."""

from collections.abc import Iterable

from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.accounts.principals import Principal
from firstline.correspondence.models import MessageIntent, OutgoingMessage
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give messages: to everybody, each of the brands that they work for."""
    yield TimelineKind(key="message", label=gettext_lazy("Messages to the customer"), icon="mail", read=_messages)


def _messages(wanted: TimelineWanted) -> TimelinePart:
    theirs = Q(customer_id__in=wanted.customer_ids) | Q(customer=None, contact__customer_id__in=wanted.customer_ids)
    query = OutgoingMessage.objects.filter(theirs, brand__key__in=wanted.principal.brands)
    if wanted.before is not None:
        at, last = wanted.before
        query = query.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    about = MessageIntent.objects.filter(message=OuterRef("pk")).order_by("created_at", "id")
    found = query.annotate(case_id=Subquery(about.values("case_id")[:1])).order_by("-created_at", "-id")[: wanted.limit]
    return TimelinePart(entries=[_entry(one) for one in found])


def _entry(message: OutgoingMessage) -> TimelineEntry:
    state, tone = {
        OutgoingMessage.State.QUEUED: (_("on its way"), ""),
        OutgoingMessage.State.SENT: ("", ""),
        OutgoingMessage.State.FAILED: (_("not delivered"), "bad"),
        OutgoingMessage.State.NO_ADDRESS: (_("no address"), "bad"),
        OutgoingMessage.State.UNWANTED: (_("not wanted by the customer"), "warn"),
    }.get(OutgoingMessage.State(message.state), ("", ""))
    return TimelineEntry(
        id=message.id,
        at=message.created_at,
        icon="mail",
        text=_("To the customer: %(subject)s") % {"subject": message.subject},
        detail=message.address,
        state=state,
        tone=tone,
        url=_where(message),
    )


def _where(message: OutgoingMessage) -> str:
    if message.contact_id is not None:
        return reverse("contacts:contact", args=[message.contact_id])
    case_id = getattr(message, "case_id", None)
    return reverse("cases:case", args=[case_id]) if case_id else ""
