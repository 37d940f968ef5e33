"""What happened, in order: the only way state changes, and the history.

Every fact is a value of plain parts that nobody changes; ids are opaque texts that the caller made. `SCHEMA_VERSION` grows when
an old fact must be read differently.
Facts listed in `EFFECTS` also ask something of the world; carrying that out is the caller's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from bpmn._frozen import Frozen
from bpmn._rows import Pending

SCHEMA_VERSION = 1
"""Of facts that say no other one."""

Stage = Literal["enter", "begin", "leave", "job", "round", "condition", "reset"]
"""Where an element instance stopped, and so where a retry goes on.

"round" = between two rounds of an activity that repeats, or two steps of an ad-hoc subprocess; "condition" = one of the
conditions that it waits for; "reset" = a complex gateway with the tokens that came late.
"""


class _Told(Frozen, tag_field="fact", tag=True):
    """What happened; written as JSON, it says which fact it is."""


NewMode = Literal["interrupted", "closing", "cancelling", "returning", ""]
Resolution = Literal["retried", "cancelled"]
Outcome = Literal["completed", "terminated", "cancelled", "error"]


class InstanceStarted(_Told):
    instance_id: str
    process_id: str
    business_id: str
    # The call of another instance that waits for this one's result.
    call_id: str | None


class InstanceEnded(_Told):
    instance_id: str
    outcome: Outcome
    error_code: str
    error_message: str
    call_id: str | None
    # What the caller gets; empty when nobody waits for it.
    variables: Mapping[str, object]


class Paused(_Told):
    """The step stopped before all was done; the next one goes on, whatever its command is."""

    instance_id: str
    pending: Pending


class Resumed(_Told):
    """What was pending is under way again."""

    instance_id: str


class InstanceSuspended(_Told):
    instance_id: str
    reason: str


class InstanceResumed(_Told):
    instance_id: str
    reason: str


class CallerSuspended(_Told):
    """The instance that called this one is suspended, and this one with it."""

    instance_id: str


class CallerResumed(_Told):
    """The instance that called this one is suspended no more; this one may still be, by itself."""

    instance_id: str


class ElementEntered(_Told):
    id: str
    element_id: str
    scope_id: str
    # The flow that brought the token; None where a token begins: a start event, a boundary event.
    flow_id: str | None
    # In an activity that repeats, the number of this instance, from 1; 0 = the activity as a whole, or one that doesn't.
    # Of a start event that needs all of its triggers, the number of the one that began the instance.
    round: int = 0


class ElementLeft(_Told):
    id: str
    element_id: str
    scope_id: str
    # Where the token goes on: none = it ends here, several = it becomes several.
    flow_ids: tuple[str, ...]


class ElementCancelled(_Told):
    id: str
    element_id: str
    scope_id: str
    reason: str


class TokenArrived(_Told):
    scope_id: str
    element_id: str
    flow_id: str


class TokensJoined(_Told):
    """The tokens of `flow_ids` became one, in the element instance `id`."""

    id: str
    element_id: str
    scope_id: str
    flow_ids: tuple[str, ...]


class TokensDiscarded(_Told):
    """Tokens were cancelled with their scope; one entry per token."""

    scope_id: str
    # The join where they waited; "" = they were still on their way.
    element_id: str
    flow_ids: tuple[str, ...]
    reason: str


class TokenMoved(_Told):
    """An operator moves a token; told before it is cancelled and begins at the target, an element or a flow."""

    element_instance_id: str
    element_id: str
    target_id: str
    reason: str


class TokenPlaced(_Told):
    """An operator put a token on a flow."""

    scope_id: str
    flow_id: str


class SteppedBack(_Told):
    """An operator lets an ended activity be undone and begin anew; told before the token behind it is cancelled."""

    element_instance_id: str
    element_id: str
    activity_id: str
    reason: str


class GatewayActivated(_Told):
    """A complex gateway took the tokens of `flow_ids`; what comes over the others is taken when it is reset."""

    scope_id: str
    element_id: str
    flow_ids: tuple[str, ...]


class GatewayReset(_Told):
    scope_id: str
    element_id: str


class RoundsBegan(_Told):
    """An activity repeats, or an ad-hoc subprocess begins its steps."""

    id: str
    element_id: str
    # None = not known before.
    total: int | None
    # Where items and outputs lie as variables, by number.
    list_id: str
    items: tuple[object, ...]


class ModeChanged(_Told):
    """A scope goes on in another way: see `ElementInstance.mode`."""

    id: str
    element_id: str
    mode: NewMode
    reason: str


class CompensationKept(_Told):
    """An activity ended that can be compensated: number `order` in its scope. Told before it is left."""

    scope_id: str
    order: int
    element_id: str
    element_instance_id: str
    round: int
    # How many inside it can be compensated; its variables stay when it is a scope.
    inside: int
    is_scope: bool


class CompensationTriggered(_Told):
    scope_id: str
    order: int
    element_id: str
    element_instance_id: str


class HandlerBegan(_Told):
    """The element instance `id` compensates; told behind its entry."""

    id: str
    element_id: str
    # Who goes on when all is compensated ("" = nobody waits), and where compensation goes on before.
    thrower_id: str
    scope_id: str
    next_order: int
    only_activity_id: str


class CompensationForgotten(_Told):
    """An ended activity can't be compensated any more."""

    scope_id: str
    order: int
    element_instance_id: str
    reason: str


