"""What this library refuses, and what to do instead."""


class WorktimeError(Exception):
    """Base of everything that this library raises on purpose."""


class CalendarError(WorktimeError):
    """A calendar's definition has mistakes; `problems` holds every one of them as a sentence."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class NaiveMomentError(WorktimeError):
    """A moment came without a zone, so it isn't known which moment is meant."""


class NegativeDurationError(WorktimeError):
    """Working time runs one way per function: use the other one for the other direction."""


class NoWorkingTimeError(WorktimeError):
    """The asked working time can't be reached: no hour is ever open, or not before the calendar's end (year 9999)."""
