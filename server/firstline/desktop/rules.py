"""Decisions of the desk, as pure functions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from firstline.accounts.principals import Principal
from firstline.cases import rules as case_rules
from firstline.cases.queries import CaseRow
from firstline.desktop.screens import Piece

# Before a reason is chosen, the first tiles that there are.
DEFAULT_TILES = 3
# What people say about themselves, in the order in which they do.
SAID = (
    "family_name", "given_name", "organisation", "birth_date", "postcode", "town", "street", "house_number", "phone", "email",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Characters of a text that point to a reason."""

    start: int
    end: int
    tint: int
    label: str


# A single new line only wraps, and "1. December" doesn't end a sentence.
_END_OF_SENTENCE = re.compile(r"(?<!\d)\.(?=\s)|[!?](?=\s)|\n\s*\n")


def sentence_around(text: str, *, start: int, end: int, tint: int, label: str) -> Stretch:
    """Widen what points to a reason to the sentence that it stands in.

    >>> one = sentence_around("Hello. My bill is wrong! Bye.", start=10, end=14, tint=1, label="Bill")
    >>> "Hello. My bill is wrong! Bye."[one.start : one.end]
    'My bill is wrong!'
    """
    before = [match.end() for match in _END_OF_SENTENCE.finditer(text, 0, start)]
    after = _END_OF_SENTENCE.search(text, end)
    sentence = slice(before[-1] if before else 0, after.end() if after else len(text))
    # Neither the white space before nor after belongs to the sentence.
    begin = sentence.start + len(text[sentence]) - len(text[sentence].lstrip())
    return Stretch(start=begin, end=begin + len(text[sentence].strip()), tint=tint, label=label)


def marked(text: str, stretches: Iterable[Stretch]) -> tuple[Piece, ...]:
    """Cut a text into pieces, each marked by at most one reason; where two overlap, the earlier one counts.

    >>> [
    ...     (piece.text, piece.tint)
    ...     for piece in marked("my bill is wrong", [Stretch(start=3, end=7, tint=2, label="Bill")])
    ... ]
    [('my ', 0), ('bill', 2), (' is wrong', 0)]
    """
    pieces: list[Piece] = []
    at = 0
    for one in sorted(stretches, key=lambda stretch: (stretch.start, -stretch.end)):
        if one.start < at or one.end > len(text) or one.start >= one.end:
            continue
        if one.start > at:
            pieces.append(Piece(text=text[at : one.start]))
        pieces.append(Piece(text=text[one.start : one.end], tint=one.tint, label=one.label))
        at = one.end
    if at < len(text):
        pieces.append(Piece(text=text[at:]))
    return tuple(pieces)


def has_step_for(principal: Principal, row: CaseRow) -> bool:
    """Tell whether this person can do something about a case now."""
    return any(
        case_rules.may_work_on(principal, candidate_groups=step.teams, assignee=step.assignee, kept_from=step.kept_from)
        for step in row.steps
    )
