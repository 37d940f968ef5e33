"""Writing back: preview, conflict, refusal, patience, compensation, and that nothing is ever written twice."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from firstline import clock, crashpoints, ids
from firstline.customers.models import Identifier
from firstline.errors import AccessDenied
from firstline.outbox.ports import TryAgain
from firstline.sources import actions, handlers, queries
from firstline.sources.adapters import loaded
from firstline.sources.models import Command, Reading
from firstline.sources.ports import CannotCompensate, CommandConflict, CommandRefused, SourceLate

from .conftest import AGENT, NEW_ADDRESS, NOW, STRANGER, GivenJob, Systems

CustomerOf = Callable[..., UUID]
ADDRESS_COMMANDS = ["billing.change_address", "master.change_address", "orders.change_address"]


@pytest.fixture
def joost(lindwerk: Systems, customer_of: CustomerOf) -> UUID:
    return customer_of(lindwerk.world.story["joost"])


def preview(customer_id: UUID, command: str, parameters: dict[str, Any] = NEW_ADDRESS, **how: Any) -> actions.Preview:
    return actions.preview(
        customer_id=customer_id, command=command, parameters=parameters, principal=AGENT, **{"language": "en", **how}
    )


def job(
    customer_id: UUID, command: str, parameters: dict[str, Any] = NEW_ADDRESS, reading_id: Any = None, **fields: Any
) -> GivenJob:
    variables = {"customer_id": str(customer_id), "parameters": parameters, "reading_id": reading_id}
    return GivenJob(headers={"command": command}, variables=variables, **fields)


def address_in(lindwerk: Systems, system: str) -> tuple[Any, ...]:
    """What stands in a system for Joost, and how often it was written."""
    joost = lindwerk.world.story["joost"]
    if system == "billing":
        return lindwerk.billing(
            "SELECT street, house_no, zip, city, country_code, address_from, row_version - 1 FROM billing.account WHERE account_no = %s",
            joost.billing_ids[0],
        )[0]
    if system == "master":
        import json

        document, version = lindwerk.sqlite(
            "master", "SELECT document, version FROM person WHERE id = ?", joost.master_ids[0]
        )[0]
        address = json.loads(document)["address"]
        return (
            address["streetLine"],
            address["postalCode"],
            address["place"],
            address["country"],
            address["validFrom"],
            version - 1,
        )
    return lindwerk.sqlite(
        "orders",
        "SELECT STRASSE, HAUSNR, PLZ, ORT, LAND, AB_DATUM, STAND - 1 FROM KUNDE WHERE KD_NR = ?",
        joost.order_ids[0],
    )[0]


MOVED = {
    "billing": ("Neue Straße", "7b", "20095", "Hamburg", "DE", date(2026, 12, 1), 1),
    "master": ("Neue Straße 7b", "20095", "Hamburg", "DEU", "2026-12-01", 1),
    "orders": ("Neue Straße", "7b", "20095", "Hamburg", "D", "2026-12-01", 1),
}


class TestPreview:
    def test_shows_old_and_new_in_each_system_in_its_own_words(self, joost: UUID) -> None:
        found = actions.previews(
            customer_id=joost, commands=ADDRESS_COMMANDS, parameters=NEW_ADDRESS, principal=AGENT, language="en"
        )
        assert [(one.source, one.state) for one in found] == [
            ("Billing", "ready"),
            ("Customer master", "ready"),
            ("Orders", "ready"),
        ]
        master = {row.where: (row.old_text, row.new_text, row.is_changed) for row in found[1].rows}
        assert master["Street"] == ("Dorpsstraat 46", "Neue Straße 7b", True)
        assert master["Country"] == ("NLD", "DEU", True)
        assert {row.where: row.new_text for row in found[2].rows}["Country"] == "D"
        assert Reading.objects.filter(id__in=[one.reading_id for one in found]).count() == 3

    def test_says_what_is_missing_or_wrong(self, joost: UUID) -> None:
        found = preview(
            joost, "billing.change_address", {**NEW_ADDRESS, "street": "", "valid_from": "soon"}, language="de"
        )
        assert (found.state, found.rows) == ("not-possible", ())
        assert "Straße" in found.problem
        assert "Gültig ab" in found.problem

    def test_says_that_a_value_has_no_spelling_there(self, joost: UUID) -> None:
        found = preview(joost, "orders.change_address", {**NEW_ADDRESS, "country": "FR"})
        assert found.state == "not-possible"
        assert "'FR' has no spelling there" in found.problem

    def test_says_that_a_system_is_down_and_that_it_goes_on_all_the_same(self, lindwerk: Systems, joost: UUID) -> None:
        lindwerk.switch("billing", on=False)
        found = preview(joost, "billing.change_address")
        assert (found.state, found.reading_id) == ("unknown", None)
        assert found.problem == "Billing isn't answering. The change is made as soon as it does."

    def test_says_that_nothing_would_change(self, lindwerk: Systems, joost: UUID) -> None:
        handlers.run_command(job(joost, "billing.change_address"))
        assert preview(joost, "billing.change_address").state == "same"

    def test_says_that_it_is_not_clear_which_contract_is_meant(
        self, lindwerk: Systems, customer_of: CustomerOf
    ) -> None:
        bakery = customer_of(lindwerk.world.story["bakery"])
        found = preview(bakery, "billing.cancel_contract", {"ends_on": "2026-12-31"})
        assert (found.state, "V000041, V000042" in found.problem) == ("not-possible", True)
        found = preview(bakery, "billing.cancel_contract", {"ends_on": "2026-12-31", "contract_number": "v00004-2"})
        assert (found.state, [row.new_text for row in found.rows]) == ("ready", ["31 Dec 2026", "cancelled"])

    def test_is_not_for_strangers(self, joost: UUID) -> None:
        with pytest.raises(AccessDenied):
            actions.preview(
                customer_id=joost,
                command="billing.change_address",
                parameters=NEW_ADDRESS,
                principal=STRANGER,
                language="en",
            )


class TestWriting:
    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_an_address_is_written_verified_and_confirmed(self, lindwerk: Systems, joost: UUID, system: str) -> None:
        wanted = job(
            joost, f"{system}.change_address", reading_id=str(preview(joost, f"{system}.change_address").reading_id)
        )
        result = handlers.run_command(wanted)
        assert address_in(lindwerk, system) == MOVED[system]
        assert result[f"{system}_change_address"]["state"] == "confirmed"
        entry = Command.objects.get()
        assert (entry.state, entry.is_written, entry.case_id) == ("confirmed", True, wanted.business_id)

    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_a_job_delivered_again_writes_nothing(self, lindwerk: Systems, joost: UUID, system: str) -> None:
        wanted = job(joost, f"{system}.change_address")
        assert handlers.run_command(wanted) == handlers.run_command(wanted)
        assert address_in(lindwerk, system) == MOVED[system]

    def test_what_stands_there_already_is_not_written(self, lindwerk: Systems, joost: UUID) -> None:
        handlers.run_command(job(joost, "master.change_address"))
        result = handlers.run_command(job(joost, "master.change_address"))
        assert result["master_change_address"]["written"] is False
        assert address_in(lindwerk, "master")[-1] == 1

    def test_who_is_not_in_a_system_needs_no_change_there_where_the_definition_says_so(
        self, lindwerk: Systems, customer_of: CustomerOf
    ) -> None:
        ursula = customer_of(lindwerk.world.story["ursula"])
        assert handlers.run_command(job(ursula, "orders.change_address"))["orders_change_address"]["written"] is False
        stranger = customer_of(lindwerk.world.customers[10])
        lindwerk.sqlite("master", "DELETE FROM person")
        with pytest.raises(CommandRefused, match="no record of this customer"):
            handlers.run_command(job(stranger, "master.change_address"))

    def test_readings_may_come_by_source_when_one_form_prepared_several_commands(self, joost: UUID) -> None:
        reading_id = str(preview(joost, "billing.change_address").reading_id)
        handlers.run_command(job(joost, "billing.change_address", reading_id={"billing": reading_id}))
        assert str(Command.objects.get().reading_id) == reading_id

    def test_a_contract_is_cancelled_and_an_offer_applied(self, lindwerk: Systems, customer_of: CustomerOf) -> None:
        mehmet = customer_of(lindwerk.world.story["mehmet"])
        handlers.run_command(job(mehmet, "billing.apply_offer", {"offer": "price-10", "valid_from": date(2026, 12, 1)}))
        handlers.run_command(
            job(mehmet, "billing.cancel_contract", {"contract_number": "V000031", "ends_on": date(2026, 12, 31)})
        )
        assert lindwerk.billing(
            "SELECT offer_code, status, ends_on FROM billing.contract WHERE contract_no = 'V000031'"
        ) == [("price-10", "cancelled", date(2026, 12, 31))]

    def test_a_process_that_names_no_customer_or_command_is_told_so(self, joost: UUID) -> None:
        with pytest.raises(CommandRefused, match="customer_id"):
            handlers.run_command(GivenJob(headers={"command": "billing.change_address"}, variables={}))
        with pytest.raises(CommandRefused, match=r"billing\.buy_cake"):
            handlers.run_command(job(joost, "billing.buy_cake"))


class TestConflict:
    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_what_was_changed_after_it_was_seen_is_not_overwritten(
        self, lindwerk: Systems, joost: UUID, system: str
    ) -> None:
        seen = preview(joost, f"{system}.change_address").reading_id
        meanwhile = {**NEW_ADDRESS, "street": "Andere Straße", "house_number": "1"}
        handlers.run_command(job(joost, f"{system}.change_address", meanwhile))
        wanted = job(joost, f"{system}.change_address", reading_id=str(seen))
        with pytest.raises(CommandConflict, match="Andere Straße") as caught:
            handlers.run_command(wanted)
        assert caught.value.code == "CONFLICT"
        assert address_in(lindwerk, system)[0].startswith("Andere Straße")
        assert [row.state for row in queries.commands_of_case(wanted.business_id)] == ["conflict"]

    def test_a_change_of_something_else_is_no_conflict(self, lindwerk: Systems, joost: UUID) -> None:
        seen = preview(joost, "billing.change_address").reading_id
        lindwerk.billing(
            "UPDATE billing.account SET phone_no = '123', row_version = row_version + 1 WHERE account_no = 'B700014'"
        )
        handlers.run_command(job(joost, "billing.change_address", reading_id=str(seen)))
        assert address_in(lindwerk, "billing")[:3] == MOVED["billing"][:3]

    def test_after_a_new_decision_the_same_job_goes_through(self, lindwerk: Systems, joost: UUID) -> None:
        seen = preview(joost, "billing.change_address").reading_id
        handlers.run_command(job(joost, "billing.change_address", {**NEW_ADDRESS, "house_number": "1"}))
        wanted = job(joost, "billing.change_address", reading_id=str(seen))
        with pytest.raises(CommandConflict):
            handlers.run_command(wanted)
        seen_again = preview(joost, "billing.change_address").reading_id
        handlers.run_command(job(joost, "billing.change_address", reading_id=str(seen_again), key=wanted.key))
        assert address_in(lindwerk, "billing")[1] == "7b"


class TestRefusal:
    @pytest.mark.parametrize(
        ("system", "words"), [("billing", "The postcode doesn't fit the country"), ("master", "is no postcode of DEU")]
    )
    def test_what_the_system_says_is_passed_on(self, lindwerk: Systems, joost: UUID, system: str, words: str) -> None:
        before = address_in(lindwerk, system)
        wanted = job(joost, f"{system}.change_address", {**NEW_ADDRESS, "postcode": "nowhere"})
        with pytest.raises(CommandRefused, match=words) as caught:
            handlers.run_command(wanted)
        assert caught.value.code == "REFUSED"
        assert address_in(lindwerk, system) == before
        assert words in queries.commands_of_case(wanted.business_id)[0].sentence

    def test_a_mended_cause_lets_the_same_job_through(self, lindwerk: Systems, joost: UUID) -> None:
        wanted = job(joost, "billing.change_address", {**NEW_ADDRESS, "postcode": "nowhere"})
        with pytest.raises(CommandRefused):
            handlers.run_command(wanted)
        handlers.run_command(job(joost, "billing.change_address", key=wanted.key))
        assert address_in(lindwerk, "billing") == MOVED["billing"]


class TestPatience:
    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_a_change_waits_for_a_system_that_is_down_and_then_goes_through(
        self, lindwerk: Systems, joost: UUID, system: str
    ) -> None:
        lindwerk.switch(system, on=False)
        wanted = job(joost, f"{system}.change_address")
        waits = []
        with clock.fixed(NOW):
            for _ in range(3):
                with pytest.raises(TryAgain) as caught:
                    handlers.run_command(wanted)
                waits.append(caught.value.after)
            (row,) = queries.commands_of_case(wanted.business_id)
            assert (row.state, row.attempts, row.next_attempt_at) == ("waiting", 3, NOW + timedelta(seconds=2))
        assert waits == [timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=2)]
        lindwerk.switch(system, on=True)
        handlers.run_command(wanted)
        assert address_in(lindwerk, system) == MOVED[system]

    def test_the_case_says_how_many_systems_have_it(self, lindwerk: Systems, joost: UUID) -> None:
        lindwerk.switch("billing", on=False)
        case_id = ids.new_id()
        with clock.fixed(NOW):
            for command in ADDRESS_COMMANDS:
                try:
                    handlers.run_command(job(joost, command, business_id=case_id))
                except TryAgain:
                    continue
            progress = queries.progress_of_case(case_id)
            assert (progress.done, progress.total, progress.waiting) == (2, 3, 1)
            assert progress.sentence == "2 of 3 systems updated; the rest is tried again at 10:00."
            assert queries.writes_of_case(case_id) == {
                "total": 3,
                "done": 2,
                "next_attempt_at": NOW + timedelta(seconds=1),
            }
            sentences = [row.sentence for row in queries.commands_of_case(case_id)]
            assert sentences == [
                "Billing isn't answering; tried again at 10:00.",
                "Customer master: done.",
                "Orders: done.",
            ]

    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_an_answer_that_is_lost_after_the_write_does_not_make_a_second_one(
        self, lindwerk: Systems, joost: UUID, system: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connector = loaded.window(loaded.sources()[system]).connector
        write = connector.write

        def write_and_hear_nothing(*arguments: Any, **how: Any) -> None:
            write(*arguments, **how)
            raise SourceLate("it didn't answer in time")

        monkeypatch.setattr(connector, "write", write_and_hear_nothing)
        wanted = job(joost, f"{system}.change_address")
        with pytest.raises(TryAgain):
            handlers.run_command(wanted)
        assert handlers.run_command(wanted)[f"{system}_change_address"] | {"id": "", "confirmed_at": None} == {
            "id": "",
            "state": "confirmed",
            "written": True,
            "confirmed_at": None,
        }
        assert address_in(lindwerk, system) == MOVED[system]

    def test_others_hear_that_it_waits_and_that_it_is_done(
        self, lindwerk: Systems, joost: UUID, heard: list[Any]
    ) -> None:
        lindwerk.switch("orders", on=False)
        wanted = job(joost, "orders.change_address")
        with pytest.raises(TryAgain):
            handlers.run_command(wanted)
        lindwerk.switch("orders", on=True)
        handlers.run_command(wanted)
        assert [type(event).__name__ for event in heard] == ["CommandWaiting", "CommandConfirmed"]
        assert {event.case_id for event in heard} == {wanted.business_id}

    def test_a_worker_leaves_what_another_one_is_at(self, joost: UUID) -> None:
        import psycopg
        from django.db import connection

        wanted = job(joost, "billing.change_address")
        entry = actions.note_command(job=wanted, command="billing.change_address", kind=Command.Kind.CHANGE)
        number = int.from_bytes(entry.id.bytes[8:], "big", signed=True)
        with psycopg.connect(
            **connection.get_connection_params() | {"dbname": connection.settings_dict["NAME"]}
        ) as other:
            other.execute("SELECT pg_advisory_lock(%s)", [number])
            with pytest.raises(TryAgain, match="Another worker"):
                handlers.run_command(wanted)
            # The server notices only a while later that somebody has gone.
            other.execute("SELECT pg_advisory_unlock(%s)", [number])
        assert handlers.run_command(wanted)["billing_change_address"]["state"] == "confirmed"


def all_points() -> list[str]:
    """Every crash point on the way of a command, with the connectors that the demo's systems have, that stands in the code."""
    folder = Path(handlers.__file__).parent
    found = [re.findall(r'crash_point\("([^"]+)"\)', path.read_text()) for path in folder.rglob("*.py")]
    return sorted({name for names in found for name in names if name.split(".")[1] in ("command", "rest", "sql")})


