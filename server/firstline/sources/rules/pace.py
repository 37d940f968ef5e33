"""The rate limit: how often a source is asked, whoever asks and whatever for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most `questions` in any `seconds`."""

    questions: int
    seconds: float

    @property
    def interval(self) -> float:
        return self.seconds / self.questions


def reserved(pace: Pace, due_at: float, now: float) -> tuple[float, float]:
    """Take the next place in the row: how many seconds to wait for it, and when the row will be due then.

    Moments are seconds of a clock that only goes forward; `due_at` is 0 in the beginning. Source: the generic cell rate
    algorithm (ITU-T I.371), in its form with a virtual schedule.

    >>> pace, due_at = Pace(questions=2, seconds=1.0), 0.0
    >>> waits = []
    >>> for _ in range(4):
    ...     wait, due_at = reserved(pace, due_at, now=100.0)
    ...     waits.append(wait)
    >>> waits
    [0.0, 0.0, 0.5, 1.0]
    """
    due_at = max(due_at, now) + pace.interval
    return max(0.0, due_at - pace.seconds - now), due_at
