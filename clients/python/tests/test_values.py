"""What a process holds, in JSON and back."""

import doctest
import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from firstline_worker import Worker, _values


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        "text",
        [1, {"a": [None]}],
        {},
        Decimal("1.10"),
        date(2026, 11, 22),
        datetime(2026, 11, 22, 9, tzinfo=UTC),
        time(9, 30),
        timedelta(hours=1, microseconds=5),
        {"$date": "a text that only looks like a tag"},
        {"$months": 3},
    ],
)
def test_a_value_comes_back_as_it_was(value: object) -> None:
    assert _values.read(_values.written({"x": value})) == {"x": value}


def test_numbers_are_read_exactly() -> None:
    assert _values.read('{"a": 0.1, "b": 3}') == {"a": Decimal("0.1"), "b": 3}


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_what_no_process_can_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        _values.written({"x": value})
    with pytest.raises(ValueError, match="JSON"):
        json.loads(_values.written({"x": float("nan")}))


def test_the_examples() -> None:
    known = {"date": date, "Decimal": Decimal}
    assert doctest.testmod(_values, extraglobs=known).failed == 0


def test_a_mistake_in_the_address_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="https://service"):
        Worker("service.example.com", key="flk_x")
