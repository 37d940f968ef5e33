"""The circuit breaker: a source that failed several times in a row isn't asked for a while, so that it costs nothing."""

from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 3
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Failures in a row, and until when nothing is asked; moments are seconds of a clock that only goes forward."""

    failures: int = 0
    pause_seconds: float = 0.0
    open_until: float = 0.0

    def lets_through(self, now: float) -> bool:
        """Tell whether the source may be asked now."""
        return now >= self.open_until


def after_success() -> Breaker:
    """One answer, and everything is forgotten."""
    return Breaker()


def after_failure(breaker: Breaker, now: float) -> Breaker:
    """Count a failure; from the third on the pause grows.

    >>> breaker = Breaker()
    >>> for _ in range(3):
    ...     breaker = after_failure(breaker, now=10.0)
    >>> breaker.lets_through(11.9), breaker.lets_through(12.0)
    (False, True)
    """
    failures = breaker.failures + 1
    if failures < FAILURES_TO_OPEN:
        return replace(breaker, failures=failures)
    pause = min(LONGEST_PAUSE_SECONDS, breaker.pause_seconds * 2 or FIRST_PAUSE_SECONDS)
    return Breaker(failures=failures, pause_seconds=pause, open_until=now + pause)


def on_probe(breaker: Breaker, now: float) -> Breaker:
    """Let one question through after the pause and hold the others back until it is answered, or another pause is over."""
    return replace(breaker, open_until=now + breaker.pause_seconds)
