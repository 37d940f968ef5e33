"""Files: the contract on each format, which file counts, and what is broken."""

import csv
import getpass
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.files import connector as files_connector
from firstline.sources.connectors.files.definition import FilesParser
from firstline.sources.ports import Connector, SourceDown, SourceRefused
from tests.sources.connectors.contract import MEMBERS, SECONDS, ConnectorContract, Target, checked, part
from tests.sources.connectors.servers import Sshd, sshd


class FilesTarget(Target):
    kind = "files"
    can_write = False
    format: str
    suffix: str

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder)
        # Where the files lie is nobody's business.
        self.hot = folder / self.secret
        self.hot.mkdir()
        self.members = {number: [number, name, Decimal(due), version] for number, name, due, version in MEMBERS}
        self.count = 0
        self.more = more
        self.connector = self.opened(self.connection(**more))
        self.read_one = self.reading({"where": {"id": "{customer}"}}, "customer")
        self.read_all = self.reading({"order": "id desc"})
        self.put()

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "folder": self.secret_file("url", str(self.hot)),
            "pattern": f"members-*.{self.suffix}",
            "format": self.format,
            "columns": {"due": "number"},
            **more,
        }

    def put(self, name: str = "", *, age_seconds: float = 60) -> Path:
        """Put a file of all members into the folder, as old as wanted."""
        self.count += 1
        path = self.hot / (name or f"members-{self.count}.{self.suffix}")
        self.make(path)
        moment = time.time() - age_seconds + self.count
        os.utime(path, (moment, moment))
        return path

    def make(self, path: Path) -> None:
        raise NotImplementedError

    @property
    def rows(self) -> list[list[Any]]:
        return [["id", "name", "due", "version"], *self.members.values()]

    def rename(self, number: int, name: str) -> None:
        self.members[number][1] = name
        self.put()

    def turn_off(self) -> None:
        self.hot.rename(self.hot.with_suffix(".off"))

    def stalled(self) -> None:
        return None

    def elsewhere(self) -> None:
        return None

    def close(self) -> None:
        self.connector.close()


class CsvTarget(FilesTarget):
    format = suffix = "csv"

    def make(self, path: Path) -> None:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(self.rows)


class ExcelTarget(FilesTarget):
    format, suffix = "excel", "xlsx"

    def make(self, path: Path) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        for row in self.rows:
            sheet.append(row)
        book.save(path)
        book.close()


class ParquetTarget(FilesTarget):
    format = suffix = "parquet"

    def make(self, path: Path) -> None:
        import duckdb

        with duckdb.connect() as database:
            database.execute("CREATE TABLE t (id INTEGER, name VARCHAR, due DECIMAL(8, 2), version INTEGER)")
            database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", self.rows[1:])
            database.execute(f"COPY t TO '{path}' (FORMAT parquet)")


