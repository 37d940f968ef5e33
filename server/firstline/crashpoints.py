"""Named places where a test lets the process die, to prove that nothing is lost there.

Names are literals in the code, so that a test can list them all and show that each was hit.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_at: Callable[[str], None] | None = None


class Crash(BaseException):
    """A process died here; a BaseException, so that no handler mistakes it for an error to handle."""


def crash_point(name: str) -> None:
    """Die here if a test wants so; otherwise nothing."""
    if _at is not None:
        _at(name)


@contextmanager
def watching(at: Callable[[str], None]) -> Iterator[None]:
    """Call `at(name)` at every crash point that is passed."""
    global _at  # noqa: PLW0603 -- points lie anywhere in the process
    before, _at = _at, at
    try:
        yield
    finally:
        _at = before


@contextmanager
def crash_at(name: str, *, time: int = 1) -> Iterator[None]:
    """Raise `Crash` when the point `name` is passed for the `time`-th time."""
    left = time

    def die(passed: str) -> None:
        nonlocal left
        if passed == name:
            left -= 1
            if left == 0:
                raise Crash(name)

    with watching(die):
        yield


def arm_from_environment() -> None:
    """Make this process kill itself at the point named in FIRSTLINE_KILL_AT, as a test of real kills wants it."""
    global _at  # noqa: PLW0603
    name = os.environ.get("FIRSTLINE_KILL_AT")
    if not name:
        return

    def kill(passed: str) -> None:
        if passed == name:
            os.kill(os.getpid(), signal.SIGKILL)

    _at = kill
