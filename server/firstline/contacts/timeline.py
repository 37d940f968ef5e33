"""Contacts in the timeline of a customer."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.accounts.principals import Principal
from firstline.cases.templatetags.cases import CHANNELS, channel_name
from firstline.contacts.access import visible_contacts
from firstline.contacts.models import Contact
from firstline.contacts.queries import ContactRow, rows
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give contacts: to everybody, each of the brands that they work for."""
    yield TimelineKind(key="contact", label=gettext_lazy("Contacts"), icon="contacts", read=_contacts)


def _contacts(wanted: TimelineWanted) -> TimelinePart:
    # What we sent stands in the timeline as a message.
    came = ~Q(direction=Contact.Direction.OUT) | Q(channel="phone")
    query = visible_contacts(wanted.principal).filter(came, customer_id__in=wanted.customer_ids)
    if wanted.before is not None:
        at, last = wanted.before
        query = query.filter(Q(received_at__lt=at) | Q(received_at=at, id__lt=last))
    found = rows(query.order_by("-received_at", "-id")[: wanted.limit], language=wanted.language)
    return TimelinePart(entries=[_entry(one) for one in found])


def _entry(row: ContactRow) -> TimelineEntry:
    return TimelineEntry(
        id=row.id,
        at=row.received_at,
        icon=CHANNELS.get(row.channel, ("contacts", ""))[0],
        text=": ".join(filter(None, (channel_name(row.channel), row.subject))),
        detail=" · ".join(filter(None, (", ".join(row.reasons), row.summary[:200], row.agent))),
        state=_("missed") if row.state == Contact.State.MISSED else "",
        tone="warn" if row.state == Contact.State.MISSED else "",
        url=reverse("contacts:contact", args=[row.id]),
    )
