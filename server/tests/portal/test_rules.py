"""Steps and expected days, as the customer reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.portal import rules

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("standing", "is_over", "states"),
    [
        (None, False, ["now", "next", "next"]),
        (1, False, ["now", "next", "next"]),
        (3, False, ["done", "done", "now"]),
        (2, True, ["done", "done", "done"]),
    ],
)
def test_steps_before_the_present_one_are_done_and_those_after_it_to_come(
    standing: int | None, is_over: bool, states: list[str]
) -> None:
    assert rules.step_states(3, standing=standing, is_over=is_over) == states


@pytest.mark.parametrize(
    ("hours", "kind"),
    [(-1, "late"), (3, "today"), (20, "tomorrow"), (14, "tomorrow"), (72, "days"), (24 * 30, "days")],
)
def test_the_expected_days_are_told_as_a_range(hours: int, kind: str) -> None:
    found = rules.expected(NOW + timedelta(hours=hours), now=NOW, zone=BERLIN)
    assert found is not None
    assert found.kind == kind


def test_a_step_without_a_due_date_promises_nothing() -> None:
    assert rules.expected(None, now=NOW, zone=BERLIN) is None


@given(hours=st.integers(-2000, 2000))
def test_the_range_never_ends_before_it_begins_nor_after_the_due_day(hours: int) -> None:
    due = NOW + timedelta(hours=hours)
    found = rules.expected(due, now=NOW, zone=BERLIN)
    assert found is not None
    assert found.first <= found.last == due.astimezone(BERLIN).date()
    assert found.is_late == (due < NOW)
