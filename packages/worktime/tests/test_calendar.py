import doctest
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worktime import (
    Calendar,
    CalendarError,
    NaiveMomentError,
    NegativeDurationError,
    NoWorkingTimeError,
    _calendar,
    _intervals,
    add_working_time,
    subtract_working_time,
    working_intervals,
    working_time_between,
)

QUARTER = timedelta(minutes=15)
OFFICE = Calendar("Europe/Berlin", weekly={day: ((time(8), time(18)),) for day in range(5)})
ROUND_THE_CLOCK = {day: ((time(0), time(0)),) for day in range(7)}


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        (berlin(2026, 3, 2, 9), 2, berlin(2026, 3, 2, 11)),
        (berlin(2026, 3, 2, 8), 10, berlin(2026, 3, 2, 18)),  # the end of the day, not the next morning
        (berlin(2026, 3, 6, 17), 2, berlin(2026, 3, 9, 9)),
        (berlin(2026, 3, 7, 12), 1, berlin(2026, 3, 9, 9)),
        (berlin(2026, 3, 7, 12), 0, berlin(2026, 3, 7, 12)),
    ],
)
def test_working_time_is_added_within_opening_hours(start, hours, expected):
    assert add_working_time(start, timedelta(hours=hours), OFFICE) == expected


def test_working_time_is_subtracted_within_opening_hours():
    assert subtract_working_time(berlin(2026, 3, 9, 9), timedelta(hours=2), OFFICE) == berlin(2026, 3, 6, 17)
    assert subtract_working_time(berlin(2026, 3, 9, 8), timedelta(hours=1), OFFICE) == berlin(2026, 3, 6, 17)


def test_a_holiday_has_no_working_time():
    calendar = Calendar("Europe/Berlin", weekly=OFFICE.weekly, holidays=frozenset({date(2026, 5, 1)}))
    assert add_working_time(berlin(2026, 4, 30, 17), timedelta(hours=2), calendar) == berlin(2026, 5, 4, 9)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2015, 10, 18), 23),  # has no midnight
        ("America/Sao_Paulo", date(2015, 2, 21), 25),  # its last hour comes twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/St_Johns", date(2006, 10, 28), 24 + 59 / 60),  # the date comes back for 59 minutes
        ("Pacific/Apia", date(2011, 12, 30), 0),  # was left out
    ],
)
def test_a_day_has_as_many_hours_as_its_zone_gave_it(zone, day, hours):
    only_that_day = frozenset(day + timedelta(days=n) for n in range(-9, 10) if n)
    calendar = Calendar(zone, weekly=ROUND_THE_CLOCK, holidays=only_that_day)
    around = datetime.combine(day, time(12), UTC)
    found = working_time_between(around - timedelta(days=4), around + timedelta(days=4), calendar)
    assert found == timedelta(hours=hours)


def test_a_repeated_hour_counts_twice_and_a_skipped_one_not_at_all():
    night = Calendar("Europe/Berlin", weekly={6: ((time(2), time(2, 30)),)})
    autumn = working_intervals(berlin(2026, 10, 25), berlin(2026, 10, 26), night)
    assert autumn.duration == timedelta(hours=1)
    assert len(autumn.spans) == 2
    assert working_time_between(berlin(2026, 3, 29), berlin(2026, 3, 30), night) == timedelta()


zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney"]
)
# Around clock changes of these zones, and one quiet week.
anchors = st.sampled_from(
    [
        (2026, 3, 27),
        (2026, 10, 23),
        (2015, 2, 20),
        (2015, 10, 16),
        (2016, 3, 20),
        (2016, 9, 19),
        (2026, 4, 3),
        (2026, 6, 1),
    ]
)
quarters = st.integers(0, 95).map(lambda n: (datetime.min + n * QUARTER).time())


