"""How a text is taken apart so that it is found, and what is typed so that it finds: pure functions."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

MAX_TEXT = 50_000  # characters of one thing that are looked through
MAX_WORDS = 8  # of what somebody types
_WORD = re.compile(r"[^\W_]+")
# Digits with what people put between them: 0170 111 22 33, +49 (0)170/1112233, 1234-5678.
_NUMBER = re.compile(r"\+?\d(?:[\d ./()-]*\d)?")
_DOUBLED = re.compile(r"(.)\1")
_UMLAUTS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
# From so many letters on a word may hold a typing error; up to so many one is looked for.
_NEAR_FROM, _NEAR_TO = 4, 24
_PHONE_FROM = 5
_LONG_FROM = 3
# In front of every lexeme stands the kind of thing that holds it, so that looking for beginnings reads those of this kind
# only; in front of the brand, which is a lexeme too, besides this.
BRAND = "@"
EXACT, BEGINNING, SIMILAR = 0, 1, 2
LEVELS = (EXACT, BEGINNING, SIMILAR)


def fold(text: str) -> str:
    """Take accents, capitals and the German ß away, so that 'Müller' is found as 'muller'.

    >>> fold("Groß-Müller")
    'gross-muller'
    """
    if text.isascii():
        return text.replace("\x00", "").lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("\x00", "").casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@lru_cache(maxsize=20_000)  # words come again and again
def spelled(word: str) -> str:
    """Bring a word into the spelling in which words are compared, umlauts written out or not.

    >>> spelled("Mueller"), spelled("Müller")
    ('muller', 'muller')
    """
    found = fold(word)
    for written, meant in _UMLAUTS:
        found = found.replace(written, meant)
    return found


def words_of(text: str) -> list[str]:
    """List the words of a text as they are compared, in order."""
    return [spelled(match[0]) for match in _WORD.finditer(text)]


@lru_cache(maxsize=5_000)
def near_keys(word: str) -> frozenset[str]:
    """Give the keys that a word shares with those one typing error away: itself, and itself without each of its letters.

    Two words one letter apart, or with two neighbours exchanged, have one in common; doubled letters count once.

    >>> bool(near_keys("hofman") & near_keys("hoffmann")), bool(near_keys("schmdit") & near_keys("schmidt"))
    (True, True)
    """
    if not (_NEAR_FROM <= len(word) <= _NEAR_TO) or not word.isalpha():
        return frozenset()
    word = _DOUBLED.sub(r"\1", word)
    return frozenset(f"~{word[:at]}{word[at + 1 :]}" for at in range(len(word))) | {f"~{word}"}


def lexemes(*, names: str, text: str = "", numbers: Iterable[str] = (), phones: Iterable[str] = ()) -> list[str]:
    """List by what a thing is found: words of its names, also misspelled, words of its text, its numbers, phone numbers.

    Phone numbers come as digits only, in each form in which they are known (with and without the country).
    """
    found = {word for part in (names, text[:MAX_TEXT]) for word in words_of(part)}
    found |= {key for word in words_of(names) for key in near_keys(word)}
    for number in numbers:
        found |= {*words_of(number), joined(number), re.sub(r"\D", "", number)}
    found |= {f"#{phone}" for phone in phones}
    # Longer ones aren't words that anybody types.
    return sorted(word for word in found if 0 < len(word) <= 100)


def joined(number: str) -> str:
    """Write a number without what stands between its parts.

    >>> joined("LW-1234 5678")
    'lw12345678'
    """
    return "".join(words_of(number))


# --- what is typed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word or one number that is looked for: the words it is made of, and a number's digits in one."""

    words: tuple[str, ...]
    digits: str = ""

    @property
    def is_short(self) -> bool:
        """Whether so much begins with it that an index is no help."""
        return all(len(word) < _LONG_FROM for word in (*self.words, self.digits))


def terms_of(text: str) -> list[Term]:
    """Read what somebody typed: words, and numbers in whatever groups their digits stand.

    >>> [(one.words, one.digits) for one in terms_of("Müller 0170 11-22")]
    [(('muller',), ''), (('0170', '11', '22'), '01701122')]
    """
    found: list[Term] = []
    at, text = 0, text.replace("\x00", "")[:200]
    for match in _NUMBER.finditer(text):
        if not _stands_alone(text, match):
            continue
        found += _plain(text[at : match.start()])
        # (0) is said to those who dial from inside the country, and dropped with the country's code in front.
        digits = re.sub(r"\D", "", match[0].replace("(0)", ""))
        found.append(Term(words=tuple(words_of(match[0])), digits=digits))
        at = match.end()
    return [*found, *_plain(text[at:])][:MAX_WORDS]


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return not (before.isalnum() or after.isalnum())


