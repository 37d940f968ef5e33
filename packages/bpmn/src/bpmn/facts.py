"""What happened, in order: the only way state changes, and the history.

Every fact is a value of plain parts that nobody changes; ids are opaque texts that the caller made. `SCHEMA_VERSION` grows when
an old fact must be read differently.
Facts listed in `EFFECTS` also ask something of the world; carrying that out is the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar, dataclass_transform

from bpmn._rows import Pending

SCHEMA_VERSION = 1

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def _fact(kind: type[_T]) -> type[_T]:
    """Make a dataclass that only type checkers hold to be frozen: if Python did, making one would take five times as long."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


Stage = Literal["enter", "begin", "leave", "job", "round", "condition", "reset"]
"""Where an element instance stopped, and so where a retry goes on.

"round" = between two rounds of an activity that repeats, or two steps of an ad-hoc subprocess; "condition" = one of the
conditions that it waits for; "reset" = a complex gateway with the tokens that came late.
"""


NewMode = Literal["interrupted", "closing", "cancelling", "returning", ""]
Resolution = Literal["retried", "cancelled"]
Outcome = Literal["completed", "terminated", "cancelled", "error"]


@_fact
class InstanceStarted:
    instance_id: str
    process_id: str
    business_id: str
    # The call of another instance that waits for this one's result.
    call_id: str | None


@_fact
class InstanceEnded:
    instance_id: str
    outcome: Outcome
    error_code: str
    error_message: str
    call_id: str | None
    # What the caller gets; empty when nobody waits for it.
    variables: Mapping[str, object]


@_fact
class Paused:
    """The step stopped before all was done; the next one goes on, whatever its command is."""

    instance_id: str
    pending: Pending


@_fact
class Resumed:
    """What was pending is under way again."""

    instance_id: str


@_fact
class InstanceSuspended:
    instance_id: str
    reason: str


@_fact
class InstanceResumed:
    instance_id: str
    reason: str


@_fact
class ElementEntered:
    id: str
    element_id: str
    scope_id: str
    # The flow that brought the token; None where a token begins: a start event, a boundary event.
    flow_id: str | None
    # In an activity that repeats, the number of this instance, from 1; 0 = the activity as a whole, or one that doesn't.
    # Of a start event that needs all of its triggers, the number of the one that began the instance.
    round: int = 0


@_fact
class ElementLeft:
    id: str
    element_id: str
    scope_id: str
    # Where the token goes on: none = it ends here, several = it becomes several.
    flow_ids: tuple[str, ...]


@_fact
class ElementCancelled:
    id: str
    element_id: str
    scope_id: str
    reason: str


@_fact
class TokenArrived:
    scope_id: str
    element_id: str
    flow_id: str


@_fact
class TokensJoined:
    """The tokens of `flow_ids` became one, in the element instance `id`."""

    id: str
    element_id: str
    scope_id: str
    flow_ids: tuple[str, ...]


@_fact
class TokensDiscarded:
    """Tokens were cancelled with their scope; one entry per token."""

    scope_id: str
    # The join where they waited; "" = they were still on their way.
    element_id: str
    flow_ids: tuple[str, ...]
    reason: str


@_fact
class TokenMoved:
    """An operator moves a token; told before it is cancelled and begins at the target, an element or a flow."""

    element_instance_id: str
    element_id: str
    target_id: str
    reason: str


@_fact
class TokenPlaced:
    """An operator put a token on a flow."""

    scope_id: str
    flow_id: str


@_fact
class SteppedBack:
    """An operator lets an ended activity be undone and begin anew; told before the token behind it is cancelled."""

    element_instance_id: str
    element_id: str
    activity_id: str
    reason: str


@_fact
class GatewayActivated:
    """A complex gateway took the tokens of `flow_ids`; what comes over the others is taken when it is reset."""

    scope_id: str
    element_id: str
    flow_ids: tuple[str, ...]


