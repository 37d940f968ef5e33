"""One contract for all connectors: the same small table of members behind PostgreSQL, SQLite and a REST API."""

import os
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from firstline.runtime import database
from firstline.sources.adapters.rest import MAX_ANSWER_BYTES, RestConnector, RestParser
from firstline.sources.adapters.sql import SqlConnector, SqlParser
from firstline.sources.ports import Connector, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.parts import Notebook, Part
from firstline.sources.rules.values import MAX_TEXT

SECONDS = 5.0
MEMBERS = ((1, "Ada", "12.50", 1), (2, "Grace", "0.00", 1))
TABLE = "CREATE TABLE member (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> 'nobody'), due numeric(8, 2), version integer)"


class Target:
    """What the contract needs of a system behind a connector."""

    connector: Connector
    read_one: Any
    read_all: Any
    write_name: Any
    knows_keys = True

    def names(self) -> dict[int, str]:
        raise NotImplementedError

    def writes(self) -> int:
        raise NotImplementedError

    def turn_off(self) -> None:
        raise NotImplementedError


def part(content: dict[str, Any]) -> Part:
    return Part(content, (), Notebook(file="test"))


class SqlTarget(Target):
    def __init__(self, secret: Path, url: str, **keys: str) -> None:
        secret.write_text(url)
        parser = SqlParser()
        connection = parser.connection(
            part({"url": {"file": str(secret)}, "key_table": "written_key", "key_column": "key", **keys})
        )
        self.connector = SqlConnector(connection, concurrency=3)
        self.read_one = parser.read(
            part({"sql": "SELECT id, name, due, version FROM member WHERE id = :customer"}), frozenset({"customer"})
        )
        self.read_all = parser.read(part({"sql": "SELECT id, name FROM member ORDER BY id"}), frozenset())
        self.sly = parser.read(
            part({"sql": "WITH gone AS (SELECT 1) SELECT name FROM member WHERE name = :customer"}),
            frozenset({"customer"}),
        )
        self.write_name = parser.write(
            part(
                {
                    "sql": "UPDATE member SET name = :name, version = version + 1 WHERE id = :record AND version = :version"
                }
            ),
            frozenset({"name", "record", "version"}),
        )

    def execute(self, statement: str) -> list[Any]:
        raise NotImplementedError

    def names(self) -> dict[int, str]:
        return {int(one): name for one, name in self.execute("SELECT id, name FROM member")}

    def writes(self) -> int:
        return sum(version - 1 for (version,) in self.execute("SELECT version FROM member"))