class TestCsv(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = CsvTarget(tmp_path)
        yield made
        made.close()

    def test_the_newest_complete_file_counts(self, target: Any) -> None:
        target.members[1][1] = "Ada K."
        target.put("members-9.csv.part")
        target.put(".members-9.csv")
        target.put("others-9.csv")
        target.put("members-9.csv", age_seconds=0)
        (target.hot / "members-8.csv").symlink_to(target.put("elsewhere.csv"))
        assert self.read(target, 1)[0]["name"] == "Ada"
        target.put()
        assert self.read(target, 1)[0]["name"] == "Ada K."

    def test_a_file_that_is_read_in_is_kept_until_a_newer_one_comes(
        self, target: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.read(target, 1)
        monkeypatch.setattr(files_connector, "FileIndex", None)
        assert self.read(target, 2)[0]["name"] == "Grace"
        assert len(target.connector.read(target.read_all, {}, limit=9, seconds=SECONDS)) == 2

    def test_no_complete_file_means_that_the_source_is_down(self, target: Any) -> None:
        for file in target.hot.iterdir():
            file.unlink()
        with pytest.raises(SourceDown, match="no complete file"):
            self.read(target, 1)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "first row"),
            (b"id,id\n1,2\n", "first row"),
            (b"id,,c\n1,2,3\n", "first row"),
            (b"id,name\n1,Ada\n2\n", "row 3 has 1 values instead of 2"),
            (b'id,name\n1,"Ada\n', "it is no csv"),
            (b"id,name\n1,\xff\xfe\n", "it is no csv"),
            (b"number,name\n1,Ada\n", "no column 'id'"),
            (b"id,name\n1," + b"x" * 200_000 + b"\n", "it is no csv"),
        ],
    )
    def test_a_broken_file_is_told(self, target: Any, content: bytes, says: str) -> None:
        path = target.put()
        path.write_bytes(content)
        os.utime(path, (time.time() - 30,) * 2)
        with pytest.raises(SourceRefused, match=says):
            self.read(target, 1)

    def test_too_large_a_file_is_not_read(self, target: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(files_connector, "MAX_FILE_BYTES", 10)
        with pytest.raises(SourceRefused, match="larger than 10 bytes"):
            self.read(target, 1)

    def test_nothing_is_ever_written(self, target: Any) -> None:
        with pytest.raises(SourceRefused, match="only read"):
            target.connector.write(None, [], key="k", seconds=SECONDS)
        inner = part({"anything": 1})
        FilesParser().write(inner, frozenset())
        assert [one.code for one in inner.notes.problems] == ["only-read"]


def test_numbers_and_dates_are_read_as_the_house_writes_them(tmp_path: Path) -> None:
    class German(CsvTarget):
        @property
        def rows(self) -> list[list[Any]]:
            return [["id", "due", "on"], ["1", "1.234,50", "05.01.2026"], ["1", "9,00", "29.02.2024"], ["1", "x", "?"]]

    target = German(tmp_path, columns={"due": "number", "on": "date"}, decimal=",", dates="%d.%m.%Y")
    for order, first in (("due", "9.00"), ("due desc", "1234.50"), ("on", "9.00")):
        question = target.reading({"where": {"id": "{customer}"}, "order": order}, "customer")
        rows = target.connector.read(question, {"customer": "1"}, limit=9, seconds=SECONDS)
        assert (rows[0]["due"], rows[2]["due"]) == (Decimal(first), "x")
    target.close()


class TestExcel(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = ExcelTarget(tmp_path)
        yield made
        made.close()

    def test_a_sheet_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "more").mkdir()
        made = ExcelTarget(tmp_path / "more", sheet="Customers")
        with pytest.raises(SourceRefused, match="no sheet 'Customers'"):
            self.read(made, 1)
        made.close()

    def test_what_unfolds_without_bound_is_not_unfolded(self, target: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("firstline.sources.connectors.files.formats.MAX_UNFOLDED_BYTES", 100)
        with pytest.raises(SourceRefused, match="unfolds without bound"):
            self.read(target, 1)

    def test_entities_lead_nowhere(self, target: Any) -> None:
        good = target.put()
        path = target.hot / f"members-{target.count + 1}.xlsx"
        evil = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        with zipfile.ZipFile(good) as old, zipfile.ZipFile(path, "w") as new:
            for one in old.namelist():
                content = old.read(one)
                if one.endswith("sheet1.xml"):
                    content = evil + content.replace(b"Ada", b"&e;")
                if one.endswith("sharedStrings.xml"):
                    content = evil + content.replace(b"Ada", b"&e;")
                new.writestr(one, content)
        os.utime(path, (time.time() - 10,) * 2)
        try:
            found = str(self.read(target, 1))
        except SourceRefused as error:
            found = str(error)
        assert "root:" not in found

    def test_a_broken_file_is_told(self, target: Any) -> None:
        path = target.put()
        path.write_bytes(b"PK no archive")
        os.utime(path, (time.time() - 10,) * 2)
        with pytest.raises(SourceRefused, match="it is no excel"):
            self.read(target, 1)


class TestParquet(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        made = ParquetTarget(tmp_path)
        yield made
        made.close()

    def test_a_broken_file_is_told(self, target: Any) -> None:
        path = target.put()
        path.write_bytes(b"PAR1 and nothing more")
        os.utime(path, (time.time() - 10,) * 2)
        with pytest.raises(SourceRefused, match="it is no parquet"):
            self.read(target, 1)


class SftpTarget(CsvTarget):
    """The same folder, seen through a host."""

    def __init__(self, folder: Path, host: Sshd, **more: Any) -> None:
        self.host = host
        super().__init__(folder, **more)

    def connection(self, **more: Any) -> dict[str, Any]:
        place = f"sftp://{getpass.getuser()}@127.0.0.1:{self.host.port}{self.hot}"
        return {
            **super().connection(),
            "folder": self.secret_file("url", place),
            "key": self.secret_file("key", self.host.private("mine")),
            "host_key": self.host.public("host"),
            "look_every": "0 s",
            **more,
        }

    def turn_off(self) -> None:
        self.host.turn_off()

    @contextmanager
    def _asleep(self) -> Iterator[None]:
        self.host.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.host.process.send_signal(signal.SIGCONT)

    def stalled(self) -> AbstractContextManager[None]:
        return self._asleep()

    def elsewhere(self) -> Connector:
        return self.opened(self.connection(allow=["files.example.com"]))

    def close(self) -> None:
        super().close()
        self.host.turn_on()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    yield from sshd(tmp_path_factory.mktemp("sshd"))


@pytest.mark.xdist_group("sshd")
class TestSftp(ConnectorContract):
    @pytest.fixture
    def target(self, tmp_path: Path, host: Sshd) -> Iterator[Any]:
        made = SftpTarget(tmp_path, host)
        yield made
        made.close()

    def test_the_newest_complete_file_counts(self, target: Any) -> None:
        target.members[1][1] = "Ada K."
        target.put("members-9.csv.part")
        target.put(".members-9.csv")
        target.put("members-9.csv", age_seconds=0)
        (target.hot / "members-8.csv").symlink_to(target.put("elsewhere.csv"))
        assert self.read(target, 1)[0]["name"] == "Ada"
        target.put()
        assert self.read(target, 1)[0]["name"] == "Ada K."

    def test_it_is_looked_at_again_only_after_a_while(self, target: Any) -> None:
        target.connector.close()
        target.connector = target.opened(target.connection(look_every="1 h"))
        self.read(target, 1)
        target.turn_off()
        assert self.read(target, 2)[0]["name"] == "Grace"

    def test_another_host_under_its_address_is_not_spoken_to(self, target: Any, host: Sshd) -> None:
        connector = target.opened(target.connection(host_key=host.public("other")))
        with pytest.raises(SourceDown, match="another machine answers"):
            connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)

    @pytest.mark.parametrize("key", ["other", ""])
    def test_a_key_that_it_does_not_know_is_for_somebody_to_mend(self, target: Any, host: Sshd, key: str) -> None:
        target.secret_file("key", host.private(key) if key else "no key at all")
        with pytest.raises(SourceDown, match="access data" if key else "private key without a passphrase"):
            self.read(target, 1)

    def test_nobody_is_spoken_to_whom_the_definition_does_not_say_to_trust(self, target: Any) -> None:
        connection = {name: one for name, one in target.connection().items() if name not in ("key", "host_key")}
        connector = target.opened(connection)
        with pytest.raises(SourceRefused, match="whom to trust"):
            connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)

    @pytest.mark.parametrize(
        "place", ["sftp://nobody-named/x", "sftp://ada:word@h/x", "sftp://ada@h:no/x", "sftp:///x"]
    )
    def test_a_place_that_is_none_is_told_without_saying_it(self, target: Any, place: str) -> None:
        target.secret_file("url", place)
        with pytest.raises(SourceDown, match="sftp://user@host/path"):
            self.read(target, 1)

    def test_a_folder_that_is_not_there_is_told(self, target: Any) -> None:
        target.hot.rename(target.hot.with_suffix(".off"))
        with pytest.raises(SourceDown, match="folder can't be read"):
            self.read(target, 1)

    def test_a_document_is_fetched_and_no_link_and_nothing_outside(self, target: Any) -> None:
        (target.hot / "contract 1.pdf").write_bytes(b"%PDF-1.7 " + bytes(100_000))
        (target.folder / "outside.pdf").write_bytes(b"%PDF")
        (target.hot / "link.pdf").symlink_to(target.folder / "outside.pdf")
        inner = part({"file": "{document}"})
        wanted = checked(inner, FilesParser().document(inner, frozenset({"document"})))

        def fetched(name: str) -> Any:
            return target.connector.fetch(wanted, {"document": name}, seconds=SECONDS)

        assert fetched("contract 1.pdf") == b"%PDF-1.7 " + bytes(100_000)
        assert fetched("nothing.pdf") is None
        for name in ("link.pdf", "../outside.pdf", ".", ""):
            with pytest.raises(SourceRefused, match="no name of a file"):
                fetched(name)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"pattern": "../*.csv"}, "bad-path"),
        ({"format": "word"}, "no-choice"),
        ({"delimiter": ";;"}, "bad-text"),
        ({"columns": {"due": "money"}}, "no-choice"),
        ({"folder": "/data"}, "open-secret"),
        ({"key": {"env": "K"}}, "missing"),
        ({"host_key": "AAAA"}, "bad-key"),
        ({"key": {"env": "K"}, "password": {"env": "P"}, "host_key": "ssh-ed25519 " + "A" * 68}, "twofold"),
    ],
)
def test_a_connection_is_checked(more: dict[str, Any], code: str) -> None:
    inner = part({"folder": {"env": "F"}, "pattern": "*.csv", "format": "csv", **more})
    FilesParser().connection(inner)
    assert [one.code for one in inner.notes.problems] == [code]
