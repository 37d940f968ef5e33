import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worktime._intervals import END, Intervals, utc
from worktime.errors import CalendarError, NegativeDurationError, NoWorkingTimeError

MIDNIGHT = time()
DAY = timedelta(days=1)

Hours = tuple[tuple[time, time], ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Weekly opening hours in one zone, minus whole days off.

    `weekly` maps a weekday (Monday is 0) to its hours as (from, until); `until` midnight means the end of that day, so
    round the clock is `(time(0), time(0))`. Hours over midnight are given as two, one on each day. A moment is working
    time exactly when the clock on the wall of that zone shows opening hours: an hour that a clock change skips doesn't
    exist, one that it repeats counts twice.

    Raises: CalendarError with every mistake at once.

    >>> Calendar("Europe/Berlin", weekly={0: ((time(8), time(12)), (time(14), time(18)))}).hours_on(date(2026, 3, 2))
    ((datetime.time(8, 0), datetime.time(12, 0)), (datetime.time(14, 0), datetime.time(18, 0)))
    """

    zone: str
    weekly: Mapping[int, Hours] = field(kw_only=True)
    holidays: frozenset[date] = field(default=frozenset(), kw_only=True)

    def __post_init__(self) -> None:
        problems = (*_zone_problems(self.zone), *_weekly_problems(self.weekly))
        if problems:
            raise CalendarError(problems)

    def hours_on(self, day: date) -> Hours:
        return () if day in self.holidays else self.weekly.get(day.weekday(), ())


def working_intervals(start: datetime, end: datetime, calendar: Calendar) -> Intervals:
    """Find the working time between two moments, as a set that others (pauses, absences) can be taken from.

    Shape: any aware moments; nothing when `end` isn't after `start`. Units: spans in UTC.
    """
    start, end = utc(start), utc(end)
    found: list[tuple[datetime, datetime]] = []
    day = start.date()
    while day <= end.date() and start < end:
        found += ((max(start, opens), min(end, closes)) for opens, closes in _open_on_utc_day(day, calendar))
        if day == date.max:
            break
        day += DAY
    return Intervals.of(*found)


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Measure the working time between two moments; negative when `end` is before `start`.

    >>> office = Calendar("Europe/Berlin", weekly={day: ((time(8), time(18)),) for day in range(5)})
    >>> friday = datetime(2026, 3, 6, 17, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> working_time_between(friday, friday + timedelta(days=3), office)
    datetime.timedelta(seconds=36000)
    """
    if utc(end) < utc(start):
        return -working_intervals(end, start, calendar).duration
    return working_intervals(start, end, calendar).duration


def add_working_time(start: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """Find the earliest moment, in UTC, by which `duration` of working time has passed since `start`.

    Shape: `duration` counts hours that really pass (a `timedelta` day is 24 of them); zero gives `start` itself.
    Raises: NegativeDurationError (use `subtract_working_time`), NoWorkingTimeError, NaiveMomentError.

    >>> office = Calendar("Europe/Berlin", weekly={day: ((time(8), time(18)),) for day in range(5)})
    >>> friday = datetime(2026, 3, 6, 17, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> add_working_time(friday, timedelta(hours=2), office).astimezone(ZoneInfo("Europe/Berlin")).isoformat()
    '2026-03-09T09:00:00+01:00'
    """
    start = utc(start)
    left = _required(duration, calendar)
    for opens, closes in _open_from(start, calendar) if left else ():
        here = max(start, opens)
        if here < closes and left <= closes - here:
            return here + left
        left -= max(closes - here, timedelta())
    return _reached(start, left)


def subtract_working_time(end: datetime, duration: timedelta, calendar: Calendar) -> datetime:
    """Find the latest moment, in UTC, from which `duration` of working time passes until `end`.

    The mirror of `add_working_time`: when must work begin at the latest, so that it is done by `end`?
    Raises: NegativeDurationError (use `add_working_time`), NoWorkingTimeError, NaiveMomentError.
    """
    end = utc(end)
    left = _required(duration, calendar)
    for opens, closes in _open_back_from(end, calendar) if left else ():
        here = min(end, closes)
        if opens < here and left <= here - opens:
            return here - left
        left -= max(here - opens, timedelta())
    return _reached(end, left)


def _required(duration: timedelta, calendar: Calendar) -> timedelta:
    if duration < timedelta():
        raise NegativeDurationError(f"{duration} is negative: add and subtract each run one way.")
    if duration and not any(calendar.weekly.values()):
        raise NoWorkingTimeError("This calendar has no opening hours at all, so no working time ever passes.")
    return duration


def _reached(moment: datetime, left: timedelta) -> datetime:
    if left:
        raise NoWorkingTimeError("That much working time doesn't fit between the years 1 and 9999.")
    return moment


def _open_from(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    day = start.date()
    while day < date.max:
        yield from _open_on_utc_day(day, calendar)
        day += DAY


def _open_back_from(end: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    day = end.date()
    while day > date.min:
        yield from reversed(_open_on_utc_day(day, calendar))
        day -= DAY


def _open_on_utc_day(day: date, calendar: Calendar) -> tuple[tuple[datetime, datetime], ...]:
    """The opening spans within one day of UTC, earliest first.

    Days of UTC always have 24 hours and follow one another, which the zone's own days don't: some lack midnight, and
    where a clock change crosses midnight a date comes back. Within a piece of constant offset, local time is plain.
    """
    return tuple(
        span
        for start, end, offset in _pieces(day, ZoneInfo(calendar.zone))
        for span in _open(start, end, offset, calendar)
    )


def _pieces(day: date, zone: ZoneInfo) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    start = datetime.combine(day, MIDNIGHT, UTC)
    end = END if day == date.max else start + DAY
    before, after = _offset(start, zone), _offset(end - timedelta.resolution, zone)
    if before == after:
        return ((start, end, before),)
    change = _change(start, end, zone)
    return ((start, change, before), (change, end, after))


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    try:
        return moment.astimezone(zone).utcoffset() or timedelta()
    except OverflowError:  # within a day of year 1 or 9999, where local time has no date
        return timedelta()


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The first moment of the new offset; zones change their clocks at whole seconds."""
    before = _offset(start, zone)
    low, high = 0, int((end - start).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(start + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return start + timedelta(seconds=high)


def _open(start: datetime, end: datetime, offset: timedelta, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    for ordinal in (start.toordinal() - 1, start.toordinal(), start.toordinal() + 1):
        if not date.min.toordinal() < ordinal < date.max.toordinal():
            continue
        day = date.fromordinal(ordinal)
        for opens_at, closes_at in calendar.hours_on(day):
            opens = datetime.combine(day, opens_at, UTC) - offset
            closes = datetime.combine(day, closes_at, UTC) - offset + (DAY if closes_at == MIDNIGHT else timedelta())
            if max(start, opens) < min(end, closes):
                yield max(start, opens), min(end, closes)


def _zone_problems(zone: str) -> Iterator[str]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield f"There is no time zone {zone!r}: use an IANA name, such as Europe/Berlin."


def _weekly_problems(weekly: Mapping[int, Hours]) -> Iterator[str]:
    for weekday, hours in weekly.items():
        if weekday not in range(7):
            yield f"Weekday {weekday!r} doesn't exist: Monday is 0, Sunday is 6."
        for opens, closes in hours:
            if closes != MIDNIGHT and closes <= opens:
                yield (
                    f"Weekday {weekday} has hours {opens:%H:%M} to {closes:%H:%M}, which end before they begin: "
                    "give hours over midnight as two, one on each day."
                )
        for (_, closes), (opens, _) in itertools.pairwise(hours):
            if closes == MIDNIGHT or opens < closes:
                yield f"Weekday {weekday} has hours that overlap or aren't in order, at {opens:%H:%M}."
