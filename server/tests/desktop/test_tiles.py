"""The answers of systems at the desk: all in one stream, each as soon as it is there."""

import re
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from django.urls import reverse

from firstline import demo
from firstline.contacts.models import Contact
from firstline.desktop import queries as desk
from firstline.sources.adapters import loaded
from firstline.sources.models import Reading
from firstline.sources.ports import SourceDown
from firstline.sources.queries import asked as asking

NET_SECONDS = 60.0
SOURCES = Path(demo.__file__).parent / "sources"
ACCOUNT, MASTER, ORDERS = "billing.account", "master.contact", "orders.orders"
_PIECE = re.compile(r'id="slot-([\w.]+)".*?data-state="(\w+)"', re.DOTALL)


def _set(event: threading.Event | None = None) -> threading.Event:
    event = event or threading.Event()
    event.set()
    return event


class Answers:
    """What systems answer, each when it is told to."""

    def __init__(self) -> None:
        self.may: dict[str, threading.Event] = defaultdict(threading.Event)
        self.asked: list[str] = []
        self.begun = threading.Semaphore(0)
        self.down: set[str] = set()

    def let_all(self) -> None:
        self.may = defaultdict(_set, {view: _set(event) for view, event in self.may.items()})

    def read(self, _connector: Any, _source: Any, view: Any, _known: Any) -> list[dict[str, Any]]:
        self.asked.append(view.key)
        self.begun.release()
        assert self.may[view.key].wait(NET_SECONDS)
        if view.key in self.down:
            raise SourceDown("it can't be reached")
        return []


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Answers]:
    settings.FIRSTLINE_SOURCES = SOURCES
    loaded.forget()
    found = Answers()
    monkeypatch.setattr(asking, "read_view", found.read)
    yield found
    found.let_all()
    loaded.forget()


def tiles_at(contact: Contact, *views: str) -> str:
    return f"{reverse('desktop:tiles', args=[contact.id])}?{urlencode({'view': views}, doseq=True)}"


def pieces(response: Any, then: Callable[[str], object] = lambda _piece: None) -> list[tuple[str, str]]:
    """Read the stream to its end: which places, and in which state; `then` is told of each piece as it comes."""
    assert response["Content-Type"] == "text/event-stream"
    found: list[tuple[str, str]] = []

    async def read(stream: AsyncIterator[bytes]) -> None:
        async for piece in stream:
            text = piece.decode()
            assert all(line.startswith("data: ") or not line for line in text.split("\n"))
            found.extend(_PIECE.findall(text))
            then(text)

    async_to_sync(read)(response.streaming_content)
    return found


def stream(office: Any, contact: Contact, *views: str) -> Any:
    """Ask as a browser does, of a server with a loop."""
    client = AsyncClient()
    client.force_login(office.agent)
    return async_to_sync(client.get)(tiles_at(contact, *views))


def test_each_answer_comes_as_soon_as_it_is_there_and_a_dead_system_delays_none(office, answers):
    contact = office.call()
    answers.down = {MASTER}
    answers.may[ORDERS].set()

    def go_on(piece: str) -> None:
        answers.may[MASTER if ORDERS in piece else ACCOUNT].set()

    found = pieces(stream(office, contact, ACCOUNT, MASTER, ORDERS), go_on)
    assert found == [(ORDERS, "fresh"), (MASTER, "failed"), (ACCOUNT, "fresh")]
    assert set(Reading.objects.values_list("view", flat=True)) == {ORDERS, ACCOUNT}


def test_what_is_late_is_said_to_be_and_comes_afterwards(office, answers, monkeypatch):
    contact = office.call()
    monkeypatch.setattr(asking.Asked, "_deadline", lambda _self: 0.0)
    kept = threading.Event()
    monkeypatch.setattr(asking.readings, "keep_late", lambda _reading: kept.set())
    assert pieces(stream(office, contact, ORDERS)) == [(ORDERS, "late")]
    answers.may[ORDERS].set()
    assert kept.wait(NET_SECONDS)


