"""The page of numbers through HTTP: who sees what, what it says, and what it makes of nonsense."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from firstline import clock
from firstline.contacts.models import Contact

from .conftest import NOW, People, Year

FIGURES = ("contacts", "turnaround", "handling", "first-time-right", "complaints", "cases", "tasks")


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def test_leads_see_their_brands_owners_all_theirs_agents_and_strangers_nothing(
    people: People, make_year: Callable[..., Year]
) -> None:
    year = make_year(seed=7, contacts=60)
    of_lindwerk = {str(one.id) for one in year.contacts if one.brand == "lindwerk"}
    of_other = {str(one.id) for one in year.contacts if one.brand == "other"}
    address = "/numbers/contacts/?period=own&from=2026-08-01&to=2026-11-18"
    by_owner = people.client(people.owner).get(address).content.decode()
    by_lead = people.client(people.lead).get(address).content.decode()
    assert any(one in by_owner for one in of_lindwerk)
    assert any(one in by_owner for one in of_other)
    assert any(one in by_lead for one in of_lindwerk)
    assert not any(one in by_lead for one in of_other)
    for path in ("/numbers/", *(f"/numbers/{figure}/" for figure in FIGURES)):
        assert people.client(people.lead).get(path).status_code == 200
        assert people.client(people.agent).get(path).status_code == 403
        stranger = Client().get(path)
        assert stranger.status_code == 302
        assert stranger["Location"].startswith("/login/")


def test_the_page_says_each_figure_its_formula_and_its_table(people: People, make_year: Callable[..., Year]) -> None:
    make_year(seed=8, contacts=80)
    page = people.client(people.lead).get("/numbers/?period=30").content.decode()
    for text in ("Contacts", "Turnaround", "Handling time", "First time right", "Complaints", "Tasks waiting"):
        assert f">{text}</h2>" in page
    assert page.count("How this is counted") == 6
    assert page.count("As a table") >= 6
    assert "within 14 days" in page
    assert "compared with" in page
    assert "style=" not in page
    assert not re.search(r'(width|height|y)="[0-9]+,[0-9]', page), "numbers of a drawing are never localised"


def test_the_page_speaks_german(people: People, make_year: Callable[..., Year]) -> None:
    make_year(seed=8, contacts=30)
    people.lead.language = "de"
    people.lead.save()
    page = people.client(people.lead).get("/numbers/?period=30").content.decode()
    assert "Bearbeitungszeit" in page
    assert "How this is counted" not in page
    assert not re.search(r'(width|height|y)="[0-9]+,[0-9]', page)


def test_without_anything_to_count_the_page_still_stands(people: People) -> None:
    for period in ("today", "7", "30"):
        answer = people.client(people.lead).get(f"/numbers/?period={period}")
        assert answer.status_code == 200
    listed = people.client(people.lead).get("/numbers/contacts/")
    assert "No contact was counted here" in listed.content.decode()


def test_a_number_leads_to_the_contacts_behind_it(people: People, make_year: Callable[..., Year]) -> None:
    make_year(seed=9, contacts=150)
    client = people.client(people.lead)
    page = client.get("/numbers/?period=30").content.decode()
    found = re.search(r'<a class="figure" href="(/numbers/contacts/[^"]+)">(\d+)</a>', page)
    assert found
    counted, address = int(found[2]), found[1].replace("&amp;", "&")
    listed: set[str] = set()
    while address:
        body = client.get(address).content.decode()
        listed |= set(re.findall(r'href="/contacts/([0-9a-f-]{36})/"', body))
        following = re.search(r'rel="next" href="([^"]+)"', body)
        address = f"/numbers/contacts/{following[1].replace('&amp;', '&')}" if following else ""
    assert len(listed) == counted
    assert set(listed) <= {
        str(one) for one in Contact.objects.filter(brand__key="lindwerk").values_list("id", flat=True)
    }


def test_ten_times_as_many_contacts_take_no_more_queries(people: People, make_year: Callable[..., Year]) -> None:
    make_year(seed=10, contacts=40)
    client = people.client(people.lead)
    paths = ("/numbers/?period=30", "/numbers/contacts/?period=30", "/numbers/turnaround/?period=30", "/numbers/tasks/")
    few = [queries_of(client, path) for path in paths]
    make_year(seed=11, contacts=120)
    assert [queries_of(client, path) for path in paths] == few


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "asked",
    [
        "period=never",
        "period=own",
        "period=own&from=2026-11-02&to=2026-11-01",
        "period=own&from=0001-01-01&to=0001-01-02",
        "period=own&from=9999-12-31&to=9999-12-31",
        "period=own&from=1990-01-01&to=2026-01-01",
        "period=own&from=2026-13-45&to=x",
        "days=0",
        "days=999999999999",
        "days=²",
        "days=-1",
    ],
)
def test_a_period_that_makes_no_sense_is_refused_in_words(people: People, asked: str) -> None:
    client = people.client(people.lead)
    for path in ("/numbers/", "/numbers/handling/"):
        answer = client.get(f"{path}?{asked}")
        assert answer.status_code == 400
        assert "Choose" in answer.content.decode() or "day" in answer.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        "after=nan~x",
        "after=inf~0",
        "after=1",
        "value=2",
        "reason=%00",
        "channel='%3B--",
        "team=<script>alert(1)</script>",
    ],
)
def test_a_hostile_drill_down_harms_nothing(people: People, asked: str) -> None:
    answer = people.client(people.lead).get(f"/numbers/contacts/?{asked}")
    assert answer.status_code in {200, 400}
    assert "<script>alert" not in answer.content.decode()


def test_an_unknown_figure_is_not_found(people: People) -> None:
    assert people.client(people.lead).get("/numbers/salaries/").status_code == 404