class PostgreSqlTarget(SqlTarget):
    def __init__(self, folder: Path) -> None:
        self.name = f"test_connector_{os.getpid()}"
        self.server = database.database_url()
        self._on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name}")
        self.url = psycopg.conninfo.make_conninfo(self.server, dbname=self.name)
        host = psycopg.conninfo.conninfo_to_dict(self.server)["host"]
        super().__init__(folder / "url", f"postgresql+psycopg://firstline@/{self.name}?host={host}")
        self.execute(TABLE)
        self.execute("CREATE TABLE written_key (key text PRIMARY KEY)")
        for member in MEMBERS:
            self.execute(f"INSERT INTO member VALUES {member}")

    def _on_server(self, *statements: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def execute(self, statement: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def turn_off(self) -> None:
        self._on_server(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self._on_server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    def close(self) -> None:
        self.connector.close()
        self._on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class SqliteTarget(SqlTarget):
    def __init__(self, folder: Path) -> None:
        self.file = folder / "members.sqlite"
        super().__init__(folder / "url", f"sqlite:///{self.file}")
        self.execute(TABLE)
        self.execute("CREATE TABLE written_key (key text PRIMARY KEY)")
        for member in MEMBERS:
            self.execute(f"INSERT INTO member VALUES {member}")

    def execute(self, statement: str) -> list[Any]:
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def turn_off(self) -> None:
        self.file.rename(self.file.with_suffix(".off"))

    def close(self) -> None:
        self.connector.close()


class MemberApi(BaseHTTPRequestHandler):
    """A REST API over a dictionary, which can also answer as badly as one likes."""

    def do_GET(self) -> None:
        store = self.server.store  # type: ignore[attr-defined]
        if self.path in store["special"]:
            store["special"][self.path](self)
            return
        if self.path == "/members":
            self.answer(
                200, _json({"items": [{"id": key, "name": one["name"]} for key, one in store["members"].items()]})
            )
            return
        one = store["members"].get(int(self.path.rpartition("/")[2]))
        if one is None:
            self.answer(404, "{}")
        else:
            self.answer(200, _json(one), ETag=f'"{one["version"]}"')

    def do_PUT(self) -> None:
        import json

        store = self.server.store  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        one = store["members"][int(self.path.rpartition("/")[2])]
        key = self.headers.get("Idempotency-Key", "")
        if key and key in store["keys"]:
            self.answer(200, _json(one))
        elif self.headers["If-Match"] != f'"{one["version"]}"':
            self.answer(412, _json({"detail": "changed meanwhile"}))
        elif body["name"] == "nobody":
            self.answer(422, _json({"detail": "nobody is no name"}))
        else:
            one |= {"name": body["name"], "version": one["version"] + 1}
            store["keys"].add(key)
            self.answer(200, _json(one))

    def answer(self, status: int, body: str, **headers: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *arguments: Any) -> None:
        pass


class RestTarget(Target):
    def __init__(self, folder: Path, **connection: Any) -> None:
        self.store: dict[str, Any] = {
            "members": {
                key: {"id": key, "name": name, "due": float(due), "version": version}
                for key, name, due, version in MEMBERS
            },
            "keys": set(),
            "special": {},
        }
        self.server = QuietServer(("127.0.0.1", 0), MemberApi)
        self.server.store = self.store  # type: ignore[attr-defined]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        (folder / "url").write_text(f"http://127.0.0.1:{self.server.server_address[1]}")
        parser = RestParser()
        settings = parser.connection(
            part({"base_url": {"file": str(folder / "url")}, "key_header": "Idempotency-Key", **connection})
        )
        self.connector = RestConnector(settings, concurrency=3)
        self.read_one = parser.read(part({"path": "/members/{customer}"}), frozenset({"customer"}))
        self.read_all = parser.read(part({"path": "/members", "rows": "items"}), frozenset())
        self.write_name = parser.write(
            part(
                {
                    "method": "PUT",
                    "path": "/members/{record}",
                    "headers": {"If-Match": "{version}"},
                    "body": {"name": "{name}"},
                }
            ),
            frozenset({"name", "record", "version"}),
        )

    def names(self) -> dict[int, str]:
        return {key: one["name"] for key, one in self.store["members"].items()}

    def writes(self) -> int:
        return sum(one["version"] - 1 for one in self.store["members"].values())

    def turn_off(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def close(self) -> None:
        self.connector.close()
        self.turn_off()


TARGETS: dict[str, Any] = {"postgresql": PostgreSqlTarget, "sqlite": SqliteTarget, "rest": RestTarget}


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = TARGETS[request.param](tmp_path)
    yield made
    made.close()


class TestEveryConnector:
    def test_reads_one_row_with_its_values(self, target: Any) -> None:
        (row,) = target.connector.read(target.read_one, {"customer": 1}, limit=10, seconds=SECONDS)
        assert row["name"] == "Ada"
        assert Decimal(row["due"]) == Decimal("12.5")

    def test_reads_nothing_of_who_is_not_there(self, target: Any) -> None:
        assert target.connector.read(target.read_one, {"customer": 99}, limit=10, seconds=SECONDS) == []

    def test_reads_no_more_rows_than_wanted(self, target: Any) -> None:
        assert len(target.connector.read(target.read_all, {}, limit=1, seconds=SECONDS)) == 1

    def test_writes_what_has_the_version_that_was_read(self, target: Any) -> None:
        target.connector.write(target.write_name, [self._record(target, 1, "Ada L.")], key="k1", seconds=SECONDS)
        assert target.names() == {1: "Ada L.", 2: "Grace"}

    def test_writes_nothing_over_another_version(self, target: Any) -> None:
        stale = self._record(target, 1, "Ada L.")
        target.connector.write(target.write_name, [self._record(target, 1, "Ada K.")], key="k1", seconds=SECONDS)
        with pytest.raises(SourceChanged):
            target.connector.write(target.write_name, [stale], key="k2", seconds=SECONDS)
        assert target.names()[1] == "Ada K."

    def test_writes_once_per_key(self, target: Any) -> None:
        record = self._record(target, 2, "Grace H.")
        for _ in range(3):
            target.connector.write(target.write_name, [record], key="k1", seconds=SECONDS)
        assert target.names()[2] == "Grace H."
        assert target.writes() == 1
        assert target.connector.guarantee == "exactly-once"

    def test_says_whether_a_key_was_written_where_the_target_can_tell(self, target: Any) -> None:
        before = target.connector.was_written("k1", seconds=SECONDS)
        target.connector.write(target.write_name, [self._record(target, 2, "Grace H.")], key="k1", seconds=SECONDS)
        after = target.connector.was_written("k1", seconds=SECONDS)
        assert (before, after) in [(False, True), (None, None)]

    def test_passes_on_what_the_system_refuses(self, target: Any) -> None:
        with pytest.raises(SourceRefused):
            target.connector.write(target.write_name, [self._record(target, 1, "nobody")], key="k1", seconds=SECONDS)
        assert target.names()[1] == "Ada"

    def test_takes_values_as_values_and_never_as_part_of_the_question(self, target: Any) -> None:
        nasty = "x'; DROP TABLE member; --/../../?a=1&b=2#\r\nX-Evil: 1"
        target.connector.write(target.write_name, [self._record(target, 1, nasty)], key="k1", seconds=SECONDS)
        assert target.names() == {1: nasty, 2: "Grace"}

    def test_says_that_a_system_is_down_and_recovers_by_itself(self, target: Any) -> None:
        target.connector.read(target.read_one, {"customer": 1}, limit=10, seconds=SECONDS)
        target.turn_off()
        with pytest.raises(SourceDown) as caught:
            target.connector.read(target.read_one, {"customer": 1}, limit=10, seconds=SECONDS)
        assert "password" not in str(caught.value)

    def test_says_that_its_access_data_are_missing(self, target: Any, tmp_path: Path) -> None:
        target.connector.close()
        (tmp_path / "url").unlink()
        with pytest.raises(SourceDown, match="access data are missing"):
            target.connector.read(target.read_one, {"customer": 1}, limit=10, seconds=SECONDS)

    @staticmethod
    def _record(target: Any, key: int, name: str) -> dict[str, Any]:
        (row,) = target.connector.read(target.read_one, {"customer": key}, limit=2, seconds=SECONDS)
        return {"record": key, "version": row.get("@etag", row.get("version")), "name": name}


# --- SQL alone -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["postgresql", "sqlite"])
def sql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    made = TARGETS[request.param](tmp_path)
    yield made
    made.close()


def test_a_view_cannot_write_even_when_its_statement_would(sql: Any) -> None:
    from firstline.sources.adapters.sql import Statement

    with pytest.raises(SourceRefused):
        sql.connector.read(Statement(sql="DELETE FROM member RETURNING id"), {}, limit=10, seconds=SECONDS)
    assert len(sql.names()) == 2


def test_a_query_without_end_is_ended(sql: Any) -> None:
    from firstline.sources.adapters.sql import Statement

    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(SourceLate):
        sql.connector.read(Statement(sql=endless), {}, limit=1, seconds=0.2)


def test_of_a_view_without_end_only_the_rows_wanted_come_over(sql: Any) -> None:
    from firstline.sources.adapters.sql import Statement

    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    rows = sql.connector.read(Statement(sql=endless), {}, limit=5, seconds=SECONDS)
    assert [row["i"] for row in rows] == [1, 2, 3, 4, 5]


class Mute:
    """A way to PostgreSQL that can fall silent: it goes on taking what is sent, and answers nothing."""

    def __init__(self, socket_path: str) -> None:
        self.silent = threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self._path = socket_path
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self.listening.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(self._path)
                threading.Thread(target=self._pass_on, args=(here, there, False), daemon=True).start()
                threading.Thread(target=self._pass_on, args=(there, here, True), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with source, target, suppress(OSError):
            while data := source.recv(65_536):
                if not (is_answer and self.silent.is_set()):
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)


def test_a_database_that_falls_silent_holds_nobody_up(tmp_path: Path) -> None:
    made = PostgreSqlTarget(tmp_path)
    server = psycopg.conninfo.conninfo_to_dict(made.server)
    way = Mute(f"{server['host']}/.s.PGSQL.{server.get('port') or 5432}")
    (tmp_path / "url").write_text(f"postgresql+psycopg://firstline@127.0.0.1:{way.port}/{made.name}")
    try:
        assert len(made.connector.read(made.read_all, {}, limit=5, seconds=SECONDS)) == 2
        way.silent.set()
        with pytest.raises(SourceDown):
            made.connector.read(made.read_all, {}, limit=5, seconds=0.2)
        way.silent.clear()
        assert len(made.connector.read(made.read_all, {}, limit=5, seconds=SECONDS)) == 2
    finally:
        way.listening.close()
        made.close()


def test_all_records_of_one_write_change_or_none(sql: Any) -> None:
    records = [{"record": 1, "version": 1, "name": "A"}, {"record": 2, "version": 7, "name": "B"}]
    with pytest.raises(SourceChanged):
        sql.connector.write(sql.write_name, records, key="k1", seconds=SECONDS)
    assert sql.names() == {1: "Ada", 2: "Grace"}
    assert sql.connector.was_written("k1", seconds=SECONDS) is False


def test_hostile_values_are_made_small_and_storable(sql: Any) -> None:
    from firstline.sources.adapters.sql import Statement

    huge = (
        "SELECT replace(hex(zeroblob(5000)), '0', 'x') AS t"
        if isinstance(sql, SqliteTarget)
        else "SELECT repeat('x', 10000) AS t"
    )
    (row,) = sql.connector.read(Statement(sql=huge), {}, limit=1, seconds=SECONDS)
    assert len(row["t"]) == MAX_TEXT


def test_nul_from_a_database_is_replaced(tmp_path: Path) -> None:
    from firstline.sources.adapters.sql import Statement

    made = SqliteTarget(tmp_path)
    (row,) = made.connector.read(
        Statement(sql="SELECT 'a' || char(0) || 'b' AS t, x'0102' AS b"), {}, limit=1, seconds=SECONDS
    )
    assert row == {"t": "a\ufffdb", "b": "(…)"}


# --- REST alone ------------------------------------------------------------------------------------------------------


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[RestTarget]:
    made = RestTarget(tmp_path)
    yield made
    made.close()


def bad(rest: RestTarget, answer: Any) -> Any:
    """Let the API answer a question as `answer` does."""
    rest.store["special"]["/bad"] = answer
    return RestParser().read(part({"path": "/bad"}), frozenset())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("x" * (MAX_ANSWER_BYTES + 1), {}),
        ("[" * 100_000, {}),
        ('{"a":' * 30 + "1" + "}" * 30, {}),
        ("no JSON at all", {}),
        ('{"a": 1' + "0" * 5_000 + "}", {}),
        ('{"a": 1e999999999}', {}),
        ("[1, 2, 3]", {}),
        ("{}", {"Content_Encoding": "gzip"}),
        ("[" + "{}," * 30_000 + "{}]", {}),
    ],
    ids=["huge", "deep", "nested", "no-json", "long-number", "huge-number", "no-rows", "compressed", "many"],
)
def test_a_hostile_answer_is_refused(rest: RestTarget, body: str, headers: dict[str, str]) -> None:
    question = bad(rest, lambda api: api.answer(200, body, **headers))
    with pytest.raises(SourceRefused, match="can't be used"):
        rest.connector.read(question, {}, limit=10, seconds=SECONDS)


def test_strange_characters_of_an_answer_are_storable(rest: RestTarget) -> None:
    question = bad(rest, lambda api: api.answer(200, '{"t": "a\\u0000b\\ud800c", "n": NaN}'))
    assert rest.connector.read(question, {}, limit=10, seconds=SECONDS) == [{"t": "a\ufffdb?c", "n": None}]


def test_a_redirect_is_not_followed(rest: RestTarget) -> None:
    question = bad(rest, lambda api: api.answer(302, "{}", Location="/members/1"))
    with pytest.raises(SourceRefused, match="302"):
        rest.connector.read(question, {}, limit=10, seconds=SECONDS)


def test_an_answer_that_drips_is_ended(rest: RestTarget) -> None:
    def drip(api: MemberApi) -> None:
        api.send_response(200)
        api.end_headers()
        for _ in range(200):
            api.wfile.write(b" ")
            api.wfile.flush()
            time.sleep(0.02)

    with pytest.raises(SourceLate):
        rest.connector.read(bad(rest, drip), {}, limit=10, seconds=0.3)


@pytest.mark.parametrize("status", [500, 503, 429, 401])
def test_an_api_in_trouble_is_down_and_not_refusing(rest: RestTarget, status: int) -> None:
    with pytest.raises(SourceDown):
        rest.connector.read(bad(rest, lambda api: api.answer(status, "{}")), {}, limit=10, seconds=SECONDS)


def test_a_host_that_is_not_allowed_is_not_asked(tmp_path: Path) -> None:
    made = RestTarget(tmp_path, allow=["api.example.com"])
    with pytest.raises(SourceRefused, match="allowed hosts"):
        made.connector.read(made.read_all, {}, limit=10, seconds=SECONDS)
    made.close()


def test_a_key_in_the_path_stays_one_step_of_the_path(rest: RestTarget) -> None:
    asked: list[str] = []
    rest.store["special"]["/members/..%2F..%2Fadmin%3Fx"] = lambda api: (asked.append(api.path), api.answer(200, "{}"))
    rest.connector.read(rest.read_one, {"customer": "../../admin?x"}, limit=1, seconds=SECONDS)
    assert asked == ["/members/..%2F..%2Fadmin%3Fx"]
