"""Working-time additions published by others, with their own notation of hours: [8, 9] is 08:00 to 10:00."""

import json
import os
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from worktime import Calendar, NegativeDurationError, add_working_time

pytestmark = pytest.mark.data

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
YEARS = range(2013, 2019)


def data_folder() -> Path:
    beside = Path(__file__).parents[4] / "shared" / "data"
    return Path(os.environ.get("FIRSTLINE_DATA", beside))


def published() -> dict:
    path = data_folder() / "calendars" / "add_working_time.json"
    if not path.exists():
        pytest.skip(f"The published working-time additions aren't there: {path} (set FIRSTLINE_DATA).")
    return json.loads(path.read_text())


def hours(listed) -> tuple[tuple[time, time], ...]:
    runs = groupby(enumerate(sorted(map(int, listed))), key=lambda pair: pair[1] - pair[0])
    blocks = [[hour for _, hour in run] for _, run in runs]
    return tuple((time(block[0]), time((block[-1] + 1) % 24)) for block in blocks)


def every_year(days) -> frozenset[date]:
    return frozenset(date(year, month, day) for year in YEARS for month, day in days)


def calendar_of(test, calendar9) -> Calendar:
    if "Calendar" in test:
        assert calendar9["working_hours"] == "Mon-Fri 8..12,14..17"
        days = [tuple(map(int, day.split("-"))) for day in calendar9["vacation_days"].split(",")]
        weekly = dict.fromkeys(range(5), hours([*range(8, 13), *range(14, 18)]))
        return Calendar(calendar9["time_zone"], weekly=weekly, holidays=every_year(days))
    days = [(int(month), int(day)) for month, named in test["VacationDaysConfig"].items() for day in named]
    weekly = {WEEKDAYS.index(name): hours(listed) for name, listed in test["WorkingHoursConfig"].items()}
    return Calendar(test["TimeZone"], weekly=weekly, holidays=every_year(days))


def test_published_additions_come_out_exactly():
    data = published()
    wrong, refused = [], 0
    for test in data["tests"]:
        zone = ZoneInfo(test["TimeZone"])
        start = datetime.fromisoformat(test["StartDateTimeString"]).replace(tzinfo=zone)
        unit = {name.lower(): amount for name, amount in test["WorkingTimeToAdd"].items()}
        if test["Name"].endswith("must fail"):
            with pytest.raises((TypeError, NegativeDurationError)):
                add_working_time(start, timedelta(**unit), calendar_of(test, data["calendar9"]))
            refused += 1
            continue
        due = add_working_time(start, timedelta(**unit), calendar_of(test, data["calendar9"]))
        if due.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") != test["ExpectedEndDateTimeString"]:
            wrong.append((test["Name"], due.astimezone(zone).isoformat(), test["ExpectedEndDateTimeString"]))
    assert not wrong
    assert len(data["tests"]) - refused == 32
