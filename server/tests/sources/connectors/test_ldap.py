"""Directories: the contract on a real slapd, and how filters are made."""

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.ldap.connector import MAX_ANSWER_BYTES, filter_of
from firstline.sources.connectors.ldap.definition import LdapParser
from firstline.sources.ports import Connector, SourceDown, SourceRefused
from tests.sources.connectors.contract import MEMBERS, SECONDS, SECRET, ConnectorContract, Target, part
from tests.sources.connectors.servers import Slapd, slapd, wait_for

pytestmark = pytest.mark.xdist_group("slapd")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    yield from slapd(tmp_path_factory.mktemp("slapd"), password=SECRET)


class LdapTarget(Target):
    """Members are persons; what they owe stands in a field for texts, their version is what the directory counts."""

    kind = "ldap"
    knows_keys = False

    def __init__(self, folder: Path, server: Slapd) -> None:
        super().__init__(folder)
        self.server = server
        server.fill(
            [
                {"uid": str(number), "cn": name, "sn": "x", "title": due, "objectClass": "inetOrgPerson"}
                for number, name, due, _ in MEMBERS
            ]
        )
        self.connector = self.opened(self.connection())
        named = ["uid", "cn", "title", "entryCSN"]
        person = {"uid": "{customer}", "objectClass": "inetOrgPerson"}
        self.read_one = self.reading({"where": person, "attributes": named}, "customer")
        self.read_all = self.reading({"where": {"objectClass": "inetOrgPerson"}})
        self.write_name = self.writing({"replace": {"cn": "{name}"}})

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "url": self.secret_file("url", self.server.url),
            "user": self.secret_file("user", self.server.admin),
            "password": self.secret_file("password", SECRET),
            "base": self.server.base,
            **more,
        }

    def names(self) -> dict[int, str]:
        return {int(one["uid"]): one["cn"] for one in self.server.persons()}

    def rename(self, number: int, name: str) -> None:
        self.server.replace(str(number), "cn", name)

    def turn_off(self) -> None:
        self.server.turn_off()

    @contextmanager
    def _asleep(self) -> Iterator[None]:
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            wait_for(lambda: all(state in "Tt" for state in self._states()), "the stop")
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)

    def _states(self) -> list[str]:
        threads = Path(f"/proc/{self.server.process.pid}/task").glob("*/stat")
        return [one.read_text().rpartition(")")[2].split()[0] for one in threads]

    def stalled(self) -> AbstractContextManager[None]:
        return self._asleep()

    def elsewhere(self) -> Connector:
        return self.opened(self.connection(allow=["ldap.example.com"]))

    def close(self) -> None:
        self.server.turn_on()


class TestLdap(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path, directory: Slapd) -> Iterator[Any]:
        made = LdapTarget(tmp_path, directory)
        yield made
        made.close()

    def read(self, target: Any, number: str | int) -> list[dict[str, Any]]:
        return [
            {**row, "name": row["cn"], "due": row["title"], "record": row["dn"], "version": row["entryCSN"]}
            for row in super().read(target, number)
        ]

    def test_passes_on_what_the_system_refuses(self, target: Any) -> None:
        with pytest.raises(SourceRefused):
            self.write(target, self.record(target, 1, ""))  # a person must have a name
        assert target.names()[1] == "Ada"

    def test_a_name_outside_the_base_is_not_written_to(self, target: Any) -> None:
        for name in ("cn=admin,dc=other,dc=test", "", "no name", f"uid=1,ou=x,{target.server.base},dc=more"):
            with pytest.raises(SourceRefused, match="below the base"):
                self.write(target, {"record": name, "version": None, "name": "x"})

    def test_a_place_that_is_not_there_is_told(self, target: Any) -> None:
        connector = target.opened(target.connection(base=f"ou=elsewhere,{target.server.base}"))
        with pytest.raises(SourceRefused, match="no such place"):
            connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)

    def test_a_directory_without_encryption_is_told(self, target: Any) -> None:
        connector = target.opened(target.connection(starttls=True))
        with pytest.raises(SourceDown, match="leave 'starttls' out"):
            connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)

    def test_a_wrong_password_is_for_somebody_to_mend(self, target: Any) -> None:
        target.secret_file("password", "wrong")
        with pytest.raises(SourceDown, match="access data"):
            self.read(target, 1)

    def test_an_answer_out_of_all_bounds_is_refused(self, target: Any) -> None:
        target.rename(1, "x" * MAX_ANSWER_BYTES)
        with pytest.raises(SourceRefused, match="larger than"):
            self.read(target, 1)


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("ada", "(uid=ada)"),
        ("*", r"(uid=\2a)"),
        ("a)(uid=*", r"(uid=a\29\28uid=\2a)"),
        ("a\\b\x00", r"(uid=a\5cb\00)"),
        ("Köln", r"(uid=K\c3\b6ln)"),
        (None, "(uid=)"),
    ],
)
def test_a_value_stays_one_value_of_the_filter(value: str | None, made: str) -> None:
    assert filter_of({"uid": "{customer}"}, {"customer": value}) == made


@pytest.mark.parametrize(
    "content",
    [{}, {"where": {"uid)(x": "1"}}, {"where": {"uid": "{who}"}}, {"where": {"uid": "1"}, "attributes": ["a b"]}],
)
def test_names_are_checked(content: dict[str, Any]) -> None:
    inner = part(content)
    LdapParser().read(inner, frozenset({"customer"}))
    assert len(inner.notes.problems) == 1
