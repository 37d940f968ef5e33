"""The rate limit of a source: in a row, and nobody waits longer than they want to."""

from typing import Any

import pytest

from firstline.sources.adapters import pacing
from firstline.sources.adapters.pacing import PacedConnector
from firstline.sources.ports import SourceLate
from firstline.sources.rules.pace import Pace


class Counting:
    guarantee = "verified"

    def __init__(self) -> None:
        self.asked: list[float] = []

    def read(self, read: Any, parameters: Any, *, limit: int, seconds: float) -> list[Any]:
        self.asked.append(seconds)
        return []

    def write(self, write: Any, records: Any, *, key: str, seconds: float) -> None:
        self.asked.append(seconds)

    def was_written(self, key: str, *, seconds: float) -> None:
        self.asked.append(seconds)

    def close(self) -> None:
        pass


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands, but for those who sleep."""
    waits: list[float] = []

    class Time:
        @staticmethod
        def monotonic() -> float:
            return 100.0 + sum(waits)

        @staticmethod
        def sleep(seconds: float) -> None:
            waits.append(seconds)

    monkeypatch.setattr(pacing, "time", Time)
    return waits


def test_whoever_asks_waits_for_their_place(slept: list[float]) -> None:
    inner = Counting()
    connector = PacedConnector(inner, Pace(questions=2, seconds=1.0))  # type: ignore[arg-type]
    connector.read(None, {}, limit=1, seconds=5)
    connector.write(None, [], key="k", seconds=5)
    connector.was_written("k", seconds=5)
    assert slept == [0.0, 0.0, 0.5]
    assert inner.asked == [5, 5, 4.5]


def test_who_cannot_wait_takes_no_place(slept: list[float]) -> None:
    connector = PacedConnector(Counting(), Pace(questions=1, seconds=60.0))  # type: ignore[arg-type]
    connector.read(None, {}, limit=1, seconds=5)
    for _ in range(3):
        with pytest.raises(SourceLate, match="as often as it may be"):
            connector.read(None, {}, limit=1, seconds=5)
    connector.read(None, {}, limit=1, seconds=61)
    assert slept == [0.0, 60.0]
