"""What is found by what somebody types: exactly that first, then what begins like it, then what is spelled alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from firstline.search import rules
from firstline.search.models import Entry
from firstline.search.rules import Piece, Term

# Where a page ended: how well the last one fitted, and its place among those.
Key = tuple[int, datetime, UUID]
# What more than so many hold is common: the youngest of them are found by going back in time.
COMMON = 500
_STEMS = """
SELECT word, ts_lexize('german_stem', word) || ts_lexize('dutch_stem', word) || ts_lexize('english_stem', word)
FROM unnest(%s::text[]) AS word
"""
# Where nothing longer than two letters is known yet, so many of the youngest of a kind are looked through.
LOOKED_THROUGH = 2000
_SOME = "(SELECT %s, subject_id, at FROM search_found(%s::tsquery, %s::tsquery, %s::tsquery, %s))"
_YOUNGEST = """
(SELECT kind, subject_id, at FROM search_entry
 WHERE kind = %s AND words @@ %s::tsquery AND NOT words @@ %s::tsquery AND (at, subject_id) < (%s, %s)
 ORDER BY at DESC, subject_id DESC LIMIT %s)
"""
_AMONG_YOUNGEST = """
(SELECT kind, subject_id, at FROM
  (SELECT * FROM search_entry WHERE kind = %s AND (at, subject_id) < (%s, %s) ORDER BY at DESC, subject_id DESC LIMIT %s) youngest
 WHERE words @@ %s::tsquery AND NOT words @@ %s::tsquery
 ORDER BY at DESC, subject_id DESC LIMIT %s)
"""
_TEXTS = """
SELECT kind, subject_id, left(text, 20000) FROM search_entry
WHERE (kind, subject_id) IN (SELECT * FROM unnest(%s::text[], %s::uuid[]))
"""
_BEGINNING_OF_PAGE = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed, ready to be asked."""

    terms: tuple[Term, ...]
    stems: dict[str, frozenset[str]]

    def question(self, level: int, *, kind: str, brands: Collection[str], terms: Sequence[Term] | None = None) -> str:
        """Write it, or only some of its terms, for PostgreSQL, as exact as `level` says; '' finds nothing. No brands: any."""
        these = self.terms if terms is None else tuple(terms)
        if level < rules.EXACT or not these:
            return ""
        return str(rules.Question(terms=these, level=level, kind=kind, brands=tuple(sorted(brands)), stems=self.stems))

    def marked(self, text: str) -> tuple[Piece, ...]:
        """Mark in a text what was looked for."""
        return rules.marked(text, self.terms, stems=self.stems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that was found; `excerpt` is the part of its text that holds what was looked for."""

    kind: str
    subject_id: UUID
    level: int
    at: datetime
    excerpt: str

    @property
    def key(self) -> Key:
        """Where it stands among what was found."""
        return self.level, self.at, self.subject_id


def asked(text: str) -> Asked:
    """Read what somebody typed."""
    terms = rules.terms_of(text)
    words = sorted({word for term in terms if not term.digits for word in term.words})
    if not words:
        return Asked(terms=tuple(terms), stems={})
    with connection.cursor() as cursor:
        cursor.execute(_STEMS, [words])
        # As our words are, so are stems: whoever puts quotes into one wrote no word.
        stems = {word: frozenset(one for one in found or () if one.isalnum()) - {word} for word, found in cursor}
    return Asked(terms=tuple(terms), stems=stems)


def find(
    question: Asked, *, kinds: Sequence[str], brands: Collection[str], limit: int, after: Key | None = None
) -> dict[str, list[Hit]]:
    """Find things of each kind, at most `limit` of each, best first, of these brands only; `after`: where the page before ended."""
    found: dict[str, list[Key]] = {kind: [] for kind in kinds}
    if not question.terms or not brands:
        return {kind: [] for kind in kinds}
    for level in rules.LEVELS[after[0] if after else 0 :]:
        wanted = {kind: limit - len(keys) for kind, keys in found.items() if len(keys) < limit}
        begin = after[1:] if after and after[0] == level else _BEGINNING_OF_PAGE
        for kind, rows in _at_level(question, level, wanted, brands, begin).items():
            found[kind] += [(level, *row) for row in rows]
    return _with_excerpts(found, question)


Place = tuple[datetime, UUID]


def _at_level(
    question: Asked, level: int, wanted: dict[str, int], brands: Collection[str], begin: Place
) -> dict[str, list[Place]]:
    asked = {kind: question.question(level, kind=kind, brands=brands) for kind in wanted}
    # What was found more exactly is there already.
    better = {kind: question.question(level - 1, kind=kind, brands=brands) for kind in wanted}
    new = [kind for kind in wanted if asked[kind] != better[kind]]
    long = [term for term in question.terms if level == rules.EXACT or not term.is_short]
    if not long:
        sizes = {kind: wanted[kind] for kind in new}
        rows = [(kind, *begin, LOOKED_THROUGH, asked[kind], better[kind], size) for kind, size in sizes.items()]
        return _places(_AMONG_YOUNGEST, rows)
    short = [term for term in question.terms if term not in long]
    by_long, by_short = (
        {kind: question.question(level, kind=kind, brands=brands, terms=terms) for kind in new}
        for terms in (long, short)
    )
    some = _places(_SOME, [(kind, by_long[kind], by_short[kind], better[kind], COMMON + 1) for kind in new])
    common = [kind for kind, rows in some.items() if len(rows) > COMMON]
    youngest = _places(_YOUNGEST, [(kind, asked[kind], better[kind], *begin, wanted[kind]) for kind in common])
    few = {
        kind: sorted((row for row in rows if row < begin), reverse=True)[: wanted[kind]]
        for kind, rows in some.items()
        if kind not in common
    }
    return few | youngest


def _places(statement: str, parameters: Sequence[tuple[Any, ...]]) -> dict[str, list[Place]]:
    """Ask a statement for several kinds at once."""
    found: dict[str, list[Place]] = {}
    if not parameters:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join([statement] * len(parameters)), [value for row in parameters for value in row]
        )
        for kind, subject_id, at in cursor:
            found.setdefault(kind, []).append((at, subject_id))
    return found


def _with_excerpts(found: dict[str, list[Key]], question: Asked) -> dict[str, list[Hit]]:
    these = [(kind, key[2]) for kind, keys in found.items() for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, [[kind for kind, _id in these], [id_ for _kind, id_ in these]])
        texts = {(kind, id_): text for kind, id_, text in cursor}
    return {
        kind: [
            Hit(
                kind=kind,
                subject_id=id_,
                level=level,
                at=at,
                excerpt=rules.excerpt(texts.get((kind, id_), ""), question.terms, stems=question.stems),
            )
            for level, at, id_ in keys
        ]
        for kind, keys in found.items()
    }


def subjects(text: str, *, kind: str) -> "QuerySet[Entry, UUID]":
    """Give the ids of all things of a kind that hold every word of `text`, or a beginning of it; for narrowing a list down.

    Of whatever brand: the list itself is of what somebody may see.
    """
    # Django's own SearchQuery would have PostgreSQL read the words once more, and they are as compared already.
    holds = RawSQL(
        "words @@ %s::tsquery", [asked(text).question(rules.BEGINNING, kind=kind, brands=())], BooleanField()
    )
    return Entry.objects.filter(holds, kind=kind).values_list("subject_id", flat=True)
