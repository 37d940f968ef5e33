"""Every figure against a naive count over the same made-up contacts and cases."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from statistics import fmean, median
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.insights import queries, rules
from firstline.insights.access import Scope
from firstline.insights.queries import Chosen, Measured, Question

from .conftest import NOW, MadeContact, Year

BERLIN = ZoneInfo("Europe/Berlin")
PERIODS = [
    rules.latest_days(1, now=NOW, zone=BERLIN),
    rules.latest_days(7, now=NOW, zone=BERLIN),
    rules.latest_days(30, now=NOW, zone=BERLIN),
    # The end of summer time lies in it.
    rules.period_of(date(2026, 10, 20), date(2026, 10, 30), now=NOW, zone=BERLIN),
]
Facts = list[tuple[UUID, str, str, str, float]]  # unit, channel, reason, team, value


def question(brands: dict[str, Brand], period: rules.Period, *keys: str, repeat_days: int = 14) -> Question:
    scope = Scope(principal=Principal(kind="staff"), brands=tuple(brands[key].id for key in keys))
    return Question(scope=scope, period=period, now=NOW, repeat_days=repeat_days)


def facts_of(figure: str, year: Year, asked: Question, keys: tuple[str, ...]) -> Facts:
    """Say what belongs to a figure, in loops that anybody can check."""
    period = asked.period
    contacts = [one for one in year.contacts if one.brand in keys]
    cases = [one for one in year.cases if one.brand in keys]
    come = [one for one in contacts if one.direction == "in" and not one.automatic]
    arrived = [one for one in come if period.start <= one.received_at < period.end]
    opened = [one for one in cases if period.start <= one.opened_at < period.end]
    if figure == "contacts":
        return [(one.id, one.channel, reason, "", 1.0) for one in arrived for reason in one.reasons or [""]]
    if figure == "turnaround":
        closed = [
            one
            for one in cases
            if one.state == "closed" and one.closed_at and period.start <= one.closed_at < period.end
        ]
        return [
            (one.id, one.channel, one.reason, "", (one.closed_at - one.opened_at).total_seconds())
            for one in closed
            if one.closed_at
        ]
    if figure == "handling":
        facts = []
        for one in contacts:
            spent = [(end - start).total_seconds() for start, end in one.worked if end]
            if one.finished_at and period.start <= one.finished_at < period.end and spent:
                named = one.reasons or [""]
                facts += [(one.id, one.channel, reason, "", sum(spent) / len(named)) for reason in named]
        return facts
    if figure == "first-time-right":
        return [
            (one.id, one.channel, reason, "", 0.0 if came_again(one, reason, year.contacts, asked.repeat_days) else 1.0)
            for one in arrived
            for reason in one.reasons
            if one.customer is not None and one.received_at + timedelta(days=asked.repeat_days) <= NOW
        ]
    if figure == "complaints":
        return [
            (one.id, one.channel, one.reason, "", float(one.state == "open"))
            for one in opened
            if "complaint" in one.reason
        ]
    if figure == "cases":
        return [(one.id, one.channel, one.reason, "", 1.0) for one in opened]
    by_id = {one.id: one for one in cases}
    return [
        (one.id, by_id[one.case].channel, by_id[one.case].reason, team, (NOW - one.created_at).total_seconds())
        for one in year.tasks
        if one.is_open and one.brand in keys
        for team in one.teams or [""]
    ]


def came_again(first: MadeContact, reason: str, contacts: list[MadeContact], days: int) -> bool:
    return any(
        (later.received_at, later.id) > (first.received_at, first.id)
        and later.received_at <= first.received_at + timedelta(days=days)
        and (later.brand, later.customer) == (first.brand, first.customer)
        and later.direction == "in"
        and not later.automatic
        and reason in later.reasons
        for later in contacts
    )


def as_units(figure: str, facts: Facts) -> dict[UUID, tuple[str, float]]:
    rows: dict[UUID, list[float]] = defaultdict(list)
    channels = {}
    for unit, channel, _reason, _team, value in facts:
        rows[unit].append(value)
        channels[unit] = channel
    together = sum if figure == "handling" else min
    return {unit: (channels[unit], together(values)) for unit, values in rows.items()}


def nine_of_ten(values: Iterable[float]) -> float:
    """Interpolate between the neighbours of the 90 % place (PostgreSQL, percentile_cont)."""
    ordered = sorted(values)
    place = 0.9 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def check(measured: Measured, figure: str, facts: Facts) -> None:
    units = as_units(figure, facts)
    values = [value for _channel, value in units.values()]
    assert measured.whole.count == len(values)
    if values:
        assert measured.whole.total == pytest.approx(sum(values))
        assert measured.whole.mean == pytest.approx(fmean(values))
        assert measured.whole.median == pytest.approx(median(values))
        assert measured.whole.ninety == pytest.approx(nine_of_ten(values))
    expected: dict[str, dict[str, list[float]]] = {
        "channel": defaultdict(list),
        "reason": defaultdict(list),
        "team": defaultdict(list),
    }
    for channel, value in units.values():
        expected["channel"][channel].append(value)
    for _unit, _channel, reason, team, value in facts:
        expected["reason"][reason].append(value)
        expected["team"][team].append(value)
    for dimension, slices in expected.items():
        assert {key: one.count for key, one in measured.of(dimension).items()} == {
            key: len(found) for key, found in slices.items()
        }
        for key, found in slices.items():
            assert measured.of(dimension)[key].mean == pytest.approx(fmean(found))
    assert sum(one.count for one in measured.of("day").values()) == len(values)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_agrees_with_a_naive_count(
    seed: int, make_year: Callable[..., Year], brands: dict[str, Brand]
) -> None:
    year = make_year(seed=seed, contacts=220)
    judged = 0
    for keys in (("lindwerk",), ("lindwerk", "other")):
        for period in PERIODS:
            for repeat_days in (3, 14):
                asked = question(brands, period, *keys, repeat_days=repeat_days)
                for figure in queries.FIGURES:
                    facts = facts_of(figure, year, asked, keys)
                    check(queries.measure(figure, asked), figure, facts)
                    judged += len(facts)
    assert judged > 1000, f"seed {seed} made too little to judge by"


def test_the_list_behind_a_figure_holds_exactly_what_was_counted(
    make_year: Callable[..., Year], brands: dict[str, Brand]
) -> None:
    year = make_year(seed=4, contacts=150)
    asked = question(brands, PERIODS[2], "lindwerk")
    for figure in queries.FIGURES:
        facts = facts_of(figure, year, asked, ("lindwerk",))
        listed = all_pages(figure, asked, Chosen(), size=7)
        assert sorted(row.id for row in listed) == sorted(as_units(figure, facts))
        for row in listed:
            assert row.value == pytest.approx(as_units(figure, facts)[row.id][1])
        for reason in {fact[2] for fact in facts}:
            part = all_pages(figure, asked, Chosen(reason=reason), size=50)
            assert sorted(row.id for row in part) == sorted({fact[0] for fact in facts if fact[2] == reason})


def all_pages(figure: str, asked: Question, chosen: Chosen, *, size: int) -> list[queries.FactRow]:
    found: list[queries.FactRow] = []
    while True:
        after = (found[-1].rank, found[-1].id) if found else None
        page = queries.behind(figure, asked, chosen, language="en", after=after, limit=size)
        found += page
        if len(page) < size:
            return found


def test_a_contact_on_the_last_day_of_the_window_still_counts_as_a_repeat(
    make_year: Callable[..., Year], brands: dict[str, Brand]
) -> None:
    year = make_year(seed=5, contacts=200)
    asked = question(brands, PERIODS[3], "lindwerk", "other", repeat_days=14)
    shorter = queries.measure("first-time-right", question(brands, PERIODS[3], "lindwerk", "other", repeat_days=3))
    longer = queries.measure("first-time-right", asked)
    assert longer.whole.count == shorter.whole.count, "all contacts of October are old enough for both"
    assert longer.whole.total <= shorter.whole.total
    assert year.contacts
