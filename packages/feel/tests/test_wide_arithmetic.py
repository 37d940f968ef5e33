"""Far away and in nanoseconds the calendar is the one that Python knows: both kinds of values agree.

10,000 years are 25 times the 400 after which the calendar repeats, so whatever holds in year 2026 holds in 12026.
"""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

import feel

FAR = 120_000
NANOSECOND = 'duration("PT0.000000001S")'
OFFSETS = st.one_of(st.none(), st.integers(-840, 840).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))))
DATES = st.dates(dt.date(2, 1, 1), dt.date(9998, 12, 31))
# Zones have rules of their own for the past; those that hold today repeat.
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]).map(ZoneInfo)
MOMENTS = st.one_of(
    st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 12, 31), timezones=OFFSETS),
    st.datetimes(dt.datetime(2040, 1, 1), dt.datetime(2300, 1, 1), timezones=ZONES),
)
DURATIONS = st.timedeltas(dt.timedelta(days=-300), dt.timedelta(days=300))
MONTHS = st.integers(-11, 11).map(feel.MonthsDuration)


def value(text: str, **context: object) -> object:
    evaluation = feel.evaluate(text, context)
    assert not evaluation.diagnostics
    return evaluation.value


def far(point: object) -> object:
    """Move to the far future by months, which keeps the clock and the zone."""
    return value("x + years", x=point, years=feel.MonthsDuration(FAR))


def near(point: object) -> object:
    return value("x - years", x=point, years=feel.MonthsDuration(FAR))


@settings(deadline=None)
@given(st.one_of(DATES, MOMENTS), st.one_of(DURATIONS, MONTHS))
def test_sums_are_the_same_far_away(point: dt.date, duration: object) -> None:
    here = value("x + d", x=point, d=duration)
    there = value("x + d", x=far(point), d=duration)
    assert not isinstance(there, dt.date)
    assert value("is(x, y)", x=near(there), y=here) is True


@settings(deadline=None)
@given(st.one_of(st.tuples(DATES, DATES), st.tuples(MOMENTS, MOMENTS)))
def test_differences_and_order_are_the_same_far_away(points: tuple[dt.date, dt.date]) -> None:
    left, right = points
    for text in ("x < y", "x = y", "x >= y", "x - y", "is(x, y)", "years and months duration(x, y)"):
        here = feel.evaluate(text, {"x": left, "y": right})
        there = feel.evaluate(text, {"x": far(left), "y": far(right)})
        assert (here.value, [d.kind for d in here.diagnostics]) == (there.value, [d.kind for d in there.diagnostics])


@settings(deadline=None)
@given(st.one_of(DATES, MOMENTS))
def test_parts_are_the_same_far_away(point: dt.date) -> None:
    names = ["month", "day", "weekday"] + ["hour", "minute", "second", "time offset"] * isinstance(point, dt.datetime)
    for name in names:
        assert value(f"x.{name}", x=far(point)) == feel.evaluate(f"x.{name}", {"x": point}).value
    for function in ("day of year", "week of year", "day of week", "month of year"):
        assert value(f"{function}(x)", x=far(point)) == value(f"{function}(x)", x=point)
    assert value("x.year", x=far(point)) == point.year + Decimal(FAR // 12)
    assert str(value("string(x)", x=far(point)))[5:] == str(value("string(x)", x=point))[4:]


@settings(deadline=None)
@given(st.one_of(MOMENTS, st.times(timezones=OFFSETS)), DURATIONS)
def test_a_nanosecond_more_changes_nothing_else(point: object, duration: dt.timedelta) -> None:
    text = f"is(x + {NANOSECOND} + d - {NANOSECOND}, x + d)"
    assert value(text, x=point, d=duration) is True


@settings(deadline=None)
@given(st.timedeltas(), st.timedeltas(), st.integers(-1000, 1000))
def test_durations_are_whole_numbers_of_nanoseconds(left: dt.timedelta, right: dt.timedelta, factor: int) -> None:
    assert value("x + y - y", x=left, y=right) == left
    assert value("x - y + y", x=left, y=right) == left
    assert value("-(-x)", x=left) == left
    assert value("x + n - y - n = x - y", x=left, y=right, n=value(NANOSECOND)) is True
    assert value("x < y", x=left, y=right) is (left < right)
    if factor:
        assert value("x * n / n", x=left, n=factor) == left


@settings(deadline=None)
# A text can't tell the second of two hours of the same name.
@given(
    st.one_of(DATES, MOMENTS.map(lambda moment: moment.replace(fold=0)), st.times(timezones=OFFSETS), st.timedeltas())
)
def test_text_and_back_is_the_identity(point: object) -> None:
    text = value("string(x)", x=point)
    assert value(f'is(@"{text}", x)', x=point) is True
