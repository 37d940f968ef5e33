"""The demo's systems: they run, and their switches are obeyed for real, by whoever asks them."""

import json
import os
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any

import psycopg
import pytest

from firstline.demo import systems
from firstline.demo.generate import World, make_world
from firstline.demo.systems import processes
from firstline.demo.systems.control import UnknownSystem
from firstline.runtime import database

WORLD = make_world(count=30, today=date(2026, 11, 21))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("demo")
    name = f"test_firstline_demo_{os.getpid()}"
    systems.set_up(folder=made, server_url=database.database_url(), world=WORLD, billing_name=name)
    systems.start(folder=made)
    yield made
    systems.tear_down(folder=made)


@pytest.fixture(autouse=True)
def all_on(folder: Path) -> Iterator[None]:
    yield
    for system in systems.SYSTEMS:
        systems.switch(system, folder=folder, on=True, slow=False)


def connection(folder: Path, name: str) -> str:
    return (systems.connections(folder) / name).read_text()


def ask_billing(folder: Path) -> int:
    with psycopg.connect(connection(folder, "billing.url").replace("+psycopg", ""), connect_timeout=5) as billing:
        row: Any = billing.execute("SELECT count(*) FROM billing.account").fetchone()
        return int(row[0])


def ask_master(folder: Path, path: str, **headers: str) -> Any:
    request = urllib.request.Request(
        connection(folder, "master.url") + path,
        headers={"Authorization": f"Bearer {connection(folder, 'master.token')}", **headers},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def change_master(folder: Path, person: str, body: dict[str, str], **headers: str) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{connection(folder, 'master.url')}/persons/{person}/address",
        method="PUT",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {connection(folder, 'master.token')}", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def ask_orders(folder: Path) -> int:
    orders = sqlite3.connect(f"file:{folder / 'orders.sqlite'}?mode=ro", uri=True, timeout=5)
    try:
        return int(orders.execute("SELECT count(*) FROM KUNDE").fetchone()[0])
    finally:
        orders.close()


def test_all_three_run_and_hold_the_same_people_in_their_own_words(folder: Path) -> None:
    assert {state.is_reachable for state in systems.state(folder=folder).values()} == {True}
    assert ask_billing(folder) >= 30
    assert 20 < ask_orders(folder) <= 30
    (petra,) = ask_master(folder, "/persons?email=petra.hoffmann@example.com")["items"]
    assert (petra["customerNumber"], petra["contact"]["phones"]) == ("LW 1123 4567", ["00491713920011"])


def test_secrets_are_readable_by_their_owner_alone(folder: Path) -> None:
    for file in systems.connections(folder).iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_a_system_that_is_off_answers_nobody_and_says_so(folder: Path) -> None:
    for system in systems.SYSTEMS:
        assert not systems.switch(system, folder=folder, on=False).is_reachable
    with pytest.raises(psycopg.OperationalError):
        ask_billing(folder)
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        ask_master(folder, "/openapi.json")
    with pytest.raises(sqlite3.OperationalError):
        ask_orders(folder)
    for system in systems.SYSTEMS:
        assert systems.switch(system, folder=folder, on=True).is_reachable
    assert ask_orders(folder) == sum(bool(one.order_ids) for one in WORLD.customers)


def test_sessions_of_billing_end_when_it_goes_off(folder: Path) -> None:
    with psycopg.connect(connection(folder, "billing.url").replace("+psycopg", ""), autocommit=True) as session:
        systems.switch("billing", folder=folder, on=False)
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")


@pytest.mark.parametrize(
    ("system", "ask"),
    [("billing", ask_billing), ("master", lambda folder: ask_master(folder, "/openapi.json")), ("orders", ask_orders)],
)
def test_a_slow_system_takes_its_time(folder: Path, system: str, ask: Any) -> None:
    systems.switch(system, folder=folder, slow=0.6)
    started = time.monotonic()
    ask(folder)
    assert time.monotonic() - started > 0.3
    assert systems.state(folder=folder)[system].slow_seconds == 0.6


def test_slow_means_twenty_seconds_unless_one_says_how_much(folder: Path) -> None:
    assert systems.switch("master", folder=folder, slow=True).slow_seconds == 20
    assert systems.switch("master", folder=folder, on=True).slow_seconds == 20


def test_an_unknown_system_is_told_so(folder: Path) -> None:
    with pytest.raises(UnknownSystem, match="billing, master, orders"):
        systems.switch("warehouse", folder=folder, on=False)


class TestMaster:
    ADDRESS = {
        "streetLine": "Am Deich 1",
        "postalCode": "20095",
        "place": "Hamburg",
        "country": "DEU",
        "validFrom": "2026-12-01",
    }

    def test_describes_itself(self, folder: Path) -> None:
        assert set(ask_master(folder, "/openapi.json")["paths"]) == {
            "/persons",
            "/persons/{personId}",
            "/persons/{personId}/address",
        }

    def test_lets_nobody_in_without_its_token(self, folder: Path) -> None:
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            ask_master(folder, "/openapi.json", Authorization="Bearer wrong")
        caught.value.close()

    def test_changes_the_version_that_was_read_and_only_once_per_key(self, folder: Path) -> None:
        person = WORLD.story["emily"].master_ids[0]
        again = {"If-Match": '"1"', "Idempotency-Key": "k1"}
        assert change_master(folder, person, self.ADDRESS, **again)[0] == 200
        assert change_master(folder, person, self.ADDRESS, **again)[0] == 200
        assert change_master(folder, person, self.ADDRESS, **{"If-Match": '"1"'})[0] == 412
        assert change_master(folder, person, {**self.ADDRESS, "place": "Kiel"}, **again)[0] == 422
        assert change_master(folder, person, self.ADDRESS)[0] == 428
        assert ask_master(folder, f"/persons/{person}")["address"] == self.ADDRESS

    def test_refuses_what_is_no_address(self, folder: Path) -> None:
        person = WORLD.story["joost"].master_ids[0]
        status, problem = change_master(folder, person, {**self.ADDRESS, "postalCode": "1"}, **{"If-Match": '"1"'})
        assert (status, problem["detail"]) == (422, "1 is no postcode of DEU.")


def test_processes_are_found_by_their_lock_and_leave_nothing(folder: Path) -> None:
    systems.switch("orders", folder=folder, slow=5.0)
    pids = [processes.holder(folder / name) for name in ("master.lock", "orders_lock.lock")]
    assert all(pids)
    systems.stop(folder=folder)
    assert [processes.holder(folder / name) for name in ("master.lock", "orders_lock.lock")] == [None, None]
    systems.start(folder=folder)
    assert systems.state(folder=folder)["master"].is_reachable


def test_setting_up_again_begins_anew(tmp_path: Path) -> None:
    name = f"test_firstline_again_{os.getpid()}"
    for _ in range(2):
        systems.set_up(folder=tmp_path / "demo", server_url=database.database_url(), world=_small(), billing_name=name)
        systems.start(folder=tmp_path / "demo")
        assert ask_billing(tmp_path / "demo") == len(_small().customers)
    systems.tear_down(folder=tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def _small() -> World:
    return make_world(count=6, today=date(2026, 11, 21))
