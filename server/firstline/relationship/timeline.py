"""The stages of a relationship in the timeline of a customer."""

from collections.abc import Iterable

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.accounts.principals import Principal
from firstline.customers.access import READERS
from firstline.customers.models import Customer
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted
from firstline.relationship.models import StageChange
from firstline.relationship.queries import definition_of
from firstline.sources.rules.tiles import in_language


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give changes of stage, to whoever sees customers."""
    if principal.is_any(READERS):
        yield TimelineKind(key="stage", label=gettext_lazy("Stages"), icon="flag", read=_changes)


def _changes(wanted: TimelineWanted) -> TimelinePart:
    query = StageChange.objects.filter(customer_id__in=wanted.customer_ids)
    if wanted.before is not None:
        at, last = wanted.before
        query = query.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    found = list(query.order_by("-at", "-id")[: wanted.limit])
    names = _names(wanted) if found else {}
    return TimelinePart(entries=[_entry(one, names) for one in found])


def _names(wanted: TimelineWanted) -> dict[str, str]:
    brand = Customer.objects.values_list("brand__key", flat=True).get(id=wanted.customer_id)
    definition = definition_of(brand).value
    return {one.key: in_language(one.label, wanted.language) for one in definition.stages} if definition else {}


def _entry(one: StageChange, names: dict[str, str]) -> TimelineEntry:
    return TimelineEntry(
        id=one.id,
        at=one.at,
        icon="flag",
        text=_("Stage of the relationship: %(stage)s") % {"stage": names.get(one.stage, one.stage)},
        detail=_("by hand, %(name)s") % {"name": one.by} if one.is_by_hand else "",
        state=one.reason,
        url=reverse("customers:customer", args=[one.customer_id]),
    )
