"""Trends: a row of figures as a line that the eye takes in at once."""

from collections.abc import Sequence
from decimal import Decimal

from firstline.money import Money

WIDTH, HEIGHT, EDGE = 120, 28, 2


def figure(value: object) -> Decimal | None:
    """Give the number behind a number or an amount; None for what is none."""
    plain = value.amount if isinstance(value, Money) else value
    if isinstance(plain, bool) or not isinstance(plain, Decimal | int):
        return None
    return Decimal(plain)


def line(figures: Sequence[Decimal]) -> str:
    """Draw figures, the first on the left, as the points of an SVG polyline of WIDTH x HEIGHT; '' for fewer than two.

    >>> line([Decimal(1), Decimal(3), Decimal(2)])
    '2,26 60,2 118,14'
    >>> line([Decimal(5), Decimal(5)])
    '2,14 118,14'
    """
    if len(figures) < 2:
        return ""
    low, high = min(figures), max(figures)
    step = Decimal(WIDTH - 2 * EDGE) / (len(figures) - 1)
    return " ".join(
        f"{_short(EDGE + number * step)},{_short(_y(one, low, high))}" for number, one in enumerate(figures)
    )


def _y(one: Decimal, low: Decimal, high: Decimal) -> Decimal:
    if low == high:
        return Decimal(HEIGHT) / 2
    return HEIGHT - EDGE - (one - low) / (high - low) * (HEIGHT - 2 * EDGE)


def _short(number: Decimal) -> str:
    return f"{round(number, 1):f}".removesuffix(".0")
