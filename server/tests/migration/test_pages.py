"""The pages of migrations: process owners and administrators may, others may not; every act from the screen."""

import re
from pathlib import Path

import pytest
from django.test import Client

from firstline.migration.models import Migration, Phase
from firstline.procedures.models import Release
from tests.conftest import House

from .versions import another_complaint, deploy

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(house: House, tmp_path: Path) -> Release:
    return deploy(another_complaint(tmp_path, name="Look into it"))


def first() -> Release:
    return Release.objects.get(procedure_key="complaint", sequence=1)


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def draw_up(client: Client, release: Release) -> str:
    answer = client.post("/migrations/new/", {"from": first().id, "to": release.id})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_only_who_owns_processes_comes_in(house: House, second: Release) -> None:
    for person, status in (("owner", 200), ("admin", 200), ("lead", 403), ("agent", 403), ("stranger", 403)):
        client = house.client(house.people[person])
        assert client.get("/migrations/").status_code == status
        assert client.get(f"/migrations/new/?from={first().id}").status_code == status
    address = draw_up(house.client(house.owner), second)
    for person in ("lead", "agent", "stranger"):
        client = house.client(house.people[person])
        for path in ("", "state/", "instances/"):
            assert client.get(f"{address}{path}").status_code == 403
        for path in ("mapping/", "check/", "move/", "revert/", "stop/"):
            assert client.post(f"{address}{path}", {"reason": "x"}).status_code == 403
        assert client.post("/migrations/new/", {"from": first().id, "to": second.id}).status_code == 403
    assert Client().get(address).status_code in {302, 403}
    assert Migration.objects.get().phase == Phase.DRAFT


def test_a_migration_from_the_first_choice_to_the_way_back(house: House, second: Release) -> None:
    case, fresh = house.back_office_case(), house.case("complaint")
    client = house.client(house.owner)
    assert "release 2" in words(client.get(f"/migrations/new/?from={first().id}"))
    address = draw_up(client, second)
    page = words(client.get(address))
    assert "1 element has no place" in page
    assert "nothing is like it" in page
    client.post(f"{address}check/")
    assert 'hx-trigger="every 1s"' in client.get(f"{address}state/").content.decode()
    house.run_worker()
    assert client.get(f"{address}state/")["Location"] == address
    page = client.get(address)
    assert "Stands at “Investigate”, which the new version doesn't have" in page.content.decode().replace("&#x27;", "'")
    assert "every 1s" not in page.content.decode()
    (link,) = re.findall(r'href="([^"]+finding=[^"]+)"', page.content.decode())
    assert case.number in words(client.get(link))
    client.post(f"{address}mapping/", {"place-investigate": "look_into"})
    assert Migration.objects.get().mapped == {"investigate": "look_into"}
    client.post(f"{address}check/")
    house.run_worker()
    assert "Move 2 cases to release 2" in words(client.get(address))
    client.post(f"{address}move/", {"reason": "The law changed."})
    house.run_worker()
    page = words(client.get(address))
    assert "Reason: The law changed." in page
    assert "Move 2 cases back to release 1" in page
    assert {case.number, fresh.number} <= set(words(client.get(f"{address}instances/?state=moved")).split())
    client.post(f"{address}revert/", {"reason": "Too early."})
    house.run_worker()
    assert "moved back" in words(client.get(address))
    assert "Complaint: release 1 to 2" in words(client.get("/migrations/"))


def test_what_cannot_be_is_said(house: House, second: Release) -> None:
    client = house.client(house.owner)
    address = draw_up(client, second)
    answer = client.post(f"{address}mapping/", {"place-investigate": "redress_due"})
    assert answer.status_code == 422
    assert "choose an element of the same kind" in words(answer)
    answer = client.post(f"{address}move/", {"reason": "now"})
    assert answer.status_code == 409
    answer = client.post("/migrations/new/", {"from": first().id, "to": "nothing"})
    assert "Choose two different releases of the same procedure" in words(answer)
    assert client.get(f"{address}instances/?finding=x&after=x&state=x").status_code == 200


def test_a_mapping_that_is_as_it_would_be_anyway_is_no_choice(house: House, second: Release) -> None:
    client = house.client(house.owner)
    address = draw_up(client, second)
    client.post(f"{address}mapping/", {"place-receive_complaint": "receive_complaint", "place-investigate": ""})
    assert Migration.objects.get().mapped == {}


def test_the_page_of_a_long_migration_asks_few_questions(
    house: House, second: Release, django_assert_max_num_queries
) -> None:
    client = house.client(house.owner)
    address = draw_up(client, second)
    for _ in range(5):
        house.case("complaint")
    client.post(f"{address}check/")
    house.run_worker()
    client.get(address)
    with django_assert_max_num_queries(25):
        client.get(address)
    with django_assert_max_num_queries(25):
        client.get(f"{address}instances/?state=movable")


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", ["Umstellungen", "1 Vorgang auf Version 2 umstellen", "Was an wessen Stelle tritt"]),
     ("nl", ["Omzettingen", "1 zaak omzetten naar versie 2", "Wat voor wat in de plaats komt"])],
)  # fmt: skip
def test_the_pages_speak_the_language_of_who_reads_them(
    house: House, second: Release, language: str, said: list[str]
) -> None:
    house.case("complaint")
    type(house.owner).objects.filter(id=house.owner.id).update(language=language)
    client = house.client(house.owner)
    address = draw_up(client, second)
    client.post(f"{address}check/")
    house.run_worker()
    page = words(client.get(address))
    for text in said:
        assert text in page
