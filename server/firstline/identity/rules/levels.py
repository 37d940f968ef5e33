"""How sure it is who is speaking: nobody asked, so that it would take some effort to pretend, or so that it can be relied on."""

from collections.abc import Iterable
from typing import Literal

Level = Literal["none", "basic", "strong"]
LEVELS: tuple[Level, ...] = ("none", "basic", "strong")


def is_enough(level: Level, needed: Level) -> bool:
    """Tell whether what was shown is as much as is needed.

    >>> is_enough("basic", "strong"), is_enough("strong", "basic"), is_enough("none", "none")
    (False, True, True)
    """
    return LEVELS.index(level) >= LEVELS.index(needed)


def highest(levels: Iterable[Level]) -> Level:
    """Give the highest of several; `none` of none at all."""
    return max(levels, key=LEVELS.index, default="none")
