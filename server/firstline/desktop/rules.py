"""Decisions of the desk, as pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass

from firstline.accounts.principals import Principal
from firstline.cases import rules as case_rules
from firstline.cases.queries import CaseRow
from firstline.desktop.screens import Piece

# Before a reason is chosen, the first tiles that there are.
DEFAULT_TILES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Characters of a text that point to a reason."""

    start: int
    end: int
    tint: int
    label: str


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
        case_rules.may_work_on(principal, candidate_groups=step.teams, assignee=step.assignee) for step in row.steps
    )
