"""Views of a customer on their way to tiles: asked all at once, each with its own deadline."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from firstline import clock, turns
from firstline.accounts.principals import Principal
from firstline.customers import queries as customer_queries
from firstline.sources.access import access_views, withheld_from
from firstline.sources.adapters import loaded, readings
from firstline.sources.adapters.asking import NotYet, Question, SourceBusy, SourcePaused
from firstline.sources.adapters.reaching import Identifiers, read_view
from firstline.sources.models import Reading
from firstline.sources.ports import Row, SourceDown, SourceRefused
from firstline.sources.queries.words import time_of_day
from firstline.sources.rules.definitions import DOCUMENT, Source, View
from firstline.sources.rules.tiles import Cell, Tile, TileState, cells_of, in_language

log = logging.getLogger(__name__)

# A late answer that finds no connection to the database tries again after so many seconds.
_AGAIN_SECONDS = (0.2, 1.0, 5.0)


@dataclass(slots=True, kw_only=True, eq=False)
class Asked:
    """One view on its way to a tile."""

    source: Source
    view: View
    customer_id: UUID
    read_by: UUID | None
    # What each of those is known by who are this customer.
    known: Mapping[UUID, Identifiers]
    last: Reading | None
    withheld: frozenset[str] = frozenset()
    question: Question[list[Row] | None] | None = None
    reading: Reading | None = None
    state: TileState = "cached"
    sentence: str = ""

    @property
    def key(self) -> str:
        """Name the view."""
        return self.view.key

    @property
    def is_ready(self) -> bool:
        """Tell whether there is nothing to wait for any more."""
        return self.question is None or self.question.answer.done()

    def seconds_left(self) -> float:
        """Say how long it is waited for at most from now on."""
        return 0.0 if self.is_ready or self.question is None else self.question.left(self._deadline())

    def when_ready(self, call: Callable[[], object]) -> None:
        """Call once the source answered or failed, in whatever thread; at once if it has already."""
        if self.question is None:
            call()
        else:
            self.question.answer.add_done_callback(lambda _answer: call())

    def _deadline(self) -> float:
        return self.view.deadline.total_seconds()

    def reading_of(self, rows: list[Row] | None) -> Reading:
        """Make a reading of what came, unsaved."""
        return readings.of_view(
            self.view, rows, customer_id=self.customer_id, read_of=self.known, read_by=self.read_by, read_at=clock.now()
        )

    def is_recent(self, now: datetime) -> bool:
        """Tell whether what was read last may be shown as it is."""
        # What was read before a merge doesn't tell of all who are this customer now.
        last = self.last
        return last is not None and set(last.read_of) == set(self.known) and now - last.read_at < self.view.cache

    def ask(self, *, insist: bool) -> None:
        """Begin to ask the source."""
        window = loaded.window(self.source)
        source, view, known = self.source, self.view, self.known
        self.question = window.ask(
            (*known, view.key), lambda: read_view(window.connector, source, view, list(known.values())), insist=insist
        )

    def settle(self, language: str) -> None:
        """Wait for the answer until the view's deadline, and note how it went."""
        if self.question is None:
            return
        try:
            rows = self.question.wait(self._deadline())
        except NotYet:
            self.state = "late"
            self.sentence = _("%(source)s hasn't answered yet; it is still being asked.") % self.named(language)
            self._keep_when_it_comes(readings.keep_late)
        except (SourceDown, SourceRefused) as error:
            self.state = "failed"
            self.sentence = failure(error, self.named(language))
        except Exception:
            # A bug in a connector or a definition must not take the other tiles with it.
            log.exception("Reading %s failed", self.view.key)
            self.state = "failed"
            self.sentence = _(
                "%(source)s couldn't be read because of a mistake of ours; it is in the log."
            ) % self.named(language)
        else:
            self.state = "fresh"
            self.reading = self.reading_of(rows)

    def keep_unless_awaited(self) -> None:
        """Keep the answer for whoever asks soon, unless somebody asks while it is on its way."""
        assert self.question is not None
        answer = self.question.answer
        self._keep_when_it_comes(lambda reading: None if answer.is_awaited else readings.keep(reading))

    def _keep_when_it_comes(self, keep: Callable[[Reading], object]) -> None:
        asker = threading.current_thread()

        def arrived(answer: Any) -> None:
            if answer.exception() is not None:
                return
            try:
                _persistently(lambda: keep(self.reading_of(answer.result())))
            except Exception:
                log.exception("An answer of %s couldn't be kept", self.view.key)
            finally:
                if threading.current_thread() is not asker:
                    connection.close()  # of the source's own thread

        assert self.question is not None
        self.question.answer.add_done_callback(arrived)

    def named(self, language: str) -> dict[str, str]:
        """Name the source for a sentence."""
        return {"source": in_language(self.source.label, language)}


