"""Writing down by what things are found: in the transaction that writes them, or all anew."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from firstline import clock, copying, ids
from firstline.search import rules
from firstline.search.models import Entry
from firstline.search.ports import Feeder, Found

BATCH = 500
# The languages in which words are also found by their stems, and what PostgreSQL calls them.
CONFIGURATIONS = {"de": "german", "en": "english", "nl": "dutch"}
_WRITE = """
INSERT INTO search_entry (id, kind, subject_id, brand, at, text, words, noted_at)
VALUES (%s, %s, %s, %s, %s, %s, array_to_tsvector(%s::text[] || ARRAY(SELECT %s || stem FROM unnest(tsvector_to_array(to_tsvector(%s::regconfig, %s))) AS stem)), %s)
ON CONFLICT (kind, subject_id) DO UPDATE
SET brand = excluded.brand, at = excluded.at, text = excluded.text, words = excluded.words, noted_at = excluded.noted_at
"""


def note(*found: Found) -> None:
    """Write down by what these are found, instead of what was written before."""
    now = clock.now()
    # Whoever writes several takes them in the same order, so that two never wait for each other.
    ordered = sorted(found, key=lambda one: (one.kind, one.subject_id))
    with connection.cursor() as cursor:
        cursor.executemany(_WRITE, [_row(one, now) for one in ordered])


@dataclass(frozen=True, slots=True)
class Ready:
    """By what things are found, ready to be written; making it ready needs no database, so another thread may."""

    rows: list[tuple[Any, ...]]


def make_ready(found: Iterable[Found], *, now: datetime) -> Ready:
    """Make ready by what these are found: many that nobody has noted before, without a language of their own."""
    return Ready([_new_row(one, now) for one in found])


def note_new(ready: Ready) -> None:
    """Write down by what many new things are found."""
    copying.copy_rows(Entry, ("id", "kind", "subject_id", "brand", "at", "text", "words", "noted_at"), ready.rows)


def forget(*, kind: str, subject_ids: Iterable[UUID]) -> None:
    """Find these no longer."""
    Entry.objects.filter(kind=kind, subject_id__in=list(subject_ids)).delete()


def rebuild(feeders: Iterable[Feeder], *, tell: Callable[[int], None] = lambda _count: None) -> int:
    """Write everything down anew, a batch to a transaction, and forget what is no more; whoever searches meanwhile finds as before."""
    begun, count = clock.now(), 0
    for feed in feeders:
        for batch in feed(size=BATCH):
            with transaction.atomic():
                note(*batch)
            count += len(batch)
            tell(count)
    Entry.objects.filter(noted_at__lt=begun).delete()
    return count


def _new_row(one: Found, now: datetime) -> tuple[Any, ...]:
    if one.language in CONFIGURATIONS:
        raise ValueError("Stems are made by PostgreSQL: note a thing that has a language.")
    text = _text(one)
    # A word as compared holds neither a quote nor a backslash.
    vector = " ".join(f"'{word}'" for word in _words(one, text))
    return ids.new_id(), one.kind, one.subject_id, one.brand, one.at, text, vector, now


def _text(one: Found) -> str:
    return one.text.replace("\x00", "")[: rules.MAX_TEXT]


def _words(one: Found, text: str) -> list[str]:
    words = rules.lexemes(names=one.names, text=text, numbers=one.numbers, phones=one.phones)
    return [rules.of_kind(one.kind, word) for word in (*words, f"{rules.BRAND}{one.brand}")]


def _row(one: Found, now: datetime) -> list[Any]:
    text = _text(one)
    words = _words(one, text)
    configuration = CONFIGURATIONS.get(one.language, "simple")
    # Stems are made of whole words with their accents; without a language the words say it all.
    stemmed = text if one.language in CONFIGURATIONS else ""
    prefix = rules.of_kind(one.kind, "")
    return [ids.new_id(), one.kind, one.subject_id, one.brand, one.at, text, words, prefix, configuration, stemmed, now]
