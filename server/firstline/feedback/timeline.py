"""What a customer said about how they were served, in their timeline."""

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.accounts.principals import Principal
from firstline.customers.access import READERS
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import SCALES


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give what they were asked and said, to whoever sees customers."""
    if principal.is_any(READERS):
        yield TimelineKind(key="satisfaction", label=gettext_lazy("Satisfaction"), icon="chat", read=_read)


def _read(wanted: TimelineWanted) -> TimelinePart:
    query = Satisfaction.objects.filter(customer_id__in=wanted.customer_ids).annotate(
        at=Coalesce("answered_at", "asked_at")
    )
    query = query.filter(at__isnull=False)
    if wanted.before is not None:
        at, last = wanted.before
        query = query.filter(Q(at__lt=at) | Q(at=at, id__lt=last))
    found = query.select_related("case").order_by("-at", "-id")[: wanted.limit]
    return TimelinePart(entries=[_entry(one) for one in found])


def _entry(one: Satisfaction) -> TimelineEntry:
    scale, at = SCALES[one.scale], one.answered_at or one.asked_at or one.planned_at
    where = reverse("feedback:customer", args=[one.customer_id])
    number = one.case.number if one.case else ""
    if one.score is None:
        return TimelineEntry(id=one.id, at=at, icon="chat", text=_("Asked how it was"), detail=number, url=where)
    said = _("Said how it was: %(score)s of %(most)s") % {"score": one.score, "most": scale.high}
    return TimelineEntry(
        id=one.id, at=at, icon="chat", text=said, detail=" · ".join(part for part in (number, one.words[:120]) if part),
        state=one.noted_by and _("noted by %(name)s") % {"name": one.noted_by}, tone=scale.tone(one.score), url=where,
    )  # fmt: skip
