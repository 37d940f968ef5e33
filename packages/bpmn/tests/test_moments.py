"""Dates and times that are finer or further away than Python's own: what a process keeps of them."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bpmn._timers import as_duration_text, as_moment
from bpmn._values import storable
from bpmn.errors import CodecError
from feel import WideDate, WideDateTime, WideDuration, WideTime, evaluate


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (evaluate('@"2026-01-01T10:00:00.123456789Z"').value, datetime(2026, 1, 1, 10, 0, 0, 123456, UTC)),
        (WideTime(1_500), time(0, 0, 0, 1)),
        ([WideDuration(1_500)], [timedelta(microseconds=1)]),
    ],
)
def test_a_variable_is_kept_to_the_microsecond(value: object, kept: object) -> None:
    assert storable(value) == kept


@pytest.mark.parametrize("value", [WideDate(0), WideDateTime(0, 0), WideDuration(10**24)])
def test_what_lies_too_far_away_is_refused(value: object) -> None:
    with pytest.raises(CodecError, match=r"outside|longer"):
        storable(value)


def test_timers_take_nanoseconds() -> None:
    moment = evaluate('@"2026-01-01T10:00:00.123456789Z"').value
    assert as_moment(moment) == datetime(2026, 1, 1, 10, 0, 0, 123456, UTC)
    assert as_duration_text(evaluate('@"PT1.000000001S"').value) == as_duration_text(timedelta(seconds=1))
    with pytest.raises(ValueError, match="outside"):
        as_moment(WideDate(0))
