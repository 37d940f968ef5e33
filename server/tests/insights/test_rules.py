"""Periods, comparisons and scales."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from firstline.insights import rules

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def test_the_latest_days_begin_at_midnight_and_end_now() -> None:
    now = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
    period = rules.latest_days(7, now=now, zone=BERLIN)
    assert (period.first, period.last) == (date(2026, 11, 15), date(2026, 11, 21))
    assert period.start == datetime(2026, 11, 14, 23, tzinfo=UTC)
    assert period.end == now


def test_a_past_period_ends_at_the_midnight_after_its_last_day() -> None:
    now = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
    period = rules.period_of(date(2026, 10, 24), date(2026, 10, 25), now=now, zone=BERLIN)
    assert period.end - period.start == timedelta(hours=49), "the night in which summer time ends has an hour more"


def test_the_period_before_ends_at_the_same_time_of_day_across_the_end_of_summer_time() -> None:
    now = datetime(2026, 10, 26, 9, tzinfo=BERLIN)
    before = rules.period_before(rules.latest_days(1, now=now, zone=BERLIN), zone=BERLIN)
    assert before.start == datetime(2026, 10, 25, tzinfo=BERLIN)
    assert before.end == datetime(2026, 10, 25, 9, tzinfo=BERLIN)


@given(now=MOMENTS, count=st.integers(1, 60))
def test_two_periods_meet_and_are_equally_long(now: datetime, count: int) -> None:
    period = rules.latest_days(count, now=now, zone=BERLIN)
    before = rules.period_before(period, zone=BERLIN)
    assert before.days == period.days == count
    assert before.last + timedelta(days=1) == period.first
    assert before.end <= period.start
    assert abs((period.end - period.start) - (before.end - before.start)) <= timedelta(hours=1)


@given(part=st.integers(0, 10**6), whole=st.integers(0, 10**6))
def test_a_percentage_is_the_share_of_a_hundred(part: int, whole: int) -> None:
    found = rules.percentage(part, whole)
    if whole == 0:
        assert found is None
    else:
        assert found is not None
        assert abs(float(found) - part * 100 / whole) <= 0.051


@given(values=st.lists(st.floats(0, 10**9), max_size=20))
def test_bars_keep_the_order_of_their_values_and_show_whatever_is_not_nothing(values: list[float]) -> None:
    lengths = rules.lengths(values, longest=100)
    assert len(lengths) == len(values)
    for value, length in zip(values, lengths, strict=True):
        assert 0 <= length <= 100
        assert (length > 0) == (value > 0)
    ordered = sorted(zip(values, lengths, strict=True))
    assert [length for _, length in ordered] == sorted(lengths)


def test_a_change_is_told_in_per_cent_unless_there_was_nothing_before() -> None:
    assert rules.change(15, 10) == rules.Change(difference=5, percent=50)
    assert rules.change(0, 0) == rules.Change(difference=0, percent=None)
    assert rules.change(None, 3) is None
    found = rules.change(8, 10)
    assert found is not None
    assert found.direction == "down"
