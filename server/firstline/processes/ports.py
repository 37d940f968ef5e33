"""What the engine asks of others: workers for its jobs, a maker of decisions, a store for its state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from bpmn import Key, State, Step
from firstline.outbox.ports import TryAgain

__all__ = ["BpmnError", "Business", "Decide", "Job", "JobFailed", "OpenBusiness", "Store", "TryAgain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt at a step for a machine.

    `key` is the same for every attempt, also after an incident: use it where the other side knows idempotency keys.
    The worker returns variables; it may raise TryAgain, BpmnError, JobFailed, or a FirstlineError, whose code is
    thrown as a BPMN error.
    """

    id: UUID
    key: str
    type: str
    instance_id: UUID
    business_id: UUID | None
    element_id: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    # Counts from 1.
    attempt: int
    now: datetime


class BpmnError(Exception):
    """Throw a BPMN error at the task; a boundary event may catch it, else it is an incident."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.variables = variables or {}


class JobFailed(Exception):
    """Trying again can't help: an incident, for a person."""


class Decide(Protocol):
    """The maker of decisions that `config.subscriptions.DECIDE` names.

    `binding` is what the task says about the version: "latest" is the one deployed last, "versionTag" the one with `version_tag`
    deployed last, else the release's own is meant.
    Raises: FirstlineError when there is no result; it becomes an incident.
    """

    def __call__(
        self,
        *,
        release_id: str,
        decision_id: str,
        context: Mapping[str, Any],
        instance_id: UUID,
        business_id: UUID | None,
        element_id: str,
        now: datetime,
        binding: str,
        version_tag: str,
    ) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """What an instance that began by itself is about: an id, and what the instance knows of it from the start."""

    id: UUID
    variables: Mapping[str, Any]


class OpenBusiness(Protocol):
    """Opens what an instance that begins by itself is about, as `config.subscriptions.OPEN_BUSINESS` says; None = nothing.

    `variables` are what the event brings. Raises: FirstlineError when it can't be opened; nothing begins until a person retries.
    """

    def __call__(
        self, *, release_id: str, process_id: str, instance_id: UUID, variables: Mapping[str, Any], now: datetime
    ) -> Business | None: ...


class Store(Protocol):
    """One instance's state in a store, for one step."""

    def begin(self) -> State:
        """Make a slice that knows the head of the instance and nothing else; complete and empty before its start."""

    def load(self, state: State, keys: Iterable[Key]) -> None:
        """Add the rows of `keys` to the slice, also the knowledge that there are none."""

    def save(self, state: State, step: Step, *, now: datetime) -> None:
        """Write what the step changed over the slice `state`, and append its facts to the history."""
