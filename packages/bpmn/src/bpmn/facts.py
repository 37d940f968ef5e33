"""What happened, in order: the only way state changes, and the history.

Every fact is a frozen value of plain parts; ids are opaque texts that the caller made. `SCHEMA_VERSION` grows when an old
fact must be read differently. Facts listed in `EFFECTS` also ask something of the world; carrying that out is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SCHEMA_VERSION = 1

Stage = Literal["enter", "begin", "leave", "job"]
"""Where an element instance stopped, and so where a retry goes on."""


Resolution = Literal["retried", "cancelled"]
Outcome = Literal["completed", "terminated", "cancelled", "error"]


@dataclass(frozen=True, slots=True)
class InstanceStarted:
    instance_id: str
    process_id: str
    business_id: str
    # The call of another instance that waits for this one's result.
    call_id: str | None


@dataclass(frozen=True, slots=True)
class InstanceEnded:
    instance_id: str
    outcome: Outcome
    error_code: str
    error_message: str
    call_id: str | None
    # What the caller gets; empty when nobody waits for it.
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ElementEntered:
    id: str
    element_id: str
    scope_id: str
    # The flow that brought the token; None where a token begins: a start event, a boundary event.
    flow_id: str | None


@dataclass(frozen=True, slots=True)
class ElementLeft:
    id: str
    element_id: str
    scope_id: str
    # Where the token goes on: none = it ends here, several = it becomes several.
    flow_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ElementCancelled:
    id: str
    element_id: str
    scope_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class TokenArrived:
    scope_id: str
    element_id: str
    flow_id: str


@dataclass(frozen=True, slots=True)
class TokensJoined:
    """The tokens of `flow_ids` became one, in the element instance `id`."""

    id: str
    element_id: str
    scope_id: str
    flow_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokensDiscarded:
    """Tokens were cancelled with their scope; one entry per token."""

    scope_id: str
    # The join where they waited; "" = they were still on their way.
    element_id: str
    flow_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class VariableSet:
    scope_id: str
    name: str
    value: object


@dataclass(frozen=True, slots=True)
class DecisionMade:
    element_instance_id: str
    element_id: str
    decision_id: str


@dataclass(frozen=True, slots=True)
class ErrorThrown:
    element_instance_id: str
    element_id: str
    error_code: str
    message: str
    # The boundary event that catches it; None = it ends the instance.
    caught_by: str | None


@dataclass(frozen=True, slots=True)
class JobCreated:
    id: str
    element_instance_id: str
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JobCompleted:
    id: str
    element_instance_id: str
    element_id: str


@dataclass(frozen=True, slots=True)
class JobFailed:
    id: str
    element_instance_id: str
    element_id: str
    message: str
    retries_left: int


@dataclass(frozen=True, slots=True)
class JobRetried:
    """The same job, with the same key, goes out again; `round` counts from 1."""

    id: str
    element_instance_id: str
    element_id: str
    round: int


@dataclass(frozen=True, slots=True)
class TaskCreated:
    id: str
    element_instance_id: str
    element_id: str
    name: str
    form_id: str
    assignee: str
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    id: str
    element_instance_id: str
    element_id: str
    completed_by: str


@dataclass(frozen=True, slots=True)
class TimerScheduled:
    id: str
    element_instance_id: str
    # The event that happens: the element instance's own, or a boundary event on it.
    element_id: str
    due_at: datetime
    # Of a cycle: the ISO duration until the next, and how many times are left after this one (None = for ever).
    interval: str
    repetitions_left: int | None


@dataclass(frozen=True, slots=True)
class TimerTriggered:
    id: str
    element_instance_id: str
    element_id: str


@dataclass(frozen=True, slots=True)
class MessageSubscribed:
    id: str
    element_instance_id: str
    element_id: str
    name: str
    key: str


@dataclass(frozen=True, slots=True)
class MessageReceived:
    id: str
    element_instance_id: str
    element_id: str
    message_id: str
    # A boundary event that doesn't interrupt goes on listening.
    still_open: bool


@dataclass(frozen=True, slots=True)
class CallStarted:
    id: str
    element_instance_id: str
    element_id: str
    process_id: str
    binding: str
    variables: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class CallCompleted:
    id: str
    element_instance_id: str
    element_id: str


@dataclass(frozen=True, slots=True)
class CallFailed:
    id: str
    element_instance_id: str
    element_id: str
    error_code: str
    message: str


@dataclass(frozen=True, slots=True)
class WaitCancelled:
    """A job, task, timer, subscription or call that nobody waits for any more."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class IncidentRepeated:
    """A retry failed again; the incident stays open."""

    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class IncidentResolved:
    id: str
    element_instance_id: str
    element_id: str
    # "retried" = the step has succeeded since; "cancelled" = the element is gone.
    how: Resolution


Opening = JobCreated | TaskCreated | TimerScheduled | MessageSubscribed | CallStarted

Fact = (
    InstanceStarted
    | InstanceEnded
    | ElementEntered
    | ElementLeft
    | ElementCancelled
    | TokenArrived
    | TokensJoined
    | TokensDiscarded
    | VariableSet
    | DecisionMade
    | ErrorThrown
    | JobCreated
    | JobCompleted
    | JobFailed
    | JobRetried
    | TaskCreated
    | TaskCompleted
    | TimerScheduled
    | TimerTriggered
    | MessageSubscribed
    | MessageReceived
    | CallStarted
    | CallCompleted
    | CallFailed
    | WaitCancelled
    | IncidentRaised
    | IncidentRepeated
    | IncidentResolved
)

EFFECTS = (
    JobCreated,
    JobRetried,
    TaskCreated,
    TimerScheduled,
    MessageSubscribed,
    CallStarted,
    WaitCancelled,
    InstanceEnded,
)
"""Facts that ask something of the world: do this job, show this task, wake me then, listen, start that, stop waiting."""