def _plain(text: str) -> Iterator[Term]:
    return (Term(words=(word,)) for word in words_of(text))


def of_kind(kind: str, lexeme: str) -> str:
    """Write a lexeme as that of a kind of thing."""
    return f"{kind[:2]}{lexeme}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of PostgreSQL: all terms, each found as exactly as `level` says, in things of a kind and these brands."""

    terms: tuple[Term, ...]
    level: int
    kind: str
    brands: tuple[str, ...]
    stems: Mapping[str, frozenset[str]]

    def __str__(self) -> str:
        brands = [self._lexeme(f"{BRAND}{brand}") for brand in self.brands]
        all_of = [*(self._ways(one) for one in self.terms), *([brands] if brands else [])]
        return " & ".join(f"({' | '.join(ways)})" for ways in all_of)

    def _ways(self, term: Term) -> list[str]:
        star = "" if self.level == EXACT else ":*"
        ways = [" & ".join(self._lexeme(word) + star for word in term.words)]
        if term.digits:
            return ways + [self._lexeme(number) + star for number in _numbers(term.digits)]
        for word in term.words:
            ways += [self._lexeme(stem) for stem in sorted(self.stems.get(word, ()))]
            if self.level == SIMILAR:
                ways += [self._lexeme(key) for key in sorted(near_keys(word))]
        return ways

    def _lexeme(self, text: str) -> str:
        # A word as compared holds no quote, and the key of a brand neither.
        return f"'{of_kind(self.kind, text)}'"


def _numbers(digits: str) -> Iterator[str]:
    yield digits
    # Dialled from abroad (00), from inside the country (0), or as it is.
    phone = digits.removeprefix("00") if digits.startswith("00") else digits.removeprefix("0")
    if len(phone) >= _PHONE_FROM:
        yield f"#{phone}"


# --- what is shown -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text; `is_hit`: it is what was looked for."""

    text: str
    is_hit: bool = False


def marked(text: str, terms: Iterable[Term], *, stems: Mapping[str, frozenset[str]] | None = None) -> tuple[Piece, ...]:
    """Cut a text into pieces, those that were looked for marked.

    >>> [(one.text, one.is_hit) for one in marked("Jo Müller, Bonn", terms_of("mueler"))]
    [('Jo ', False), ('Müller', True), (', Bonn', False)]
    """
    wanted = list(terms)
    pieces: list[Piece] = []
    at = 0
    for match in _WORD.finditer(text):
        if any(_fits(spelled(match[0]), one, stems or {}) for one in wanted):
            pieces += [Piece(text=text[at : match.start()])] if match.start() > at else []
            pieces.append(Piece(text=match[0], is_hit=True))
            at = match.end()
    return (*pieces, Piece(text=text[at:])) if at < len(text) else tuple(pieces)


def _fits(word: str, term: Term, stems: Mapping[str, frozenset[str]]) -> bool:
    if term.digits:
        return word in term.words or word.endswith(term.digits.lstrip("0") or "-")
    return any(
        word.startswith((one, *stems.get(one, ()))) or bool(near_keys(word) & near_keys(one)) for one in term.words
    )


def excerpt(text: str, terms: Iterable[Term], *, stems: Mapping[str, frozenset[str]], length: int = 160) -> str:
    """Cut out of a text the part around the first thing that was looked for; '' when it isn't in it."""
    wanted = list(terms)
    hit = next(
        (one for one in _WORD.finditer(text) if any(_fits(spelled(one[0]), each, stems) for each in wanted)), None
    )
    if hit is None:
        return ""
    start = max(0, hit.start() - length // 3)
    start = start and (text.find(" ", start, hit.start()) + 1 or start)
    end = start + length
    cut = text[start:end] if end >= len(text) else text[start:end].rsplit(" ", 1)[0]
    flat = " ".join(cut.split())
    return f"{'… ' if start else ''}{flat}{' …' if start + len(cut) < len(text) else ''}"