@st.composite
def calendars(draw):
    def hours():
        edges = sorted(draw(st.sets(quarters, max_size=4)))
        return tuple(zip(edges[::2], edges[1::2], strict=False))

    weekly = {day: hours() for day in range(7)}
    weekly[draw(st.integers(0, 6))] = ((time(0), time(0)),)
    first = date(*draw(anchors))
    off = frozenset(first + timedelta(days=n) for n in draw(st.sets(st.integers(0, 4), max_size=2)))
    return Calendar(draw(zones), weekly=weekly, holidays=off)


@st.composite
def moments(draw):
    return datetime(*draw(anchors), tzinfo=UTC) + draw(st.integers(0, 600)) * QUARTER


def is_working(moment, calendar):
    local = moment.astimezone(ZoneInfo(calendar.zone))
    return any(
        start <= local.time() and (local.time() < end or end == time(0))
        for start, end in calendar.hours_on(local.date())
    )


def counted(start, end, calendar):
    """The naive oracle: look at the wall clock every quarter of an hour."""
    steps = (end - start) // QUARTER
    return sum((QUARTER for n in range(steps) if is_working(start + n * QUARTER, calendar)), timedelta())


@settings(max_examples=150, deadline=None)
@given(calendars(), moments(), st.integers(0, 400))
def test_measuring_agrees_with_the_wall_clock(calendar, start, steps):
    end = start + steps * QUARTER
    assert working_time_between(start, end, calendar) == counted(start, end, calendar)
    assert working_time_between(end, start, calendar) == -counted(start, end, calendar)


@settings(max_examples=150, deadline=None)
@given(calendars(), moments(), st.timedeltas(timedelta(microseconds=1), timedelta(hours=60)))
def test_adding_reaches_the_earliest_and_subtracting_the_latest_moment(calendar, moment, duration):
    due = add_working_time(moment, duration, calendar)
    assert working_time_between(moment, due, calendar) == duration
    assert working_time_between(moment, due - timedelta.resolution, calendar) < duration
    latest = subtract_working_time(moment, duration, calendar)
    assert working_time_between(latest, moment, calendar) == duration
    assert working_time_between(latest + timedelta.resolution, moment, calendar) < duration


@settings(max_examples=60, deadline=None)
@given(
    calendars(),
    moments(),
    st.timedeltas(timedelta(), timedelta(hours=30)),
    st.timedeltas(timedelta(), timedelta(hours=30)),
)
def test_adding_in_two_parts_is_adding_at_once(calendar, start, first, second):
    at_once = add_working_time(start, first + second, calendar)
    assert add_working_time(add_working_time(start, first, calendar), second, calendar) == at_once


def test_a_calendar_reports_every_mistake_at_once():
    with pytest.raises(CalendarError) as caught:
        Calendar(
            "Mars/Olympus",
            weekly={7: (), 1: ((time(22), time(6)),), 2: ((time(8), time(12)), (time(11), time(13)))},
        )
    assert len(caught.value.problems) == 4
    assert "as two, one on each day" in str(caught.value)


def test_what_cannot_be_reached_is_refused_with_a_sentence():
    with pytest.raises(NegativeDurationError):
        add_working_time(berlin(2026, 1, 1), timedelta(hours=-1), OFFICE)
    with pytest.raises(NegativeDurationError):
        subtract_working_time(berlin(2026, 1, 1), timedelta(hours=-1), OFFICE)
    with pytest.raises(NaiveMomentError):
        add_working_time(datetime(2026, 1, 1), timedelta(hours=1), OFFICE)
    with pytest.raises(NoWorkingTimeError, match="no opening hours"):
        add_working_time(berlin(2026, 1, 1), timedelta(hours=1), Calendar("UTC", weekly={}))
    with pytest.raises(NoWorkingTimeError, match="9999"):
        add_working_time(datetime(9999, 12, 30, tzinfo=UTC), timedelta(days=30), OFFICE)
    with pytest.raises(NoWorkingTimeError, match="9999"):
        subtract_working_time(datetime(1, 1, 2, tzinfo=UTC), timedelta(days=30), OFFICE)


def test_the_examples_in_the_documentation_run():
    assert doctest.testmod(_calendar).failed == 0
    assert doctest.testmod(_intervals).failed == 0
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    exec(readme.split("```python")[1].split("```")[0], {})