def test_systems_are_asked_while_the_page_is_drawn_and_not_twice(office, answers):
    contact, agent = office.call(), office.client(office.agent)
    page = agent.get(reverse("desktop:desk", args=[contact.id])).content.decode()
    views = re.findall(r'<input type="hidden" name="view" value="([^"]+)">', page)
    assert all(answers.begun.acquire(timeout=NET_SECONDS) for _view in views)
    response = stream(office, contact, *views)
    answers.let_all()
    found = pieces(response)
    assert sorted(key for key, _state in found) == sorted(views) != []
    assert sorted(answers.asked) == sorted(key for key, _state in found)


def over(asked: asking.Asked) -> threading.Event:
    """Say, from before its answer on, when all was done that is done with it."""
    event = threading.Event()
    asked.when_ready(event.set)
    return event


def test_what_was_asked_with_the_page_is_kept_even_if_nobody_waits_for_it(office, answers, monkeypatch):
    kept: list[str] = []
    monkeypatch.setattr(asking.readings, "keep", lambda reading: kept.append(reading.view))
    contact = office.call()
    how = {"contact": contact, "keys": [ORDERS], "principal": office.principal(office.agent)}
    (quiet,) = desk.ask_tiles(**how, is_awaited=False)
    is_over = over(quiet)
    answers.may[ORDERS].set()
    assert is_over.wait(NET_SECONDS)
    assert kept == [ORDERS]
    # Who waits keeps it themselves, once.
    answers.may[ORDERS].clear()
    (first,), (second,) = desk.ask_tiles(**how, is_awaited=False), desk.ask_tiles(**how)
    assert first.question.answer is second.question.answer
    is_over = over(second)
    answers.may[ORDERS].set()
    assert is_over.wait(NET_SECONDS)
    assert [one.state for one in desk.tiles_of([second], contact=contact, language="en")] == ["fresh"]
    assert kept == [ORDERS]


def test_the_stream_keeps_to_what_somebody_may_see(office, answers):
    contact = office.call()
    for user, status in ((office.stranger, 404), (office.looker, 200)):
        assert office.client(user).get(tiles_at(contact, ORDERS)).status_code == status
    agent = office.client(office.agent)
    assert agent.get(tiles_at(contact, "no.such")).status_code == 404
    unknown = office.call(number="+491709999999", call_id="call-2")
    assert agent.get(tiles_at(unknown, ORDERS)).status_code == 400
    assert pieces(stream(office, contact)) == []


def test_nothing_is_sent_before_there_is_something_and_no_connection_is_kept_meanwhile(office, answers, monkeypatch):
    lent: list[bool] = []
    monkeypatch.setattr("firstline.turns.lend_connection", lambda: lent.append(True))
    answers.let_all()
    contact = office.call()
    assert len(pieces(stream(office, contact, ORDERS, ACCOUNT))) == 2
    assert len(lent) >= 2


def test_a_server_without_a_loop_gives_them_one_after_the_other(office, answers):
    answers.let_all()
    response = office.client(office.agent).get(tiles_at(office.call(), ORDERS, ACCOUNT))
    assert _PIECE.findall(b"".join(response.streaming_content).decode()) == [(ORDERS, "fresh"), (ACCOUNT, "fresh")]


KEEP = asking.readings.keep


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_is_there_for_whoever_asks_next(office, answers, monkeypatch):
    monkeypatch.setattr(asking.readings, "keep", KEEP)
    contact = office.call()
    how = {"contact": contact, "keys": [ORDERS], "principal": office.principal(office.agent)}
    (quiet,) = desk.ask_tiles(**how, is_awaited=False)
    is_over = over(quiet)
    answers.may[ORDERS].set()
    assert is_over.wait(NET_SECONDS)
    assert [one.state for one in desk.tiles_of(desk.ask_tiles(**how), contact=contact, language="en")] == ["cached"]
    assert answers.asked == [ORDERS]
