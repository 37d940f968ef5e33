"""The contract of all connectors: the same small table of members behind each system, asked and changed the same way."""

import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from firstline.crashpoints import Crash, crash_at
from firstline.definitions import Notebook, Part
from firstline.sources import connectors
from firstline.sources.connectors.table import CONNECTORS, open_connector
from firstline.sources.ports import Connector, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import MAX_TEXT

SECONDS = 10.0
MEMBERS = ((1, "Ada", "12.50", 1), (2, "Grace", "0.00", 1))
NASTY = "x'; DROP TABLE member; --/../../?a=1&b=2#)(uid=*))(|(<b>&amp;{{ 7*7 }}{name}=1+1\r\nX-Evil: 1"
SECRET = "hunter2-is-secret"
WRITABLE = frozenset({"name", "record", "version", "key"})


def part(content: dict[str, Any]) -> Part:
    return Part(content, (), Notebook(file="test"))


def checked(inner: Part, found: Any) -> Any:
    """Give what was read from a part that has no mistakes."""
    inner.end()
    assert inner.notes.problems == []
    return found


def points_of(kind: str) -> list[str]:
    """Name the crash points in the code of a connector."""
    folder = Path(connectors.__file__).parent / kind
    found = [re.findall(r'crash_point\("([^"]+)"\)', path.read_text()) for path in folder.rglob("*.py")]
    return sorted({name for names in found for name in names})


