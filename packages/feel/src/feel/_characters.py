"""Sets of characters in XPath's regular expressions, written for the `regex` module.

Source: W3C XML Schema 1.1 part 2, appendix G.4.2; XPath and XQuery Functions and Operators 3.1, clause 5.6.1.
"""

import functools
import itertools
from collections import defaultdict

import regex

SPACES = " \t\n\r"
_SPACE = " \\t\\n\\r"
_NAME_START = (
    ":A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C-\\u200D"
    "\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\U00010000-\\U000EFFFF"
)
_NAME = _NAME_START + "\\-.0-9\\u00B7\\u0300-\\u036F\\u203F-\\u2040"
_NO_WORD = "\\p{P}\\p{Z}\\p{C}"
MANY = {
    "s": f"[{_SPACE}]",
    "S": f"[^{_SPACE}]",
    "i": f"[{_NAME_START}]",
    "I": f"[^{_NAME_START}]",
    "c": f"[{_NAME}]",
    "C": f"[^{_NAME}]",
    "d": "\\p{Nd}",
    "D": "\\P{Nd}",
    "w": f"[^{_NO_WORD}]",
    "W": f"[{_NO_WORD}]",
}
"""Escapes that stand for many characters."""

ONE = {"n": "\n", "r": "\r", "t": "\t", **{sign: sign for sign in "\\|.?*+(){}$-[]^"}}
"""Escapes that stand for one."""

ANY, NO_LINE_END = "(?s:.)", "[^\\n\\r]"
_CATEGORY = regex.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")
_BLOCK = regex.compile(r"Is(?!NoBlock|NB)([A-Z][A-Za-z0-9-]*)")
_FORMER_BLOCKS = {"CombiningMarksforSymbols": "CombiningDiacriticalMarksforSymbols"}
_PLANES_WITH_CASE = 0x20000


def literal(character: str) -> str:
    """Write one character so that it stands for itself, inside brackets and outside."""
    if character.isascii() and character.isalnum():
        return character
    return f"\\U{ord(character):08x}"


def either_case(character: str) -> str:
    """Write a character with its case variants."""
    variants = _variants().get(character)
    return f"[{''.join(map(literal, sorted(variants)))}]" if variants else literal(character)


def span(first: str, last: str, *, any_case: bool) -> str:
    """Write a range of characters, to stand inside brackets."""
    written = literal(first) if first == last else f"{literal(first)}-{literal(last)}"
    if not any_case:
        return written
    more = {
        variant
        for character, variants in _variants().items()
        if first <= character <= last
        for variant in variants
        if not first <= variant <= last
    }
    return written + "".join(map(literal, sorted(more)))


def with_property(name: str, *, negated: bool) -> str | None:
    """Write the set of a category (`Lu`) or of a block (`IsBasicLatin`); None when there is none of that name."""
    letter = "P" if negated else "p"
    if _CATEGORY.fullmatch(name):
        return f"\\{letter}{{{name}}}"
    block = _BLOCK.fullmatch(name)
    if block is None:
        return None
    written = f"\\{letter}{{Block={_FORMER_BLOCKS.get(block[1], block[1])}}}"
    try:
        regex.compile(written)
    except regex.error:
        return None
    return written


@functools.cache
def _variants() -> dict[str, frozenset[str]]:
    """Find for each character those that are the same in lower case or in upper case, and itself."""
    cased = regex.findall(r"\p{Changes_When_Casemapped}", "".join(map(chr, range(_PLANES_WITH_CASE))))
    lower, upper = defaultdict(set), defaultdict(set)
    for character in cased:
        lower[character.lower()].add(character)
        upper[character.upper()].add(character)
    return {
        character: frozenset(itertools.chain(lower[character.lower()], upper[character.upper()])) for character in cased
    }
