"""SQL databases: the contract on each system, and what only they can do wrong."""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from firstline.runtime import database
from firstline.sources.connectors.sql.definition import SqlParser, Statement
from firstline.sources.connectors.sql.systems import SYSTEMS
from firstline.sources.ports import Connector, SourceChanged, SourceDown, SourceLate, SourceRefused
from tests.sources.connectors.contract import MEMBERS, SECONDS, SECRET, ConnectorContract, Target, part
from tests.sources.connectors.servers import MariaDbServer, mariadb_server

TABLE = "CREATE TABLE member (id integer PRIMARY KEY, name {text} NOT NULL CHECK (name <> 'nobody'), due numeric(8, 2), version integer)"
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {what} FROM n"


class SqlTarget(Target):
    kind = "sql"
    text = "text"
    url: str

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.connector = self.opened(
            {"url": self.secret_file("url", self.url), "key_table": "written_key", "key_column": "id"}
        )
        self.read_one = self.reading(
            {"sql": "SELECT id, name, due, version FROM member WHERE id = :customer"}, "customer"
        )
        self.read_all = self.reading({"sql": "SELECT id, name FROM member ORDER BY id"})
        self.write_name = self.writing(
            {"sql": "UPDATE member SET name = :name, version = version + 1 WHERE id = :record AND version = :version"}
        )

    def fill(self) -> None:
        self.execute(TABLE.format(text=self.text))
        self.execute("CREATE TABLE written_key (id varchar(200) PRIMARY KEY)")
        for member in MEMBERS:
            self.execute(f"INSERT INTO member VALUES {member}")

    def execute(self, statement: str) -> list[Any]:
        raise NotImplementedError

    def names(self) -> dict[int, str]:
        return {int(one): name for one, name in self.execute("SELECT id, name FROM member")}

    def rename(self, number: int, name: str) -> None:
        self.execute(f"UPDATE member SET name = '{name}' WHERE id = {number}")

    def writes(self) -> int:
        return sum(version - 1 for (version,) in self.execute("SELECT version FROM member"))

    def elsewhere(self) -> Connector | None:
        return self.opened({"url": self.secret_file("url", self.url), "allow": ["db.example.com"]})


