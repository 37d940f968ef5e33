"""What the tests of the engine share: a clock, a house that listens, workers."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from firstline import clock
from firstline.config import subscriptions
from firstline.processes import actions, events
from firstline.processes.ports import Job

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASE = UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.fixed(NOON):
        yield


@pytest.fixture(autouse=True)
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every event that was announced, in order; nobody else hears them."""
    said: list[Any] = []
    kinds = (
        events.TaskCreated,
        events.TaskAssigned,
        events.TaskCompleted,
        events.TaskCancelled,
        events.InstanceEnded,
        events.IncidentRaised,
        events.IncidentResolved,
        events.InstanceMigrated,
    )
    monkeypatch.setattr(subscriptions, "SUBSCRIPTIONS", dict.fromkeys(kinds, (said.append,)))
    return said


@pytest.fixture
def run() -> Callable[..., UUID]:
    """Deploy a model and start its process for the case."""

    def start(xml: bytes, process_id: str = "p", release_id: str = "release", **variables: Any) -> UUID:
        actions.deploy(release_id=release_id, xml=xml)
        return actions.start_instance(
            release_id=release_id, process_id=process_id, business_id=CASE, variables=variables
        )

    return start


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[Job], Any]]:
    """Workers by job type; a test puts its own in."""
    known: dict[str, Callable[[Job], Any]] = {}
    monkeypatch.setattr(subscriptions, "JOB_WORKERS", _Paths(known))
    monkeypatch.setattr("firstline.processes.adapters.performing.import_string", known.__getitem__)
    return known


class _Paths(dict[str, str]):
    """Every worker that is known is found under its own type."""

    def __init__(self, known: dict[str, Any]) -> None:
        super().__init__()
        self._known = known

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __getitem__(self, key: str) -> str:
        return key
