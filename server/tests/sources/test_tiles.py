"""Tiles: what is shown of a customer, whatever the sources do."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import connection

from firstline import clock, turns
from firstline.errors import AccessDenied, Forbidden
from firstline.money import Money
from firstline.sources import queries
from firstline.sources.access import UnknownView
from firstline.sources.adapters import asking, loaded
from firstline.sources.adapters.asking import LINE, SourceBusy, SourcePaused, Window
from firstline.sources.models import Reading
from firstline.sources.ports import Connector, SourceDown
from firstline.sources.queries import asked
from firstline.sources.rules.tiles import Tile
from firstline.sources.rules.values import MASK

from .conftest import AGENT, NOW, STRANGER, Systems

CustomerOf = Callable[..., UUID]
ALL = [
    "billing.invoices",
    "billing.contracts",
    "billing.account",
    "master.contact",
    "orders.orders",
    "orders.appointments",
]


def tile_of(customer_id: UUID, view: str, **how: Any) -> Tile:
    return queries.tile(customer_id=customer_id, view=view, principal=AGENT, **{"language": "en", **how})


def window_of(concurrency: int) -> Window:
    """Make a way to a source whose connector nobody uses: what is asked is a function of the test's own."""
    return Window(cast(Connector, None), concurrency=concurrency)


def texts(tile: Tile) -> dict[str, str]:
    return {cell.name: cell.text for cell in tile.cells}


@pytest.fixture
def petra(lindwerk: Systems, customer_of: CustomerOf) -> UUID:
    return customer_of(lindwerk.world.story["petra"])


class TestWhatIsShown:
    def test_one_customer_is_found_in_all_systems_by_what_we_know(self, petra: UUID) -> None:
        found = queries.view(customer_id=petra, views=ALL, principal=AGENT, language="en")
        assert [tile.view for tile in found] == ALL
        assert {tile.state for tile in found} == {"fresh"}
        by_view = {tile.view: tile for tile in found}
        assert texts(by_view["billing.account"])["account_no"] == "B700000"
        assert texts(by_view["master.contact"])["family_name"] == "Hoffmann"
        assert by_view["billing.invoices"].rows[0][3].value == Money(Decimal("91.96"), "EUR")

    def test_ids_in_the_systems_are_used_where_they_are_known(self, lindwerk: Systems, customer_of: CustomerOf) -> None:
        petra = customer_of(lindwerk.world.story["petra"], ids_too=True)
        assert texts(tile_of(petra, "billing.account"))["account_no"] == "B700000"

    def test_labels_and_values_come_in_the_language_asked_for(self, petra: UUID) -> None:
        tile = tile_of(petra, "billing.contracts", language="de")
        assert (tile.label, tile.source_label) == ("Verträge", "Abrechnung")
        assert {cell.label: cell.text for cell in tile.cells}["Status"] == "aktiv"
        assert {cell.label: cell.text for cell in tile.cells}["Seit"] == "24.11.2014"

    def test_who_is_not_known_in_a_system_is_said_so(self, lindwerk: Systems, customer_of: CustomerOf) -> None:
        ursula = customer_of(lindwerk.world.story["ursula"])
        tile = tile_of(ursula, "orders.orders")
        assert (tile.state, tile.rows) == ("fresh", ())
        assert tile.sentence == "This customer isn't known in Orders."

    def test_sensitive_fields_are_masked_until_the_caller_is_verified(self, petra: UUID) -> None:
        masked = next(cell for cell in tile_of(petra, "billing.account").cells if cell.name == "iban")
        assert (masked.is_masked, masked.value, masked.text) == (True, None, MASK)
        clear = next(cell for cell in tile_of(petra, "billing.account", is_verified=True).cells if cell.name == "iban")
        assert (clear.is_masked, clear.text[:2]) == (False, "DE")