class PostgreSqlTarget(SqlTarget):
    def __init__(self, folder: Path) -> None:
        self.name = f"test_connector_{os.getpid()}"
        self.server = database.database_url()
        self._on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name}")
        self.own_url = psycopg.conninfo.make_conninfo(self.server, dbname=self.name)
        host = psycopg.conninfo.conninfo_to_dict(self.server)["host"]
        self.url = f"postgresql+psycopg://firstline:{SECRET}@/{self.name}?host={host}"
        super().__init__(folder)
        self.fill()

    def _on_server(self, *statements: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def execute(self, statement: str) -> list[Any]:
        with psycopg.connect(self.own_url) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def turn_off(self) -> None:
        self._on_server(f"ALTER DATABASE {self.name} ALLOW_CONNECTIONS false")
        self._on_server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with psycopg.connect(self.own_url) as connection:
            connection.execute("LOCK TABLE member")
            yield

    def stalled(self) -> AbstractContextManager[None]:
        return self._locked()

    def close(self) -> None:
        self.connector.close()
        self._on_server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class SqliteTarget(SqlTarget):
    secret = "secret folder"

    def __init__(self, folder: Path) -> None:
        # A file has no password; where it lies is nobody's business either.
        (folder / self.secret).mkdir()
        self.file = folder / self.secret / "members.sqlite"
        self.url = f"sqlite:///{self.file}"
        super().__init__(folder)
        self.fill()

    def execute(self, statement: str) -> list[Any]:
        connection = sqlite3.connect(self.file)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def turn_off(self) -> None:
        self.file.rename(self.file.with_suffix(".off"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        connection = sqlite3.connect(self.file, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            connection.close()

    def stalled(self) -> AbstractContextManager[None]:
        return self._locked()

    def elsewhere(self) -> None:
        return None

    def close(self) -> None:
        self.connector.close()


class MariaDbTarget(SqlTarget):
    text = "longtext"

    def __init__(self, folder: Path, server: MariaDbServer) -> None:
        self.server = server
        self.name = "members"
        server.execute(
            f"DROP DATABASE IF EXISTS {self.name}",
            f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4",
            f"CREATE OR REPLACE USER firstline@'127.0.0.1' IDENTIFIED BY '{SECRET}'",
            f"GRANT ALL ON {self.name}.* TO firstline@'127.0.0.1'",
        )
        self.url = f"mariadb://firstline:{SECRET}@127.0.0.1:{server.port}/{self.name}"
        super().__init__(folder)
        # Compared with a number, MariaDB takes '1/..' for 1; docs/connectors/sql.md says so.
        self.read_one = self.reading(
            {"sql": "SELECT id, name, due, version FROM member WHERE CAST(id AS char) = :customer"}, "customer"
        )
        self.fill()

    def execute(self, statement: str) -> list[Any]:
        return self.server.execute(f"USE {self.name}", statement)

    def turn_off(self) -> None:
        self.server.execute(f"REVOKE ALL ON {self.name}.* FROM firstline@'127.0.0.1'")
        self.server.execute("ALTER USER firstline@'127.0.0.1' ACCOUNT LOCK")
        self.server.end_connections_of("firstline")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self.server.connected() as connection, connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLES {self.name}.member WRITE")
            yield

    def stalled(self) -> AbstractContextManager[None]:
        return self._locked()

    def close(self) -> None:
        self.connector.close()


@pytest.fixture(scope="module")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDbServer]:
    yield from mariadb_server(tmp_path_factory.mktemp("mariadb"))


class SqlContract(ConnectorContract):
    """What every database system must stand, besides the contract."""

    # Statements that begin as a view does and would change something.
    sly: tuple[str, ...] = ()

    def test_a_view_cannot_write_even_when_its_statement_would(self, target: Any) -> None:
        for statement in ("DELETE FROM member RETURNING id", "INSERT INTO member VALUES (3, 'x', 0, 1)", *self.sly):
            with pytest.raises(SourceRefused):
                target.connector.read(Statement(sql=statement), {}, limit=10, seconds=SECONDS)
        assert target.names() == {1: "Ada", 2: "Grace"}

    def test_all_records_of_one_write_change_or_none(self, target: Any) -> None:
        records = [{"record": 1, "version": 1, "name": "A"}, {"record": 2, "version": 7, "name": "B"}]
        with pytest.raises(SourceChanged):
            target.connector.write(target.write_name, records, key="k1", seconds=SECONDS)
        assert target.names() == {1: "Ada", 2: "Grace"}
        assert target.connector.was_written("k1", seconds=SECONDS) is False


class TestPostgreSql(SqlContract):
    sly = (
        "WITH new AS (INSERT INTO member VALUES (3, 'x', 0, 1) RETURNING id) SELECT id FROM new",
        "SELECT rename_all()",
        "SELECT nextval('counted')",
        "SELECT set_config('transaction_read_only', 'off', true), rename_all()",
        "SELECT * INTO other FROM member",
    )

    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = PostgreSqlTarget(tmp_path)
        made.execute("CREATE SEQUENCE counted")
        made.execute(
            "CREATE FUNCTION rename_all() RETURNS integer VOLATILE LANGUAGE sql AS"
            " $$ UPDATE member SET name = 'x'; SELECT 1 $$"
        )
        yield made
        made.close()

    @pytest.mark.parametrize("wrong", ["firstline:", "name"])
    def test_who_is_not_let_in_is_told_so_without_names(self, target: Any, wrong: str) -> None:
        part, other = (wrong, "somebody:") if wrong != "name" else (target.name, "elsewhere")
        target.secret_file("url", target.url.replace(part, other))
        with pytest.raises(SourceDown, match="the user, the password or the name of the database") as caught:
            self.read(target, 1)
        assert other.strip(":") not in str(caught.value)

    def test_a_query_without_end_is_ended(self, target: Any) -> None:
        with pytest.raises(SourceLate):
            target.connector.read(Statement(sql=ENDLESS.format(what="count(*)")), {}, limit=1, seconds=0.2)

    def test_of_a_view_without_end_only_the_rows_wanted_come_over(self, target: Any) -> None:
        rows = target.connector.read(Statement(sql=ENDLESS.format(what="i")), {}, limit=5, seconds=SECONDS)
        assert [row["i"] for row in rows] == [1, 2, 3, 4, 5]


class TestSqlite(SqlContract):
    sly = ("SELECT * FROM member; DELETE FROM member",)

    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = SqliteTarget(tmp_path)
        yield made
        made.close()

    def test_a_query_without_end_is_ended(self, target: Any) -> None:
        with pytest.raises(SourceLate):
            target.connector.read(Statement(sql=ENDLESS.format(what="count(*)")), {}, limit=1, seconds=0.2)

    def test_of_a_view_without_end_only_the_rows_wanted_come_over(self, target: Any) -> None:
        rows = target.connector.read(Statement(sql=ENDLESS.format(what="i")), {}, limit=5, seconds=SECONDS)
        assert [row["i"] for row in rows] == [1, 2, 3, 4, 5]

    def test_what_cannot_be_stored_is_replaced(self, target: Any) -> None:
        strange = Statement(sql="SELECT 'a' || char(0) || 'b' AS t, x'0102' AS b")
        assert target.connector.read(strange, {}, limit=1, seconds=SECONDS) == [{"t": "a\ufffdb", "b": "(…)"}]


@pytest.mark.xdist_group("mariadb")
class TestMariaDb(SqlContract):
    sly = (
        "SELECT rename_all()",
        "SELECT 1; DELETE FROM member",
        "SELECT nextval(counted)",
    )

    @pytest.fixture
    def target(self, tmp_path: Path, mariadb: MariaDbServer) -> Iterator[Any]:
        made = MariaDbTarget(tmp_path, mariadb)
        made.execute("CREATE SEQUENCE counted")
        made.execute("CREATE FUNCTION rename_all() RETURNS integer BEGIN UPDATE member SET name = 'x'; RETURN 1; END")
        yield made
        made.close()

    @pytest.mark.parametrize("wrong", ["firstline:", "name"])
    def test_who_is_not_let_in_is_told_so_without_names(self, target: Any, wrong: str) -> None:
        part, other = (wrong, "somebody:") if wrong != "name" else (target.name, "elsewhere")
        target.secret_file("url", target.url.replace(part, other))
        with pytest.raises(SourceDown, match="the user, the password or the name of the database") as caught:
            self.read(target, 1)
        assert other.strip(":") not in str(caught.value)

    def test_a_query_without_end_is_ended(self, target: Any) -> None:
        with pytest.raises(SourceLate):
            target.connector.read(Statement(sql="SELECT sleep(1000)"), {}, limit=1, seconds=0.2)

    def test_of_a_view_without_end_only_the_rows_wanted_come_over(self, target: Any) -> None:
        many = Statement(sql="SELECT a.seq AS i FROM seq_1_to_1000000 a ORDER BY i")
        rows = target.connector.read(many, {}, limit=5, seconds=SECONDS)
        assert [row["i"] for row in rows] == [1, 2, 3, 4, 5]


class TestAnyOtherByItsDriver(SqlContract):
    """Systems that we have no module for, shown on one that can be run everywhere."""

    @pytest.fixture
    def target(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        # As for a system that has no module of its own.
        monkeypatch.delitem(SYSTEMS, "sqlite")
        made = SqliteTarget(tmp_path)
        yield made
        made.close()

    def test_a_view_cannot_write_even_when_its_statement_would(self, target: Any) -> None:
        target.connector.read(Statement(sql="DELETE FROM member RETURNING id"), {}, limit=10, seconds=SECONDS)
        assert target.names() == {1: "Ada", 2: "Grace"}

    def test_waits_no_longer_than_it_was_given(self, target: Any) -> None:
        pytest.skip("how long a question takes is told to the drivers of SQL Server and Oracle, which aren't here")

    def test_says_that_a_system_is_down(self, target: Any) -> None:
        pytest.skip("a file that is open stays open; the systems that this is for are servers")

    def test_no_secret_stands_in_an_error_or_in_a_log(self, target: Any) -> None:
        pytest.skip("a file has no password")


def test_a_missing_driver_is_told(tmp_path: Path) -> None:
    class Elsewhere(SqliteTarget):
        def fill(self) -> None:
            """Nothing is asked but whether it can be opened."""

    target = Elsewhere(tmp_path)
    target.secret_file("url", f"oracle+oracledb://scott:{SECRET}@127.0.0.1/xe")
    with pytest.raises(SourceDown, match="driver for oracle isn't installed"):
        target.connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1;", []),
        ("SELECT 1; DELETE FROM member", ["bad-statement"]),
        ("SELECT ';'", ["bad-statement"]),
        ("SELECT 1 INTO OUTFILE '/tmp/x'", ["bad-statement"]),
        ("INSERT INTO member VALUES (1)", ["bad-statement"]),
        ("DROP TABLE member", ["bad-statement"]),
        ("SELECT :who", ["unknown-parameter"]),
    ],
)
def test_a_view_is_one_statement_that_reads(sql: str, code: list[str]) -> None:
    inner = part({"sql": sql})
    SqlParser().read(inner, frozenset({"customer"}))
    assert [one.code for one in inner.notes.problems] == code


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