def _persistently(work: Callable[[], object]) -> None:
    for seconds in _AGAIN_SECONDS:
        try:
            work()
        except OperationalError:
            time.sleep(seconds)
        else:
            return
    work()


def wanted(customer_id: UUID, keys: list[str], principal: Principal) -> list[Asked]:
    """Look up what was read last of views that this person may see; asks nobody.

    Raises: AccessDenied, Forbidden, UnknownView.
    """
    found = access_views(principal, customer_id, keys)
    known = customer_queries.identifiers_of_each(customer_id)
    last = readings.latest(known, keys)
    return [
        Asked(
            source=source,
            view=view,
            known=known,
            last=last.get(view.key),
            customer_id=customer_id,
            read_by=principal.id,
            withheld=withheld_from(principal, view),
        )
        for source, view in found
    ]


def ask(
    *, customer_id: UUID, views: list[str], principal: Principal, fresh: bool = False, is_awaited: bool = True
) -> list[Asked]:
    """Begin to ask several views about a customer, all at once, and wait for none; `settle` makes tiles of them.

    `fresh` asks although there is a recent answer or the source is paused. With `is_awaited` false nobody waits now:
    what comes is kept, and soon wanted.
    """
    now = clock.now()
    asked = wanted(customer_id, views, principal)
    for one in asked:
        if fresh or not one.is_recent(now):
            one.ask(insist=fresh)
            assert one.question is not None
            if is_awaited:
                one.question.answer.is_awaited = True
            else:
                one.keep_unless_awaited()
    return asked


def settle(asked: Iterable[Asked], *, language: str, verified: Callable[[str], bool]) -> list[Tile]:
    """Make tiles of views that were asked, waiting for each until its deadline; `verified` tells of which what is sensitive is shown.

    Never raises because of a source: a tile says itself that it is late or failed, and what was known last.
    """
    asked = list(asked)
    if not all(one.is_ready for one in asked):
        turns.lend_connection()
    with translation.override(language):
        for one in asked:
            one.settle(language)
        Reading.objects.bulk_create([one.reading for one in asked if one.reading is not None])
        now = clock.now()
        return [tile_of(one, now, language, is_verified=verified(one.key)) for one in asked]


def failure(error: SourceDown | SourceRefused, named: dict[str, str]) -> str:
    """Say in a sentence why a source wasn't read; `named` has its name as `source`."""
    match error:
        case SourcePaused():
            at = time_of_day(clock.now() + timedelta(seconds=error.seconds))
            return _("%(source)s isn't answering; it is asked again from %(time)s on.") % {**named, "time": at}
        case SourceBusy():
            return _("%(source)s is busy. Try again in a moment.") % named
        case SourceRefused():
            return _("%(source)s couldn't be read: %(reason)s.") % {**named, "reason": error.told()}
        case SourceDown():
            return _("%(source)s isn't answering: %(reason)s. Try again in a moment.") % {
                **named,
                "reason": error.told(),
            }


def tile_of(one: Asked, now: datetime, language: str, *, is_verified: bool) -> Tile:
    """Show what is known by now."""
    reading = one.reading or one.last
    content: dict[str, Any] = reading.value if reading else {"is_known": True, "rows": []}
    cells = cells_of(one.view, content["rows"], language=language, is_verified=is_verified, withheld=one.withheld)
    return Tile(
        view=one.view.key,
        label=in_language(one.view.label, language),
        source=one.source.key,
        source_label=in_language(one.source.label, language),
        kind=one.view.tile,
        state=one.state,
        labels=tuple(in_language(field.label, language) for field in one.view.fields),
        rows=_with_documents(cells, reading),
        reading_id=reading.id if reading else None,
        read_at=reading.read_at if reading else None,
        age=max(timedelta(), now - reading.read_at) if reading else None,
        sentence=one.sentence or _nothing(one, content, language),
    )


def _with_documents(rows: tuple[tuple[Cell, ...], ...], reading: Reading | None) -> tuple[tuple[Cell, ...], ...]:
    """Let the names of documents lead to them, but for those that are masked or withheld."""
    if reading is None:
        return rows
    return tuple(
        tuple(
            replace(cell, href=reverse("sources:document", args=[reading.id, number, cell.name]))
            if cell.type == DOCUMENT and cell.value
            else cell
            for cell in row
        )
        for number, row in enumerate(rows)
    )


def _nothing(one: Asked, content: dict[str, Any], language: str) -> str:
    if not content["is_known"]:
        return _("This customer isn't known in %(source)s.") % one.named(language)
    if not content["rows"]:
        return in_language(one.view.empty, language) or _("There is nothing here.")
    return ""
