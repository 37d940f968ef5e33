"""What authors who come from other languages meant, where a text isn't FEEL."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from feel.errors import Problem

_BEFORE, _AFTER = 24, 24
_CODES = frozenset({"expected", "expected_expression", "unexpected", "unexpected_character"})
_HINTS = [
    (re.compile(pattern), hint)
    for pattern, hint in (
        ("==+", "to compare, write “=” once"),
        ("<>|!==|≠", "unequal is “!=”"),
        ("=<|≤", "less or equal is “<=”"),
        ("=>|≥", "greater or equal is “>=”"),
        ("&&", "write “and”"),
        (r"\|\|", "write “or”"),
        ("!", "write “not(…)”"),
        (r"\^", "a power is “**”"),
        ("%", "a remainder is “modulo(a, b)”, fifty percent is 0.5"),
        ("['‘’“”„«»`]", 'a string stands in "…"'),
        (r"\?", "a choice is “if … then … else …”; “?” is the input of a cell"),
        (r"\bnot\s+in\b", "write “not(a in …)”"),
        (r"\bnot\b", "what is negated stands in brackets: “not(…)”"),
        (r"\bis\s+not\b", "unequal is “!=”"),
        (r"\bis\b", "equal is “=”"),
        (r"\binstanceof\b", "write “instance of”"),
        (r"(?<=\d),\d", "decimals follow a point: 1.5"),
        (";", "write “,”"),
        (r"\.\.", "a range stands in brackets: “[1..5]”"),
        (r"\b(?:and|or)\b", "tests stand apart by “,”; “? > 1 and ? < 5” speaks of the input twice"),
        (r"\b[^\W\d]\w*\s+[^\W\d]\w*", "a name with spaces must be known here, and written as it was declared"),
    )
]
"""In this order: the first that lies at the place of the problem is told."""


def hinted(text: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Add to problems what may help their author; each hint once."""
    told: set[str] = set()
    for problem in problems:
        hint = _hint(text, problem) if problem.code in _CODES else None
        if hint is None or hint in told:
            yield problem
            continue
        told.add(hint)
        yield replace(problem, message=f"{problem.message}; {hint}")


def _hint(text: str, problem: Problem) -> str | None:
    place = problem.position
    start, end = max(0, place - _BEFORE), place + _AFTER
    for pattern, hint in _HINTS:
        if any(match.start() <= place < match.end() for match in pattern.finditer(text, start, end)):
            return hint
    return None
