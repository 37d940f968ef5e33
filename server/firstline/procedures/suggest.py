"""Which reasons a customer's words point to: keywords only, and always with the words that led there.

Honest by construction: a reason without a matching word is not suggested, and nothing is learnt. A keyword of several
words counts when all of them occur; a word ending in "*" stands for every word that begins so.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonWords:
    """The keywords of a reason, by language."""

    key: str
    keywords: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the text: from character `start` up to `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A reason, the words of the customer that point to it (as written) and where they stand."""

    reason_key: str
    words: tuple[str, ...]
    spans: tuple[Span, ...]
    score: int


def suggest(
    text: str, reasons: Iterable[ReasonWords], *, language: str | None = None, at_most: int = 3
) -> tuple[Suggestion, ...]:
    """List the reasons whose keywords occur in `text`, most and longest matches first; nothing when none does.

    With `language` only its keywords count; without, all languages'.

    >>> words = ReasonWords(key="move", keywords={"en": ["mov*", "new address"]})
    >>> suggest("I am moving on Friday", [words])[0].words
    ('moving',)
    """
    found_words = [(_plain(match[0]), match) for match in _WORD.finditer(text[:MAX_TEXT])]
    found = []
    for reason in reasons:
        keywords = [
            keyword for known, list_ in reason.keywords.items() if language in {None, known} for keyword in list_
        ]
        hits: dict[tuple[int, int], str] = {}
        score = 0
        for keyword in dict.fromkeys(keywords):
            matches = _matches(keyword, found_words)
            if matches:
                # A keyword of three words says far more than three keywords of one.
                score += len(keyword.split()) ** 2
                hits.update({match.span(): match[0] for match in matches})
        if hits:
            spans = sorted(hits)
            found.append(
                Suggestion(
                    reason_key=reason.key,
                    words=tuple(dict.fromkeys(hits[span] for span in spans)),
                    spans=tuple(Span(start=start, end=end) for start, end in spans),
                    score=score,
                )
            )
    return tuple(sorted(found, key=lambda suggestion: (-suggestion.score, suggestion.spans[0].start))[:at_most])


def _matches(keyword: str, words: Sequence[tuple[str, re.Match[str]]]) -> list[re.Match[str]]:
    """Find the first occurrence of each word of the keyword; empty when one is missing."""
    found = []
    for part in keyword.split():
        stem, is_prefix = _plain(part.removesuffix("*")), part.endswith("*")
        match = next((match for word, match in words if (word.startswith(stem) if is_prefix else word == stem)), None)
        if match is None:
            return []
        found.append(match)
    return found


def _plain(word: str) -> str:
    """Fold case and accents: "Größe", "GROSSE" and "grosse" are one word."""
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character))
