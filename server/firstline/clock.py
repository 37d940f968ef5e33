"""The one clock of the server; everything that decides takes `now` as an argument instead."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_AHEAD = timedelta(seconds=float(os.environ.get("FIRSTLINE_CLOCK_AHEAD_SECONDS", "0")))
_fixed_at: datetime | None = None


def now() -> datetime:
    """Tell the present moment, in UTC."""
    return _fixed_at or datetime.now(UTC) + _AHEAD  # noqa: TID251 -- this is the adapter


@contextmanager
def fixed(moment: datetime) -> Iterator[datetime]:
    """Hold the clock at `moment` (aware), for all threads of this process."""
    global _fixed_at  # noqa: PLW0603 -- a clock is global by nature
    before, _fixed_at = _fixed_at, moment.astimezone(UTC)
    try:
        yield _fixed_at
    finally:
        _fixed_at = before