@_fact
class GatewayReset:
    scope_id: str
    element_id: str


@_fact
class RoundsBegan:
    """An activity repeats, or an ad-hoc subprocess begins its steps."""

    id: str
    element_id: str
    # None = not known before.
    total: int | None
    # Where items and outputs lie as variables, by number.
    list_id: str
    items: tuple[object, ...]


@_fact
class ModeChanged:
    """A scope goes on in another way: see `ElementInstance.mode`."""

    id: str
    element_id: str
    mode: NewMode
    reason: str


@_fact
class CompensationKept:
    """An activity ended that can be compensated: number `order` in its scope. Told before it is left."""

    scope_id: str
    order: int
    element_id: str
    element_instance_id: str
    round: int
    # How many inside it can be compensated; its variables stay when it is a scope.
    inside: int
    is_scope: bool


@_fact
class CompensationTriggered:
    scope_id: str
    order: int
    element_id: str
    element_instance_id: str


@_fact
class HandlerBegan:
    """The element instance `id` compensates; told behind its entry."""

    id: str
    element_id: str
    # Who goes on when all is compensated ("" = nobody waits), and where compensation goes on before.
    thrower_id: str
    scope_id: str
    next_order: int
    only_activity_id: str


@_fact
class CompensationForgotten:
    """An ended activity can't be compensated any more."""

    scope_id: str
    order: int
    element_instance_id: str
    reason: str


@_fact
class ElementReopened:
    """An ended activity is there again, with its variables, so that what is inside it can be compensated."""

    id: str
    element_id: str
    scope_id: str
    round: int
    inside: int
    thrower_id: str
    next_order: int
    only_activity_id: str


@_fact
class VariableSet:
    scope_id: str
    name: str
    value: object


@_fact
class DecisionMade:
    element_instance_id: str
    element_id: str
    decision_id: str


@_fact
class ErrorThrown:
    element_instance_id: str
    element_id: str
    error_code: str
    message: str
    # The event that catches it; None = it ends the instance.
    caught_by: str | None


@_fact
class EscalationThrown:
    element_instance_id: str
    element_id: str
    escalation_code: str
    # The event that catches it; None = nothing does here, and the caller hears of it, if there is one.
    caught_by: str | None
    call_id: str | None
    variables: Mapping[str, object]


@_fact
class SignalThrown:
    """Caught in this instance at once; the caller of `advance` tells all others, and starts what begins with it."""

    element_instance_id: str
    element_id: str
    name: str
    variables: Mapping[str, object]


@_fact
class MessageThrown:
    id: str
    element_instance_id: str
    element_id: str
    name: str
    # "" = the name alone says who gets it.
    key: str
    # Where a message flow leads: a process and an element in it; "" = no flow says.
    process_id: str
    target_id: str
    variables: Mapping[str, object]


@_fact
class JobCreated:
    id: str
    element_instance_id: str
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]


@_fact
class JobCompleted:
    id: str
    element_instance_id: str
    element_id: str


@_fact
class JobFailed:
    id: str
    element_instance_id: str
    element_id: str
    message: str
    retries_left: int


@_fact
class JobRetried:
    """The same job, with the same key, goes out again; `round` counts from 1."""

    id: str
    element_instance_id: str
    element_id: str
    round: int


@_fact
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


@_fact
class TaskCompleted:
    id: str
    element_instance_id: str
    element_id: str
    completed_by: str


@_fact
class TimerScheduled:
    id: str
    element_instance_id: str
    # The event that happens: the element instance's own, or a boundary event on it.
    element_id: str
    due_at: datetime
    # Of a cycle: the ISO duration until the next, and how many times are left after this one (None = for ever).
    interval: str
    repetitions_left: int | None


@_fact
class TimerTriggered:
    id: str
    element_instance_id: str
    element_id: str


@_fact
class MessageSubscribed:
    id: str
    element_instance_id: str
    element_id: str
    name: str
    key: str


