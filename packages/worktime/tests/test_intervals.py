from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktime import Intervals, NaiveMomentError

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)


def moment(minute: int) -> datetime:
    return ORIGIN + timedelta(minutes=minute)


def build(pairs: list[tuple[int, int]]) -> Intervals:
    return Intervals.of(*((moment(start), moment(end)) for start, end in pairs))


def minutes(intervals: Intervals) -> set[int]:
    return {minute for minute in range(60) if moment(minute) in intervals}


pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6)


@given(pairs, pairs)
def test_operators_agree_with_sets_of_minutes(left, right):
    a, b = build(left), build(right)
    assert minutes(a | b) == minutes(a) | minutes(b)
    assert minutes(a & b) == minutes(a) & minutes(b)
    assert minutes(a - b) == minutes(a) - minutes(b)
    assert a.duration == timedelta(minutes=len(minutes(a)))


@given(pairs)
def test_spans_are_sorted_apart_and_never_empty(given_pairs):
    flat = [edge for span in build(given_pairs).spans for edge in span]
    assert flat == sorted(set(flat))


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(NaiveMomentError, match="has no zone"):
        Intervals.of((ORIGIN.replace(tzinfo=None), ORIGIN))
