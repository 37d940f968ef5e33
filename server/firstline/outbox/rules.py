"""How long a failed delivery waits."""

from datetime import timedelta

_STEPS_SECONDS = (1, 2, 5, 15, 30, 60, 120, 300, 900)


def back_off(attempt: int) -> timedelta:
    """Say how long to wait after the attempt number `attempt` (from 1) failed.

    >>> back_off(1), back_off(100)
    (datetime.timedelta(seconds=1), datetime.timedelta(seconds=900))
    """
    return timedelta(seconds=_STEPS_SECONDS[min(attempt, len(_STEPS_SECONDS)) - 1])