@_fact
class MessageReceived:
    id: str
    element_instance_id: str
    element_id: str
    message_id: str
    # A boundary event that doesn't interrupt goes on listening.
    still_open: bool


@_fact
class SignalSubscribed:
    id: str
    element_instance_id: str
    element_id: str
    name: str


@_fact
class SignalCaught:
    id: str
    element_instance_id: str
    element_id: str
    # An event that doesn't interrupt goes on listening.
    still_open: bool


@_fact
class ConditionSubscribed:
    id: str
    element_instance_id: str
    element_id: str
    # What it reads, and every scope in which that could be.
    names: tuple[str, ...]
    scope_ids: tuple[str, ...]
    # Which of the event's definitions, from 0.
    part: int


@_fact
class ConditionChanged:
    """The condition of an event that doesn't interrupt holds now, or no longer does; the event happens when it begins to."""

    id: str
    element_instance_id: str
    element_id: str
    holds: bool


@_fact
class ConditionMet:
    id: str
    element_instance_id: str
    element_id: str


@_fact
class StepsOffered:
    """An ad-hoc subprocess: somebody decides which of these steps are done, and when it is enough."""

    id: str
    element_instance_id: str
    element_id: str
    step_ids: tuple[str, ...]
    # One at a time.
    is_sequential: bool


@_fact
class OfferClosed:
    id: str
    element_instance_id: str
    element_id: str


@_fact
class CallStarted:
    id: str
    element_instance_id: str
    element_id: str
    process_id: str
    # latest, deployment (of this very instance) or versionTag.
    binding: str
    variables: Mapping[str, object]
    version_tag: str = ""


@_fact
class CallEscalated:
    """The called instance threw an escalation; it goes on unless the event that catches it interrupts."""

    id: str
    element_instance_id: str
    element_id: str
    escalation_code: str


@_fact
class CallCompleted:
    id: str
    element_instance_id: str
    element_id: str


@_fact
class CallFailed:
    id: str
    element_instance_id: str
    element_id: str
    error_code: str
    message: str


@_fact
class WaitCancelled:
    """A job, task, timer, subscription or call that nobody waits for any more."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str


@_fact
class IncidentRaised:
    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


@_fact
class IncidentRepeated:
    """A retry failed again; the incident stays open."""

    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


@_fact
class IncidentResolved:
    id: str
    element_instance_id: str
    element_id: str
    # "retried" = the step has succeeded since; "cancelled" = the element is gone.
    how: Resolution


Opening = (
    JobCreated
    | TaskCreated
    | TimerScheduled
    | MessageSubscribed
    | SignalSubscribed
    | ConditionSubscribed
    | StepsOffered
    | CallStarted
)

Fact = (
    InstanceStarted
    | InstanceEnded
    | Paused
    | Resumed
    | InstanceSuspended
    | InstanceResumed
    | ElementEntered
    | ElementLeft
    | ElementCancelled
    | TokenArrived
    | TokensJoined
    | TokensDiscarded
    | TokenMoved
    | TokenPlaced
    | SteppedBack
    | GatewayActivated
    | GatewayReset
    | RoundsBegan
    | ModeChanged
    | CompensationKept
    | CompensationTriggered
    | HandlerBegan
    | CompensationForgotten
    | ElementReopened
    | VariableSet
    | DecisionMade
    | ErrorThrown
    | EscalationThrown
    | SignalThrown
    | MessageThrown
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
    | SignalSubscribed
    | SignalCaught
    | ConditionSubscribed
    | ConditionChanged
    | ConditionMet
    | StepsOffered
    | OfferClosed
    | CallStarted
    | CallEscalated
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
    SignalSubscribed,
    StepsOffered,
    CallStarted,
    MessageThrown,
    SignalThrown,
    EscalationThrown,
    WaitCancelled,
    InstanceEnded,
    Paused,
)
"""Facts that ask something of the world: do this job, show this task, wake me then, listen, start that, tell them, stop waiting, go on."""
