"""Dates, times and durations that Python's own types can't hold, and the one way to each kind of value.

The standard asks for years from -999,999,999 to 999,999,999; fractions are kept to the nanosecond. A value is always
Python's own (`date`, `time`, `datetime`, `timedelta`) when that holds it exactly, and one of the wide ones otherwise:
`make_date` and its like decide. So no value has two forms.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from feel.errors import Fault

SECOND = 1_000_000_000
"""Nanoseconds of a second."""
DAY = 86_400 * SECOND

CYCLE_DAYS = 146_097
"""Days of 400 years; then the calendar is the same again, weekdays too."""

LAST_DAY = dt.date.max.toordinal()
"""The number of the last day that Python's dates know."""

_CYCLE_YEARS = 400
_MOST_YEAR = 999_999_999
_MOST_DURATION = 10**12 * DAY
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, order=True, repr=False)
class WideDate:
    """A date before year 1 or after 9999. Units: `ordinal` counts days, 1 is January 1st of year 1.

    >>> WideDate(0)
    WideDate('0000-12-31')
    """

    ordinal: int

    def toordinal(self) -> int:
        """Give the number of the day, as Python's dates do."""
        return self.ordinal

    @property
    def alike(self) -> dt.date:
        """The same day, a multiple of 400 years away: same month, day and weekday."""
        return dt.date.fromordinal((self.ordinal - 1) % CYCLE_DAYS + 1)

    @property
    def year(self) -> int:
        """The year; 0 is the one before 1."""
        return self.alike.year + (self.ordinal - 1) // CYCLE_DAYS * _CYCLE_YEARS

    @property
    def month(self) -> int:
        """The month, from 1."""
        return self.alike.month

    @property
    def day(self) -> int:
        """The day of the month."""
        return self.alike.day

    def isoformat(self) -> str:
        """Write it as XML Schema does."""
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"

    def __repr__(self) -> str:
        return f"WideDate('{self.isoformat()}')"


@dataclass(frozen=True, slots=True)
class WideTime:
    """A time of day with nanoseconds. Units: `nanoseconds` since midnight."""

    nanoseconds: int
    tzinfo: dt.tzinfo | None = None

    @property
    def hour(self) -> int:
        """The hour, 0 to 23."""
        return self.nanoseconds // (3600 * SECOND)

    @property
    def minute(self) -> int:
        """The minute, 0 to 59."""
        return self.nanoseconds // (60 * SECOND) % 60

    @property
    def second(self) -> int:
        """The whole second, 0 to 59."""
        return self.nanoseconds // SECOND % 60


@dataclass(frozen=True, slots=True)
class WideDateTime:
    """A date and time outside the years 1 to 9999, or with nanoseconds.

    Units: `ordinal` as in WideDate, `nanoseconds` since midnight; both are those of the place. `fold` is 1 in the
    second of two hours of the same name.
    """

    ordinal: int
    nanoseconds: int
    tzinfo: dt.tzinfo | None = None
    fold: int = 0

    def toordinal(self) -> int:
        """Give the number of the day, as Python's dates do."""
        return self.ordinal

    def date(self) -> "Date":
        """Give the day."""
        return date_of(self.ordinal)

    def timetz(self) -> "Time":
        """Give the time of day with its zone."""
        return make_time(self.nanoseconds, self.tzinfo)

    @property
    def year(self) -> int:
        """The year; 0 is the one before 1."""
        return self.date().year

    @property
    def month(self) -> int:
        """The month, from 1."""
        return self.date().month

    @property
    def day(self) -> int:
        """The day of the month."""
        return self.date().day

    @property
    def hour(self) -> int:
        """The hour, 0 to 23."""
        return self.timetz().hour

    @property
    def minute(self) -> int:
        """The minute, 0 to 59."""
        return self.timetz().minute

    @property
    def second(self) -> int:
        """The whole second, 0 to 59."""
        return self.timetz().second


@dataclass(frozen=True, slots=True, order=True)
class WideDuration:
    """A days and time duration with nanoseconds, or longer than a billion days."""

    nanoseconds: int

    def __neg__(self) -> "Duration":
        return make_duration(-self.nanoseconds)

    def __abs__(self) -> "Duration":
        return make_duration(abs(self.nanoseconds))


Date = dt.date | WideDate
Time = dt.time | WideTime
DateTime = dt.datetime | WideDateTime
AnyDate = dt.date | WideDate | WideDateTime
"""A date, or a date and time."""
Duration = dt.timedelta | WideDuration


