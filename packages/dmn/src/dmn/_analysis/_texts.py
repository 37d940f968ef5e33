"""Parts of an input as the cell of a table that an author would write."""

from collections.abc import Sequence

from dmn._analysis._axes import Axis
from dmn._analysis._kinds import as_feel
from dmn._analysis._pieces import Piece

MAX_TESTS = 20
"""Tests in one cell; of more only the first are written."""


def cell_text(axis: Axis, parts: frozenset[int]) -> str:
    """Write the unary tests that hold in these parts of an input and in no other that is possible."""
    if len(parts) == len(axis.parts):
        return "-"
    inside = sorted(number for part in parts for number in axis.parts[part].pieces)
    outside = sorted(number for part, found in enumerate(axis.parts) if part not in parts for number in found.pieces)
    pieces = axis.pieces
    words = {pieces[number].kind for number in (*inside, *outside)} == {"string"}
    if words and len(outside) <= MAX_TESTS and _are_points(pieces, outside) and not _are_points(pieces, inside):
        return f"not({', '.join(as_feel(pieces[number].value) for number in outside)})"
    runs = _runs(pieces, inside)[:MAX_TESTS]
    return ", ".join(_range_text([pieces[number] for number in run]) for run in runs)


def _are_points(pieces: Sequence[Piece], numbers: Sequence[int]) -> bool:
    return all(pieces[number].is_point for number in numbers)


def _runs(pieces: Sequence[Piece], numbers: Sequence[int]) -> list[list[int]]:
    """Put pieces that touch each other together."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1 and pieces[number - 1].kind == pieces[number].kind:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _range_text(run: Sequence[Piece]) -> str:
    first, last = run[0], run[-1]
    if first is last and first.is_point:
        return as_feel(first.value)
    if first.low is None and last.high is None:
        return "!= null"
    if first.low is None:
        return f"{'<=' if last.is_point else '<'} {as_feel(last.high)}"
    if last.high is None:
        return f"{'>=' if first.is_point else '>'} {as_feel(first.low)}"
    opening, closing = "[" if first.is_point else "(", "]" if last.is_point else ")"
    return f"{opening}{as_feel(first.low)}..{as_feel(last.high)}{closing}"
