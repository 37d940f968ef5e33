"""Every address refuses who mustn't come, and breaks for nobody."""

import sys
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, include, path, reverse

from firstline import ids
from firstline.accounts.models import User
from firstline.config import urls as root

from .addresses import ADDRESSES, names

OWN = [name for name, (who, _) in ADDRESSES.items() if who == "own"]
STAFF = [name for name, (who, _) in ADDRESSES.items() if who != "public"]
# Ids that nobody gave, and words where an id or a key is expected.
NONSENSE: dict[str, tuple[Any, ...]] = {
    "tile": ("billing.nothing", "\x00", "a" * 3000, "ünï.cödé"),
    "row": (7, 10**40),
    "field": ("nothing", "a" * 3000, "\x00", "🙂"),
    "asking": ("\x00", "a" * 5000, "..%2f..", "🙂", "a:b:c"),
    "code": ("\x00", "a" * 5000, "..%2f..", "🙂", "a:b:c"),
    "token": ("\x00", "a" * 5000, "..%2f..", "🙂", "a:b:c"),
    "sending": ("\x00", "a" * 5000, "..%2f..", "🙂", "a:b:c"),
    "release": ("0", "a" * 300),
    "figure": ("nothing", "a" * 300),
    "reason": ("nothing", "a" * 300),
    "act": ("nothing", "a" * 300),
    "process": ("nothing", "a" * 300, "\x00", "🙂"),
}


def address(name: str, sample: dict[str, Any]) -> str:
    return reverse(name, args=[sample[thing] for thing in ADDRESSES[name][1]])


def visits(client: Client, name: str, sample: dict[str, Any]) -> list[HttpResponse]:
    """Look at an address and send to it; leave out what it doesn't do."""
    where = address(name, sample)
    answers: list[Any] = [client.get(where), client.post(where)]
    return [answer for answer in answers if answer.status_code != 405]


def test_every_address_is_in_the_table() -> None:
    assert set(names()) == set(ADDRESSES), "give the new address a line in addresses.py"


def test_every_staff_address_sends_whoever_is_not_logged_in_to_the_login(sample: dict[str, Any]) -> None:
    for name in STAFF:
        where = address(name, sample)
        for answer in (Client().get(where), Client().post(where)):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/login/?next="), name


@pytest.mark.parametrize("role", ["agent", "backoffice", "lead", "owner", "admin"])
def test_what_belongs_to_a_brand_does_not_exist_for_people_of_another(
    house: Any, sample: dict[str, Any], role: str
) -> None:
    User.objects.filter(id=house.stranger.id).update(roles=[role])
    client = house.client(User.objects.get(id=house.stranger.id))
    for name in OWN:
        answers = visits(client, name, sample)
        assert answers, name
        assert {answer.status_code for answer in answers} <= {403, 404}, name
        assert not any("Sabine" in answer.content.decode() for answer in answers), name


@pytest.mark.parametrize("person", ["agent", "clerk", "lead", "owner", "admin", "stranger"])
def test_no_address_breaks_for_anybody(house: Any, sample: dict[str, Any], person: str) -> None:
    client = house.client(getattr(house, person))
    # What ends things comes last.
    for name in sorted(
        set(ADDRESSES) - {"logout", "push:events"}, key=lambda name: "finish" in name or "close" in name
    ):
        for answer in visits(client, name, sample):
            assert answer.status_code < 500, (name, answer.status_code)


def test_ids_that_nobody_gave_are_not_found(house: Any, sample: dict[str, Any]) -> None:
    client = house.client(house.lead)
    for name in OWN:
        for number, thing in enumerate(ADDRESSES[name][1]):
            for wrong in NONSENSE.get(thing, (ids.new_id(), UUID(int=0))):
                changed = {**sample, thing: wrong}
                for answer in visits(client, name, changed):
                    allowed = {404, 409} if number == 0 else {400, 403, 404, 409, 422}
                    assert answer.status_code in allowed, (name, thing, wrong, answer.status_code)


def test_words_that_nobody_expects_break_nothing(sample: dict[str, Any], house: Any) -> None:
    for client in (Client(), house.client(house.lead)):
        for name, (_who, things) in ADDRESSES.items():
            for thing in set(things) & set(NONSENSE):
                for wrong in NONSENSE[thing]:
                    try:
                        answers = visits(client, name, {**sample, thing: wrong})
                    except NoReverseMatch:  # no address can be written with it
                        continue
                    assert all(answer.status_code < 500 for answer in answers), (name, wrong)


def test_the_demos_own_pages_are_for_staff_too(settings: Any, house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with_demo = ModuleType("addresses_with_the_demo")
    with_demo.urlpatterns = [*root.urlpatterns, path("demo/", include("firstline.demo.web.urls"))]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, with_demo.__name__, with_demo)
    settings.ROOT_URLCONF = with_demo.__name__
    things = {"demo:call": ["c-1"], "demo:switch": ["billing"]}
    demo = [name for name in names(with_demo.urlpatterns) if name.startswith("demo:")]
    assert len(demo) > 3
    for name in demo:
        where = reverse(name, args=things.get(name, []))
        for answer in (Client().get(where), Client().post(where)):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/login/?next="), name