def make_date(year: int, month: int, day: int) -> Date:
    """Build a date. Raises: Fault when there is no such day, or the year is outside the standard's range."""
    try:
        if 1 <= year <= dt.MAXYEAR:
            return dt.date(year, month, day)
        cycles, rest = divmod(year - 1, _CYCLE_YEARS)
        ordinal = dt.date(rest + 1, month, day).toordinal() + cycles * CYCLE_DAYS
    except (ValueError, OverflowError):
        raise Fault("value", f"There is no date {year}-{month}-{day}") from None
    return date_of(ordinal)


def date_of(ordinal: int) -> Date:
    """Give the date with this number. Raises: Fault when its year is outside the standard's range."""
    if 1 <= ordinal <= LAST_DAY:
        return dt.date.fromordinal(ordinal)
    date = WideDate(ordinal)
    if abs(date.year) > _MOST_YEAR:
        raise Fault("arithmetic", "The date leaves the years -999,999,999 to 999,999,999")
    return date


def make_time(nanoseconds: int, zone: dt.tzinfo | None) -> Time:
    """Build a time from the nanoseconds since midnight."""
    if nanoseconds % 1000:
        return WideTime(nanoseconds, zone)
    seconds, rest = divmod(nanoseconds, SECOND)
    return dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, zone)


def make_date_and_time(date: Date, time: Time) -> DateTime:
    """Put a date and a time together."""
    if isinstance(date, dt.date) and isinstance(time, dt.time):
        return dt.datetime.combine(date, time)
    return WideDateTime(date.toordinal(), nanoseconds_of_day(time), time.tzinfo)


def moment_of(ordinal: int, nanoseconds: int, zone: dt.tzinfo | None, fold: int = 0) -> DateTime:
    """Build a date and time; nanoseconds beyond a day count on. Raises: Fault as `date_of`."""
    days, rest = divmod(nanoseconds, DAY)
    date, time = date_of(ordinal + days), make_time(rest, zone)
    if isinstance(date, dt.date) and isinstance(time, dt.time):
        return dt.datetime.combine(date, time.replace(fold=fold))
    return WideDateTime(date.toordinal(), rest, zone, fold)


def make_duration(nanoseconds: int) -> Duration:
    """Build a duration. Raises: Fault when it is longer than a million million days."""
    if nanoseconds % 1000 == 0:
        try:
            return dt.timedelta(microseconds=nanoseconds // 1000)
        except OverflowError:
            pass
    if abs(nanoseconds) > _MOST_DURATION:
        raise Fault("arithmetic", "The duration is too long")
    return WideDuration(nanoseconds)


def nanoseconds_of_day(value: Time | DateTime) -> int:
    """Count from midnight."""
    if isinstance(value, WideTime | WideDateTime):
        return value.nanoseconds
    return ((value.hour * 60 + value.minute) * 60 + value.second) * SECOND + value.microsecond * 1000


def nanoseconds_of(value: Duration) -> int:
    """Give the whole length of a duration."""
    return value.nanoseconds if isinstance(value, WideDuration) else value // _MICROSECOND * 1000


def decimal_seconds(nanoseconds: int) -> Decimal:
    """Turn nanoseconds into seconds with as many places as are needed."""
    seconds, rest = divmod(abs(nanoseconds), SECOND)
    number = Decimal(f"{seconds}.{rest:09d}".rstrip("0")) if rest else Decimal(seconds)
    return -number if nanoseconds < 0 else number


def alike_date(value: AnyDate) -> dt.date:
    """Give a date of Python's with the same month, day, weekday and week."""
    date = value.date() if isinstance(value, WideDateTime) else value
    return date.alike if isinstance(date, WideDate) else date


def narrowed(value: object) -> object:
    """Give Python's own value for a wide one, its fraction cut to the microsecond; any other value as it is.

    Raises: ValueError when it lies outside the years 1 to 9999, or is longer than a billion days.

    >>> narrowed(WideTime(1_500)), narrowed("text")
    (datetime.time(0, 0, 0, 1), 'text')
    """
    narrow = _cut(value)
    if type(narrow) in _TOO_WIDE:
        raise ValueError(_TOO_WIDE[type(narrow)])
    return narrow


def _cut(value: object) -> object:
    match value:
        case WideTime():
            return make_time(value.nanoseconds // 1000 * 1000, value.tzinfo)
        case WideDateTime():
            return moment_of(value.ordinal, value.nanoseconds // 1000 * 1000, value.tzinfo, value.fold)
        case WideDuration():
            microseconds = abs(value.nanoseconds) // 1000
            return make_duration(-microseconds * 1000 if value.nanoseconds < 0 else microseconds * 1000)
    return value


_TOO_WIDE: dict[type, str] = {
    **dict.fromkeys((WideDate, WideDateTime), "The date lies outside the years 1 to 9999"),
    WideDuration: "The duration is longer than a billion days",
}