class TestAge:
    def test_an_answer_is_used_again_while_it_is_recent(self, petra: UUID) -> None:
        with clock.fixed(NOW):
            first = tile_of(petra, "billing.invoices")
        with clock.fixed(NOW + timedelta(seconds=5)):
            again = tile_of(petra, "billing.invoices")
        assert (again.state, again.age, again.reading_id) == ("cached", timedelta(seconds=5), first.reading_id)
        with clock.fixed(NOW + timedelta(seconds=5)):
            assert tile_of(petra, "billing.invoices", fresh=True).state == "fresh"
        with clock.fixed(NOW + timedelta(minutes=5)):
            assert tile_of(petra, "billing.invoices").state == "fresh"

    def test_everything_shown_is_kept_as_a_reading(self, petra: UUID) -> None:
        tile = tile_of(petra, "billing.contracts")
        reading = Reading.objects.get(id=tile.reading_id)
        assert (reading.source, reading.view, reading.read_by) == ("billing", "billing.contracts", AGENT.id)
        assert reading.value["rows"][0]["contract_no"] == "V000001"


class TestTrouble:
    @pytest.mark.parametrize(
        ("system", "view"), [("billing", "billing.account"), ("master", "master.contact"), ("orders", "orders.orders")]
    )
    def test_a_dead_system_shows_its_last_known_value_and_says_so(
        self, lindwerk: Systems, petra: UUID, system: str, view: str
    ) -> None:
        with clock.fixed(NOW):
            known = tile_of(petra, view)
        lindwerk.switch(system, on=False)
        with clock.fixed(NOW + timedelta(hours=1)):
            tile = tile_of(petra, view)
            assert (tile.state, tile.is_last_known, tile.age) == ("failed", True, timedelta(hours=1))
            assert tile.rows == known.rows
            assert "isn't answering" in tile.sentence
        lindwerk.switch(system, on=True)
        with clock.fixed(NOW + timedelta(hours=1)):
            assert tile_of(petra, view, fresh=True).state == "fresh"

    def test_a_dead_system_takes_no_other_tile_with_it(self, lindwerk: Systems, petra: UUID) -> None:
        lindwerk.switch("billing", on=False)
        found = {
            tile.view: tile.state for tile in queries.view(customer_id=petra, views=ALL, principal=AGENT, language="en")
        }
        assert found == {view: "failed" if view.startswith("billing") else "fresh" for view in ALL}

    def test_a_dead_source_is_not_asked_again_and_again(self, lindwerk: Systems, petra: UUID) -> None:
        lindwerk.switch("master", on=False)
        sentences = [tile_of(petra, "master.contact").sentence for _ in range(4)]
        assert "isn't answering: it can't be reached" in sentences[0]
        assert "it is asked again from" in sentences[3]
        # Who presses "try again" is heard all the same.
        lindwerk.switch("master", on=True)
        assert tile_of(petra, "master.contact", fresh=True).state == "fresh"
        assert tile_of(petra, "master.contact").state == "cached"

    def test_a_mistake_of_ours_in_one_view_leaves_the_others(
        self, petra: UUID, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        connector = loaded.window(loaded.sources()["master"]).connector
        monkeypatch.setattr(connector, "read", lambda *_, **__: 1 / 0)
        found = queries.view(
            customer_id=petra, views=["master.contact", "orders.orders"], principal=AGENT, language="en"
        )
        assert [tile.state for tile in found] == ["failed", "fresh"]
        assert "in the log" in found[0].sentence
        assert "ZeroDivisionError" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("system", "view"), [("billing", "billing.account"), ("master", "master.contact"), ("orders", "orders.orders")]
)
def test_a_slow_system_is_late_and_its_answer_is_kept_when_it_comes(
    lindwerk: Systems, customer_of: CustomerOf, system: str, view: str
) -> None:
    petra = customer_of(lindwerk.world.story["petra"])
    # The order system is slow in turns: it must still be so when a busy machine comes to ask.
    lindwerk.switch(system, slow=5 if system == "orders" else 1.2)
    found = {tile.view: tile for tile in queries.view(customer_id=petra, views=ALL, principal=AGENT, language="en")}
    assert found[view].state == "late"
    assert "hasn't answered yet" in found[view].sentence
    assert {tile.state for tile in found.values() if tile.source != system} == {"fresh"}
    for thread in threading.enumerate():
        if thread.name == "source":
            thread.join(timeout=20)
    assert Reading.objects.filter(customer_id=petra, view=view).count() == 1
    assert tile_of(petra, view).state == "cached"
    connection.close()


