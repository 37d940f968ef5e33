"""Variables survive the database exactly."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feel
from feel import MonthsDuration
from firstline import codec
from firstline.money import Money

texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    texts,
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.just(UTC)),
    st.timedeltas(),
    st.uuids(),
    st.builds(MonthsDuration, st.integers(-1200, 1200)),
    st.builds(Money, st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(["EUR", "GBP"])),
)
keys = st.one_of(texts, st.sampled_from(["$decimal", "$context", "$date"]))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


@given(values)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert codec.loads(codec.dumps(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1.10"),
        date(2026, 2, 28),
        time(8, 30),
        datetime(2026, 1, 1, tzinfo=UTC),
        timedelta(days=-1, microseconds=1),
        UUID(int=7),
    ],
)
def test_the_type_comes_back_too(value: object) -> None:
    assert type(codec.loads(codec.dumps(value))) is type(value)


def test_decimals_keep_their_digits() -> None:
    assert str(codec.loads(codec.dumps(Decimal("1.10")))) == "1.10"


@pytest.mark.parametrize("value", ["a\x00b", {"k\x00": 1}, ["\x00"]])
def test_nul_is_refused_in_words(value: object) -> None:
    with pytest.raises(codec.CodecError, match="NUL"):
        codec.dumps(value)


def test_moments_are_kept_to_the_microsecond() -> None:
    moment = feel.evaluate('@"2026-01-01T10:00:00.123456789Z"').value
    assert codec.loads(codec.dumps([moment])) == [datetime(2026, 1, 1, 10, 0, 0, 123456, UTC)]
    with pytest.raises(codec.CodecError, match="outside the years"):
        codec.dumps(feel.evaluate('@"10000-01-01"').value)


def test_what_has_no_place_in_a_variable_is_refused() -> None:
    with pytest.raises(codec.CodecError, match="type object"):
        codec.dumps({"a": object()})


def test_depth_is_bounded() -> None:
    value: object = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(codec.CodecError, match="nested"):
        codec.dumps(value)