def points_of(system: str) -> list[str]:
    kind = "rest" if system == "master" else "sql"
    return [name for name in all_points() if name.split(".")[1] in ("command", kind)]


class TestCrashes:
    @pytest.mark.parametrize(
        ("system", "point"),
        [(system, point) for system in ("billing", "master", "orders") for point in points_of(system)],
    )
    def test_a_crash_anywhere_loses_nothing_and_writes_nothing_twice(
        self, lindwerk: Systems, joost: UUID, system: str, point: str
    ) -> None:
        wanted = job(
            joost, f"{system}.change_address", reading_id=str(preview(joost, f"{system}.change_address").reading_id)
        )
        with crashpoints.crash_at(point), pytest.raises(crashpoints.Crash):
            handlers.run_command(wanted)
        assert handlers.run_command(wanted)[f"{system}_change_address"]["state"] == "confirmed"
        assert address_in(lindwerk, system) == MOVED[system]
        assert Command.objects.count() == 1

    def test_a_change_of_others_between_crash_and_retry_is_not_undone(self, lindwerk: Systems, joost: UUID) -> None:
        wanted = job(joost, "billing.change_address")
        with crashpoints.crash_at("sources.command.after_write"), pytest.raises(crashpoints.Crash):
            handlers.run_command(wanted)
        # Somebody sets the old address again after our write, which we never heard of.
        handlers.run_command(job(joost, "billing.change_address", _old_address(lindwerk)))
        with pytest.raises(CommandConflict):
            handlers.run_command(wanted)
        assert address_in(lindwerk, "billing")[0] == "Dorpsstraat"

    def test_the_points_are_all_on_the_way(self, lindwerk: Systems, joost: UUID) -> None:
        passed: set[str] = set()
        with crashpoints.watching(passed.add):
            for command in ADDRESS_COMMANDS:
                handlers.run_command(job(joost, command))
        assert {name for name in passed if name.startswith("sources.")} == set(all_points())