class ElementReopened(_Told):
    """An ended activity is there again, with its variables, so that what is inside it can be compensated."""

    id: str
    element_id: str
    scope_id: str
    round: int
    inside: int
    thrower_id: str
    next_order: int
    only_activity_id: str


class VariableSet(_Told):
    scope_id: str
    name: str
    value: object


class DecisionMade(_Told):
    element_instance_id: str
    element_id: str
    decision_id: str


class ErrorThrown(_Told):
    element_instance_id: str
    element_id: str
    error_code: str
    message: str
    # The event that catches it; None = it ends the instance.
    caught_by: str | None


class EscalationThrown(_Told):
    element_instance_id: str
    element_id: str
    escalation_code: str
    # The event that catches it; None = nothing does here, and the caller hears of it, if there is one.
    caught_by: str | None
    call_id: str | None
    variables: Mapping[str, object]


class SignalThrown(_Told):
    """Caught in this instance at once; the caller of `advance` tells all others, and starts what begins with it."""

    element_instance_id: str
    element_id: str
    name: str
    variables: Mapping[str, object]


class MessageThrown(_Told):
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


class JobCreated(_Told):
    id: str
    element_instance_id: str
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]


class JobCompleted(_Told):
    id: str
    element_instance_id: str
    element_id: str


class JobFailed(_Told):
    id: str
    element_instance_id: str
    element_id: str
    message: str
    retries_left: int


class JobRetried(_Told):
    """The same job, with the same key, goes out again; `round` counts from 1."""

    id: str
    element_instance_id: str
    element_id: str
    round: int


class TaskCreated(_Told):
    id: str
    element_instance_id: str
    element_id: str
    name: str
    form_id: str
    assignee: str
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None


class TaskCompleted(_Told):
    id: str
    element_instance_id: str
    element_id: str
    completed_by: str


class TimerScheduled(_Told):
    id: str
    element_instance_id: str
    # The event that happens: the element instance's own, or a boundary event on it.
    element_id: str
    due_at: datetime
    # Of a cycle: the ISO duration until the next, and how many times are left after this one (None = for ever).
    interval: str
    repetitions_left: int | None


class TimerTriggered(_Told):
    id: str
    element_instance_id: str
    element_id: str


class MessageSubscribed(_Told):
    id: str
    element_instance_id: str
    element_id: str
    name: str
    key: str