class TestRights:
    def test_a_stranger_sees_nothing(self, petra: UUID) -> None:
        with pytest.raises(AccessDenied):
            queries.tile(customer_id=petra, view="billing.account", principal=STRANGER, language="en")

    def test_a_view_for_certain_roles_is_forbidden_to_others(
        self, petra: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from dataclasses import replace

        source = loaded.sources()["billing"]
        monkeypatch.setitem(
            source.views, "billing.account", replace(source.views["billing.account"], roles=frozenset({"lead"}))
        )
        with pytest.raises(Forbidden):
            tile_of(petra, "billing.account")

    def test_a_view_that_does_not_exist_is_said_so(self, petra: UUID) -> None:
        with pytest.raises(UnknownView):
            tile_of(petra, "billing.secrets")


class TestWindow:
    def test_no_more_questions_run_at_once_than_the_source_takes_and_others_stand_in_line(self) -> None:
        window = window_of(2)
        go_on, running, most = threading.Event(), [], []

        def work() -> int:
            running.append(1)
            most.append(len(running))
            go_on.wait()
            running.pop()
            return len(most)

        questions = [window.ask(number, work) for number in range(2 + 2 * LINE)]
        refused = window.ask("one more", work)
        with pytest.raises(SourceBusy, match="as it takes at once"):
            refused.wait(60)
        go_on.set()
        assert len([question.wait(60) for question in questions]) == 2 + 2 * LINE
        assert max(most) == 2
        assert window.ask("again", lambda: "there is a place again").wait(60) == "there is a place again"

    def test_who_stood_in_line_too_long_is_not_asked_for_any_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0.0)
        window, go_on = window_of(1), threading.Event()
        first, asked = window.ask("first", go_on.wait), []
        second = window.ask("second", lambda: asked.append(1))
        go_on.set()
        assert first.wait(60)
        with pytest.raises(SourceBusy):
            second.wait(60)
        assert asked == []

    def test_who_stands_in_line_for_a_source_that_fails_is_told_so(self) -> None:
        window, go_on = window_of(1), threading.Event()

        def fail() -> None:
            go_on.wait()
            raise SourceDown("it can't be reached")

        questions = [window.ask(number, fail) for number in range(1 + LINE)]
        go_on.set()
        errors = [type(question.answer.exception(timeout=60)) for question in questions]
        # It is left alone after some failures, by those who stand in line as well.
        assert errors[:3] == [SourceDown] * 3
        assert errors[-1] is SourcePaused

    def test_the_same_question_is_asked_once(self) -> None:
        window = window_of(2)
        go_on, asked = threading.Event(), []

        def work() -> bool:
            asked.append(1)
            return go_on.wait()

        questions = [window.ask("same", work) for _ in range(5)]
        go_on.set()
        assert [question.wait(5) for question in questions] == [True] * 5
        assert len(asked) == 1


def test_while_a_system_is_waited_for_others_have_the_connection_and_the_turn(
    petra: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, given = threading.Event(), []

    def give_back() -> None:
        given.append("turn")
        go_on.set()

    monkeypatch.setattr(turns, "lend_connection", lambda: given.append("connection"))
    monkeypatch.setattr(turns, "give_back", give_back)
    monkeypatch.setattr(asked, "read_view", lambda *_: [] if go_on.wait(60) else None)
    assert tile_of(petra, "orders.orders").state == "fresh"
    assert given == ["connection", "turn"]
    # What was read a moment ago is there, and nothing is waited for.
    assert tile_of(petra, "orders.orders").state == "cached"
    assert given == ["connection", "turn"]


def test_reading_six_tiles_takes_few_statements_of_our_database(
    petra: UUID, django_assert_max_num_queries: Any
) -> None:
    # The customer, everybody merged into them, what they are known by, the last readings, the new ones.
    with django_assert_max_num_queries(5):
        queries.view(customer_id=petra, views=ALL, principal=AGENT, language="en")
