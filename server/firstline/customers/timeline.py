"""One timeline of a customer: the entries of all kinds, newest first, a page at a time."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.customers.ports import (
    Place,
    TimelineEntry,
    TimelineKind,
    TimelineKinds,
    TimelinePart,
    TimelineWanted,
)
from firstline.customers.queries.survivors import same_as
from firstline.ui.paging import ListPage, page_of
from firstline.wiring import wiring

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A page of a timeline; `sentences` say what is missing, `is_pending` that more is there when one waits."""

    kinds: tuple[TimelineKind, ...]
    page: ListPage[TimelineEntry]
    sentences: tuple[str, ...]
    is_pending: bool

    @property
    def hints(self) -> tuple[str, ...]:
        """Of what screens are told when there is something new."""
        return tuple(one.hint for one in self.kinds if one.hint)


def kinds_for(*, principal: Principal, language: str) -> tuple[TimelineKind, ...]:
    """List the kinds of which this member of staff may see the entries."""
    paths: tuple[str, ...] = wiring().TIMELINE
    asked: list[TimelineKinds] = [import_string(path) for path in paths]
    return tuple(kind for each in asked for kind in each(principal=principal, language=language))


def timeline_of(
    customer_id: UUID,
    *,
    principal: Principal,
    language: str,
    only: Iterable[str] = (),
    before: Place | None = None,
    limit: int = 30,
    may_wait: bool = True,
) -> Timeline:
    """Give a page of what happened with a customer, and all who were merged into them; `only` some kinds, by their keys.

    A kind that can't be read is missing with a sentence; the others are there.
    """
    kinds, wanted_kinds = kinds_for(principal=principal, language=language), frozenset(only)
    wanted = TimelineWanted(
        customer_id=customer_id,
        customer_ids=same_as(customer_id),
        principal=principal,
        language=language,
        before=before,
        limit=limit + 1,
        may_wait=may_wait,
    )
    parts = [_read(one, wanted) for one in kinds if not wanted_kinds or one.key in wanted_kinds]
    entries = sorted((entry for part in parts for entry in part.entries), key=lambda one: one.place, reverse=True)
    return Timeline(
        kinds=kinds,
        page=page_of(entries[: limit + 1], size=limit, key=lambda one: one.place),
        sentences=tuple(dict.fromkeys(part.sentence for part in parts if part.sentence)),
        is_pending=any(part.is_pending for part in parts),
    )


def _read(kind: TimelineKind, wanted: TimelineWanted) -> TimelinePart:
    try:
        # One that fails leaves the connection as it was for the others.
        with transaction.atomic():
            return kind.read(wanted)
    except Exception:
        log.exception("The timeline's %s couldn't be read", kind.key)
        sentence = _("%(kind)s can't be shown because of a mistake of ours; it is in the log.")
        return TimelinePart(sentence=sentence % {"kind": kind.label})