class MessageReceived(_Told):
    id: str
    element_instance_id: str
    element_id: str
    message_id: str
    # A boundary event that doesn't interrupt goes on listening.
    still_open: bool


class SignalSubscribed(_Told):
    id: str
    element_instance_id: str
    element_id: str
    name: str


class SignalCaught(_Told):
    id: str
    element_instance_id: str
    element_id: str
    # An event that doesn't interrupt goes on listening.
    still_open: bool


class ConditionSubscribed(_Told):
    id: str
    element_instance_id: str
    element_id: str
    # What it reads, and every scope in which that could be.
    names: tuple[str, ...]
    scope_ids: tuple[str, ...]
    # Which of the event's definitions, from 0.
    part: int


class ConditionChanged(_Told):
    """The condition of an event that doesn't interrupt holds now, or no longer does; the event happens when it begins to."""

    id: str
    element_instance_id: str
    element_id: str
    holds: bool


class ConditionMet(_Told):
    id: str
    element_instance_id: str
    element_id: str


class StepsOffered(_Told):
    """An ad-hoc subprocess: somebody decides which of these steps are done, and when it is enough."""

    id: str
    element_instance_id: str
    element_id: str
    step_ids: tuple[str, ...]
    # One at a time.
    is_sequential: bool


class OfferClosed(_Told):
    id: str
    element_instance_id: str
    element_id: str


class CallStarted(_Told):
    id: str
    element_instance_id: str
    element_id: str
    process_id: str
    # latest, deployment (of this very instance) or versionTag; "" = the model doesn't say.
    binding: str
    variables: Mapping[str, object]
    version_tag: str = ""


class CallEscalated(_Told):
    """The called instance threw an escalation; it goes on unless the event that catches it interrupts."""

    id: str
    element_instance_id: str
    element_id: str
    escalation_code: str


class CallCompleted(_Told):
    id: str
    element_instance_id: str
    element_id: str


class CallFailed(_Told):
    id: str
    element_instance_id: str
    element_id: str
    error_code: str
    message: str


class WaitCancelled(_Told):
    """A job, task, timer, subscription or call that nobody waits for any more."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str


class IncidentRaised(_Told):
    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


class IncidentRepeated(_Told):
    """A retry failed again; the incident stays open."""

    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


class IncidentResolved(_Told):
    id: str
    element_instance_id: str
    element_id: str
    # "retried" = the step has succeeded since; "cancelled" = the element is gone.
    how: Resolution


class InstanceMigrated(_Told):
    """From here on the instance runs another program; the facts behind it say what of its state went along, and how."""

    instance_id: str
    process_id: str
    from_process_id: str
    # What the caller calls the two programs.
    version: str
    from_version: str


class ElementMapped(_Told):
    """The token of an element instance stands at another element of the new program."""

    id: str
    element_id: str
    # None = the process itself.
    scope_id: str | None
    from_element_id: str


class WaitMapped(_Told):
    """What is waited for stays as it was, for another element of the new program."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str
    from_element_id: str


class TaskRenewed(_Told):
    """A task that waits has the name and the form of the new program."""

    id: str
    element_instance_id: str
    element_id: str
    name: str
    # None = as it was.
    form_id: str | None


class JoinMapped(_Told):
    """Tokens wait at another join of the new program, or on other flows."""

    scope_id: str
    element_id: str
    from_element_id: str
    # Each flow of the old program that has given a token, and its flow in the new one.
    flows: Mapping[str, str]


class CompensableMapped(_Told):
    scope_id: str
    order: int
    element_id: str
    from_element_id: str


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
    | CallerSuspended
    | CallerResumed
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
    | InstanceMigrated
    | ElementMapped
    | WaitMapped
    | TaskRenewed
    | JoinMapped
    | CompensableMapped
)

EFFECTS = (
    JobCreated,
    JobRetried,
    TaskCreated,
    TaskRenewed,
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
