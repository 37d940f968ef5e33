"""What back-office systems know, and what was changed in them, in the timeline of a customer."""

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.accounts.principals import Principal
from firstline.customers.ports import TimelineEntry, TimelineKind, TimelinePart, TimelineWanted
from firstline.sources import queries
from firstline.sources.access import may_see
from firstline.sources.adapters import loaded
from firstline.sources.queries import CommandRow
from firstline.sources.rules.definitions import Moments, View
from firstline.sources.rules.tiles import Cell, Tile, in_language

_TONES = {"confirmed": "good", "waiting": "warn", "conflict": "bad", "refused": "bad"}


def kinds(*, principal: Principal, language: str) -> Iterable[TimelineKind]:
    """Give the changes written to systems, and each view that says how its rows are entries, to whom the view is for."""
    yield TimelineKind(key="change", label=gettext_lazy("Changes in systems"), icon="do", read=_changes)
    for source in loaded.sources().values():
        for view in source.views.values():
            if view.timeline is not None and may_see(principal, view.roles):
                yield TimelineKind(
                    key=view.key,
                    label=in_language(view.label, language),
                    icon="sources",
                    read=partial(_records, view=view, moments=view.timeline),
                    hint=f"tile:{view.key}",
                )


def _changes(wanted: TimelineWanted) -> TimelinePart:
    found = queries.changes_of(wanted.customer_ids, before=wanted.before, limit=wanted.limit, language=wanted.language)
    return TimelinePart(entries=[_change(one) for one in found])


def _change(row: CommandRow) -> TimelineEntry:
    return TimelineEntry(
        id=row.id,
        at=row.created_at,
        icon="do",
        text=_("%(what)s in %(source)s") % {"what": row.label, "source": row.source_label},
        state=row.sentence,
        tone=_TONES.get(row.state, ""),
        url=reverse("cases:case", args=[row.case_id]) if row.case_id else "",
    )


def _records(wanted: TimelineWanted, *, view: View, moments: Moments) -> TimelinePart:
    """Give a view's rows: what was read last where nobody waits, else what the source answers by the view's deadline."""
    about = {"customer_id": wanted.customer_id, "principal": wanted.principal, "language": wanted.language}
    if wanted.may_wait:
        tile = queries.tile(view=view.key, **about)  # type: ignore[arg-type]  # the three arguments both take
        is_recent = True
    else:
        ((tile, is_recent),) = queries.remembered(views=[view.key], **about)  # type: ignore[arg-type]  # as above
    found = sorted(_entries(tile, moments), key=lambda one: one.place, reverse=True)
    entries = [one for one in found if wanted.before is None or one.place < wanted.before]
    sentence = tile.sentence if tile.state in {"late", "failed"} else ""
    return TimelinePart(entries=entries[: wanted.limit], sentence=sentence, is_pending=not is_recent)


def _entries(tile: Tile, moments: Moments) -> Iterable[TimelineEntry]:
    for number, row in enumerate(tile.rows):
        cells = {one.name: one for one in row}
        at = _moment(cells[moments.at].value)
        # What has no day, or whose day isn't for these eyes, has no place.
        if at is not None:
            yield _entry(tile, cells, moments, at, number)


def _entry(tile: Tile, cells: dict[str, Cell], moments: Moments, at: datetime, number: int) -> TimelineEntry:
    def text(name: str) -> str:
        return cells[name].text if name else ""

    return TimelineEntry(
        id=uuid5(NAMESPACE_OID, f"{tile.view} {text(moments.title)} {at.isoformat()} {number}"),
        at=at,
        icon="sources",
        text=f"{tile.label}: {text(moments.title)}",
        detail=tile.source_label,
        amount=text(moments.amount),
        state=text(moments.state),
        url=cells[moments.link].href if moments.link else "",
        is_day=cells[moments.at].type == "date",
    )


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if timezone.is_aware(value) else timezone.make_aware(value)
    return timezone.make_aware(datetime.combine(value, time())) if isinstance(value, date) else None
