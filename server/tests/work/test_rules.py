"""The order of work, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.work import rules
from firstline.work.rules import Dates

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def in_(hours):
    return NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("dates", "deadline", "urgency", "why"),
    [
        (Dates(since=in_(-1), due_at=in_(5), promised_at=in_(2)), in_(2), "soon", "Promised"),
        (Dates(since=in_(-1), due_at=in_(1), promised_at=in_(2)), in_(1), "soon", "Due"),
        (Dates(since=in_(-9), due_at=in_(5), promised_at=in_(-2)), in_(-2), "missed", "Promise missed"),
        (Dates(since=in_(-9), due_at=in_(-3)), in_(-3), "missed", "Overdue"),
        (Dates(since=in_(-9), due_at=in_(30)), in_(30), "later", "Due"),
        (Dates(since=in_(-24)), in_(48), "later", "No date set"),
        (Dates(since=in_(-100)), in_(-28), "missed", "Lies here without a date"),
        (Dates(since=in_(-2), channel="email"), in_(22), "later", "Waits for an answer"),
        (Dates(since=in_(-2), channel="phone"), in_(-1), "missed", "Waits too long for an answer"),
    ],
)
def test_the_place_follows_from_promise_due_date_or_what_is_usual_and_says_why(dates, deadline, urgency, why):
    place = rules.place(dates, now=NOW)
    assert (place.deadline, place.urgency, place.why) == (deadline, urgency, why)


def test_a_due_date_that_is_later_than_usual_is_believed():
    assert rules.deadline(Dates(since=NOW, due_at=in_(24 * 30))) == in_(24 * 30)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@given(
    st.lists(st.tuples(moments, st.none() | moments, st.none() | moments, st.uuids()), max_size=20), moments, moments
)
def test_nobody_changes_places_while_time_passes(work, earlier, later):
    items = [(Dates(since=since, due_at=due, promised_at=promised), item) for since, due, promised, item in work]
    ordered = sorted(items, key=lambda one: rules.order(*one))
    for now in (earlier, later):
        places = [rules.place(dates, now=now) for dates, _item in ordered]
        assert [place.deadline for place in places] == sorted(place.deadline for place in places)
        # Whatever is missed comes before whatever isn't.
        missed = [place.urgency == "missed" for place in places]
        assert missed == sorted(missed, reverse=True)
