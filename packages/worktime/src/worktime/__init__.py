"""Business calendars and working time: one interval algebra, right across zones and clock changes."""

from worktime._calendar import (
    Calendar,
    add_working_time,
    subtract_working_time,
    working_intervals,
    working_time_between,
)
from worktime._intervals import Intervals
from worktime.errors import (
    CalendarError,
    NaiveMomentError,
    NegativeDurationError,
    NoWorkingTimeError,
    WorktimeError,
)

__all__ = [
    "Calendar",
    "CalendarError",
    "Intervals",
    "NaiveMomentError",
    "NegativeDurationError",
    "NoWorkingTimeError",
    "WorktimeError",
    "add_working_time",
    "subtract_working_time",
    "working_intervals",
    "working_time_between",
]