def _old_address(lindwerk: Systems) -> dict[str, Any]:
    known = lindwerk.world.story["joost"]
    address = known.address
    return {
        "street": address.street,
        "house_number": address.house_number,
        "postcode": address.postcode,
        "town": address.town,
        "country": address.country,
        "valid_from": known.since,
    }


class TestCompensation:
    @pytest.mark.parametrize("system", ["billing", "master", "orders"])
    def test_what_stood_there_before_is_put_back_once(self, lindwerk: Systems, joost: UUID, system: str) -> None:
        before = address_in(lindwerk, system)
        instance_id = ids.new_id()
        handlers.run_command(job(joost, f"{system}.change_address", instance_id=instance_id))
        undo = job(joost, f"{system}.change_address", {}, instance_id=instance_id)
        handlers.run_compensation(undo)
        handlers.run_compensation(undo)
        assert address_in(lindwerk, system) == (*before[:-1], 2)

    @pytest.mark.parametrize("point", points_of("master"))
    def test_a_crash_anywhere_puts_it_back_once(self, lindwerk: Systems, joost: UUID, point: str) -> None:
        instance_id = ids.new_id()
        handlers.run_command(job(joost, "master.change_address", instance_id=instance_id))
        undo = job(joost, "master.change_address", {}, instance_id=instance_id)
        with crashpoints.crash_at(point), pytest.raises(crashpoints.Crash):
            handlers.run_compensation(undo)
        handlers.run_compensation(undo)
        assert address_in(lindwerk, "master")[0] == "Dorpsstraat 46"
        assert address_in(lindwerk, "master")[-1] == 2

    def test_what_was_never_written_needs_nothing(self, lindwerk: Systems, joost: UUID) -> None:
        result = handlers.run_compensation(job(joost, "billing.change_address", {}))
        assert result["billing_change_address"]["written"] is False
        assert address_in(lindwerk, "billing")[-1] == 0

    def test_a_write_that_nobody_heard_of_is_put_back_too(self, lindwerk: Systems, joost: UUID) -> None:
        before = address_in(lindwerk, "orders")
        instance_id = ids.new_id()
        with crashpoints.crash_at("sources.command.after_write"), pytest.raises(crashpoints.Crash):
            handlers.run_command(job(joost, "orders.change_address", instance_id=instance_id))
        handlers.run_compensation(job(joost, "orders.change_address", {}, instance_id=instance_id))
        assert address_in(lindwerk, "orders")[:-1] == before[:-1]

    def test_what_was_changed_again_since_needs_a_person(self, lindwerk: Systems, joost: UUID) -> None:
        instance_id = ids.new_id()
        handlers.run_command(job(joost, "billing.change_address", instance_id=instance_id))
        handlers.run_command(job(joost, "billing.change_address", {**NEW_ADDRESS, "street": "Dritte Straße"}))
        with pytest.raises(CannotCompensate, match="Dritte Straße"):
            handlers.run_compensation(job(joost, "billing.change_address", {}, instance_id=instance_id))
        assert address_in(lindwerk, "billing")[0] == "Dritte Straße"


def test_nothing_is_written_to_whoever_shares_the_telephone(lindwerk: Systems, joost: UUID) -> None:
    before = address_in(lindwerk, "master")
    # Somebody of the same household, whom the master doesn't know.
    Identifier.objects.filter(customer_id=joost).exclude(kind="phone").delete()
    assert preview(joost, "master.change_address").state == "not-possible"
    with pytest.raises(CommandRefused, match="no record of this customer"):
        handlers.run_command(job(joost, "master.change_address"))
    assert address_in(lindwerk, "master") == before
