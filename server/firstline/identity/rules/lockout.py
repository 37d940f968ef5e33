"""How often somebody may be wrong about one customer, whoever asks and in whichever contact."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# wrong: one wrong answer. cleared: a level was reached, so what was wrong before is forgotten. lifted: a lead ended a lock.
What = Literal["wrong", "cleared", "lifted"]
# At one and the same moment what was wrong counts first.
_ORDER: Mapping[What, int] = {"wrong": 0, "cleared": 1, "lifted": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    what: What
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where the count stands: `left` wrong answers until the lock, or `locked_until`."""

    left: int
    locked_until: datetime | None = None


def clock_of(
    happened: Iterable[Happened], *, at_most: int, locked: timedelta, forget: timedelta, now: datetime
) -> Clock:
    """Count the wrong answers of the time that counts, and say whether nobody may try now.

    The lock begins with the wrong answer that was one too many, and ends by itself, or when a lead lifts it; then counting
    begins anew. Wrong answers older than `forget` don't count.
    """
    wrong: list[datetime] = []
    until: datetime | None = None
    for one in sorted(happened, key=lambda each: (each.at, _ORDER[each.what])):
        if until is not None and one.at >= until:
            until = None
        if one.what == "lifted":
            wrong, until = [], None
        elif until is not None:
            continue
        elif one.what == "cleared":
            wrong = []
        else:
            wrong = [at for at in wrong if one.at - at < forget] + [one.at]
            if len(wrong) >= at_most:
                wrong, until = [], one.at + locked
    if until is not None and now < until:
        return Clock(left=0, locked_until=until)
    return Clock(left=at_most - sum(now - at < forget for at in wrong))