class Target:
    """What the contract needs of a system behind a connector."""

    kind: ClassVar[str]
    connector: Connector
    can_write = True
    # Whether a second write with the same key does nothing in the target itself.
    knows_keys = True
    # Whether it refuses to write over another version by itself, in one step.
    compares = True
    # What the address, the user or the token holds that nobody may ever read.
    secret = SECRET

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def opened(self, connection: dict[str, Any]) -> Connector:
        """Open the connector as a definition would."""
        inner = part(connection)
        parsed = checked(inner, CONNECTORS[self.kind].parser.connection(inner))
        return open_connector(self.kind, parsed, concurrency=3)

    def reading(self, content: dict[str, Any], *names: str) -> Any:
        inner = part(content)
        return checked(inner, CONNECTORS[self.kind].parser.read(inner, frozenset(names)))

    def writing(self, content: dict[str, Any]) -> Any:
        inner = part(content)
        return checked(inner, CONNECTORS[self.kind].parser.write(inner, WRITABLE))

    def secret_file(self, name: str, content: str) -> dict[str, str]:
        (self.folder / name).write_text(content)
        return {"file": str(self.folder / name)}

    # What a test asks a connector: one member by number, all of them, and a new name for one.
    read_one: Any
    read_all: Any
    write_name: Any

    def names(self) -> dict[int, str]:
        """What stands in the system, not seen through the connector."""
        raise NotImplementedError

    def rename(self, number: int, name: str) -> None:
        """Change it in the system itself."""
        raise NotImplementedError

    def writes(self) -> int | None:
        """How often something was changed; None where the system doesn't tell."""
        return None

    def turn_off(self) -> None:
        raise NotImplementedError

    def stalled(self) -> AbstractContextManager[None] | None:
        """Let the system take questions and not answer; None where that can't happen."""
        raise NotImplementedError

    def elsewhere(self) -> Connector | None:
        """Open it with another host on the list of allowed ones; None where it has no host."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class ConnectorContract:
    """Subclass it with a fixture `target`."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> Iterator[Any]:
        raise NotImplementedError

    @pytest.fixture
    def writable(self, target: Any) -> Any:
        if not target.can_write:
            pytest.skip(f"{target.kind} is only read")
        return target

    def read(self, target: Any, number: str | int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = target.connector.read(
            target.read_one, {"customer": str(number)}, limit=10, seconds=SECONDS
        )
        return rows

    def record(self, target: Any, number: int, name: str) -> dict[str, Any]:
        (row,) = self.read(target, number)
        record = row.get("record", number)
        return {"record": str(record), "version": row.get("@etag", row.get("version")), "name": name}

    def write(self, target: Any, record: dict[str, Any], key: str = "k1") -> None:
        target.connector.write(target.write_name, [record], key=key, seconds=SECONDS)

    def test_reads_one_row_with_its_values(self, target: Any) -> None:
        (row,) = self.read(target, 1)
        assert row["name"] == "Ada"
        assert Decimal(row["due"]) == Decimal("12.5")

    @pytest.mark.parametrize("number", ["99", "99 OR 1=1", "*", "", "1/..", "'"])
    def test_reads_nothing_of_who_is_not_there(self, target: Any, number: str) -> None:
        with suppress(SourceRefused):  # a system may also say that this is no number
            assert self.read(target, number) == []

    def test_reads_no_more_rows_than_wanted(self, target: Any) -> None:
        assert len(target.connector.read(target.read_all, {}, limit=1, seconds=SECONDS)) == 1
        assert len(target.connector.read(target.read_all, {}, limit=10, seconds=SECONDS)) == 2

    def test_long_texts_are_cut(self, target: Any) -> None:
        target.rename(1, "x" * (MAX_TEXT + 500))
        assert self.read(target, 1)[0]["name"] == "x" * MAX_TEXT

    def test_texts_come_as_they_are_and_nothing_in_them_is_carried_out(self, target: Any) -> None:
        nasty = "<script>alert(1)</script>{{ 7*7 }}{customer}=1+1"
        target.rename(1, nasty)
        assert self.read(target, 1)[0]["name"] == nasty

    def test_writes_what_has_the_version_that_was_read(self, writable: Any) -> None:
        self.write(writable, self.record(writable, 1, "Ada L."))
        assert writable.names() == {1: "Ada L.", 2: "Grace"}

    def test_writes_nothing_over_another_version(self, writable: Any) -> None:
        stale = self.record(writable, 1, "Ada L.")
        self.write(writable, self.record(writable, 1, "Ada K."))
        with pytest.raises(SourceChanged):
            self.write(writable, stale, key="k2")
        assert writable.names()[1] == "Ada K."

    def test_writes_once_per_key(self, writable: Any) -> None:
        if not writable.knows_keys:
            assert writable.connector.guarantee == "verified"
            return
        record = self.record(writable, 2, "Grace H.")
        for _ in range(3):
            self.write(writable, record)
        assert writable.names()[2] == "Grace H."
        assert writable.writes() == 1
        assert writable.connector.guarantee == "exactly-once"

    def test_what_dies_in_the_middle_of_a_write_is_written_once(self, writable: Any) -> None:
        points = points_of(writable.kind)
        assert points, "a connector that writes names the places where it may die"
        for number, point in enumerate(points):
            name, key = f"Grace {number}", f"k-{number}"
            with pytest.raises(Crash), crash_at(point):
                self.write(writable, self.record(writable, 2, name), key)
            # As a command does it: look first, then write what isn't there, with the same key.
            record = self.record(writable, 2, name)
            if self.read(writable, 2)[0]["name"] != name:
                self.write(writable, record, key)
            assert writable.names()[2] == name, point
            assert writable.writes() in (None, number + 1), point

    def test_says_whether_a_key_was_written_where_the_target_can_tell(self, writable: Any) -> None:
        before = writable.connector.was_written("k1", seconds=SECONDS)
        self.write(writable, self.record(writable, 2, "Grace H."))
        after = writable.connector.was_written("k1", seconds=SECONDS)
        assert (before, after) in [(False, True), (None, None)]

    def test_passes_on_what_the_system_refuses(self, writable: Any) -> None:
        with pytest.raises(SourceRefused) as caught:
            self.write(writable, self.record(writable, 1, "nobody"))
        assert str(caught.value)
        assert writable.names()[1] == "Ada"

    def test_takes_values_as_values_and_never_as_part_of_the_question(self, writable: Any) -> None:
        nasty = self.as_sent(NASTY)
        self.write(writable, self.record(writable, 1, nasty))
        assert writable.names() == {1: nasty, 2: "Grace"}

    def as_sent(self, text: str) -> str:
        """What of a text the system can take at all."""
        return text

    def test_says_that_a_system_is_down(self, target: Any) -> None:
        self.read(target, 1)
        target.turn_off()
        with pytest.raises(SourceDown):
            self.read(target, 1)

    def test_waits_no_longer_than_it_was_given(self, target: Any) -> None:
        stalled = target.stalled()
        if stalled is None:
            pytest.skip(f"{target.kind} answers at once or not at all")
        self.read(target, 1)
        with stalled, pytest.raises((SourceLate, SourceDown)):
            target.connector.read(target.read_one, {"customer": "1"}, limit=1, seconds=0.3)
        assert self.read(target, 1)

    def test_asks_no_host_that_is_not_allowed(self, target: Any) -> None:
        elsewhere = target.elsewhere()
        if elsewhere is None:
            pytest.skip(f"{target.kind} asks no host")
        with pytest.raises(SourceRefused, match="allowed hosts"):
            elsewhere.read(target.read_one, {"customer": "1"}, limit=1, seconds=SECONDS)
        elsewhere.close()

    def test_says_that_its_access_data_are_missing(self, target: Any) -> None:
        target.connector.close()
        (target.folder / "url").unlink()
        with pytest.raises(SourceDown, match="access data are missing"):
            self.read(target, 1)

    def test_access_data_that_were_changed_count_at_once(self, target: Any) -> None:
        self.read(target, 1)
        place = target.folder / "url"
        known = place.read_text()
        place.write_text("nowhere")
        with pytest.raises((SourceDown, SourceRefused)):
            self.read(target, 1)
        place.write_text(known)
        assert self.read(target, 1)[0]["name"] == "Ada"

    def test_no_secret_stands_in_an_error_or_in_a_log(self, target: Any, caplog: pytest.LogCaptureFixture) -> None:
        told: list[str] = []
        with caplog.at_level(logging.DEBUG):
            self.read(target, 1)
            if target.can_write:
                try:
                    self.write(target, self.record(target, 1, "nobody"))
                except SourceRefused as error:
                    told.append(repr(error))
            target.turn_off()
            try:
                self.read(target, 1)
            except SourceDown as error:
                told.append(repr(error))
        assert told
        assert target.secret not in "".join(told) + caplog.text + repr(target.connector)
