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

Stage = Literal["enter", "begin", "leave", "job", "round", "condition", "reset"]
"""Where an element instance stopped, and so where a retry goes on.

"round" = between two rounds of an activity that repeats, or two steps of an ad-hoc subprocess; "condition" = one of the
conditions that it waits for; "reset" = a complex gateway with the tokens that came late.
"""


NewMode = Literal["interrupted", "closing", "cancelling", "returning", ""]
Resolution = Literal["retried", "cancelled"]
Outcome = Literal["completed", "terminated", "cancelled", "error"]


class InstanceStarted(Frozen):
    instance_id: str
    process_id: str
    business_id: str
    # The call of another instance that waits for this one's result.
    call_id: str | None


class InstanceEnded(Frozen):
    instance_id: str
    outcome: Outcome
    error_code: str
    error_message: str
    call_id: str | None
    # What the caller gets; empty when nobody waits for it.
    variables: Mapping[str, object]


class Paused(Frozen):
    """The step stopped before all was done; the next one goes on, whatever its command is."""

    instance_id: str
    pending: Pending


class Resumed(Frozen):
    """What was pending is under way again."""

    instance_id: str


class InstanceSuspended(Frozen):
    instance_id: str
    reason: str


class InstanceResumed(Frozen):
    instance_id: str
    reason: str


class CallerSuspended(Frozen):
    """The instance that called this one is suspended, and this one with it."""

    instance_id: str


class CallerResumed(Frozen):
    """The instance that called this one is suspended no more; this one may still be, by itself."""

    instance_id: str


class ElementEntered(Frozen):
    id: str
    element_id: str
    scope_id: str
    # The flow that brought the token; None where a token begins: a start event, a boundary event.
    flow_id: str | None
    # In an activity that repeats, the number of this instance, from 1; 0 = the activity as a whole, or one that doesn't.
    # Of a start event that needs all of its triggers, the number of the one that began the instance.
    round: int = 0


class ElementLeft(Frozen):
    id: str
    element_id: str
    scope_id: str
    # Where the token goes on: none = it ends here, several = it becomes several.
    flow_ids: tuple[str, ...]


class ElementCancelled(Frozen):
    id: str
    element_id: str
    scope_id: str
    reason: str


class TokenArrived(Frozen):
    scope_id: str
    element_id: str
    flow_id: str


class TokensJoined(Frozen):
    """The tokens of `flow_ids` became one, in the element instance `id`."""

    id: str
    element_id: str
    scope_id: str
    flow_ids: tuple[str, ...]


class TokensDiscarded(Frozen):
    """Tokens were cancelled with their scope; one entry per token."""

    scope_id: str
    # The join where they waited; "" = they were still on their way.
    element_id: str
    flow_ids: tuple[str, ...]
    reason: str


class TokenMoved(Frozen):
    """An operator moves a token; told before it is cancelled and begins at the target, an element or a flow."""

    element_instance_id: str
    element_id: str
    target_id: str
    reason: str


class TokenPlaced(Frozen):
    """An operator put a token on a flow."""

    scope_id: str
    flow_id: str


class SteppedBack(Frozen):
    """An operator lets an ended activity be undone and begin anew; told before the token behind it is cancelled."""

    element_instance_id: str
    element_id: str
    activity_id: str
    reason: str


class GatewayActivated(Frozen):
    """A complex gateway took the tokens of `flow_ids`; what comes over the others is taken when it is reset."""

    scope_id: str
    element_id: str
    flow_ids: tuple[str, ...]


class GatewayReset(Frozen):
    scope_id: str
    element_id: str


class RoundsBegan(Frozen):
    """An activity repeats, or an ad-hoc subprocess begins its steps."""

    id: str
    element_id: str
    # None = not known before.
    total: int | None
    # Where items and outputs lie as variables, by number.
    list_id: str
    items: tuple[object, ...]


class ModeChanged(Frozen):
    """A scope goes on in another way: see `ElementInstance.mode`."""

    id: str
    element_id: str
    mode: NewMode
    reason: str


class CompensationKept(Frozen):
    """An activity ended that can be compensated: number `order` in its scope. Told before it is left."""

    scope_id: str
    order: int
    element_id: str
    element_instance_id: str
    round: int
    # How many inside it can be compensated; its variables stay when it is a scope.
    inside: int
    is_scope: bool


class CompensationTriggered(Frozen):
    scope_id: str
    order: int
    element_id: str
    element_instance_id: str


class HandlerBegan(Frozen):
    """The element instance `id` compensates; told behind its entry."""

    id: str
    element_id: str
    # Who goes on when all is compensated ("" = nobody waits), and where compensation goes on before.
    thrower_id: str
    scope_id: str
    next_order: int
    only_activity_id: str


class CompensationForgotten(Frozen):
    """An ended activity can't be compensated any more."""

    scope_id: str
    order: int
    element_instance_id: str
    reason: str


class ElementReopened(Frozen):
    """An ended activity is there again, with its variables, so that what is inside it can be compensated."""

    id: str
    element_id: str
    scope_id: str
    round: int
    inside: int
    thrower_id: str
    next_order: int
    only_activity_id: str


class VariableSet(Frozen):
    scope_id: str
    name: str
    value: object


class DecisionMade(Frozen):
    element_instance_id: str
    element_id: str
    decision_id: str


class ErrorThrown(Frozen):
    element_instance_id: str
    element_id: str
    error_code: str
    message: str
    # The event that catches it; None = it ends the instance.
    caught_by: str | None


class EscalationThrown(Frozen):
    element_instance_id: str
    element_id: str
    escalation_code: str
    # The event that catches it; None = nothing does here, and the caller hears of it, if there is one.
    caught_by: str | None
    call_id: str | None
    variables: Mapping[str, object]


class SignalThrown(Frozen):
    """Caught in this instance at once; the caller of `advance` tells all others, and starts what begins with it."""

    element_instance_id: str
    element_id: str
    name: str
    variables: Mapping[str, object]


class MessageThrown(Frozen):
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


class JobCreated(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    type: str
    retries: int
    headers: Mapping[str, str]


class JobCompleted(Frozen):
    id: str
    element_instance_id: str
    element_id: str


class JobFailed(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    message: str
    retries_left: int


class JobRetried(Frozen):
    """The same job, with the same key, goes out again; `round` counts from 1."""

    id: str
    element_instance_id: str
    element_id: str
    round: int


class TaskCreated(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    name: str
    form_id: str
    assignee: str
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    due_at: datetime | None


class TaskCompleted(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    completed_by: str


class TimerScheduled(Frozen):
    id: str
    element_instance_id: str
    # The event that happens: the element instance's own, or a boundary event on it.
    element_id: str
    due_at: datetime
    # Of a cycle: the ISO duration until the next, and how many times are left after this one (None = for ever).
    interval: str
    repetitions_left: int | None


class TimerTriggered(Frozen):
    id: str
    element_instance_id: str
    element_id: str


class MessageSubscribed(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    name: str
    key: str


class MessageReceived(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    message_id: str
    # A boundary event that doesn't interrupt goes on listening.
    still_open: bool


class SignalSubscribed(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    name: str


class SignalCaught(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    # An event that doesn't interrupt goes on listening.
    still_open: bool


class ConditionSubscribed(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    # What it reads, and every scope in which that could be.
    names: tuple[str, ...]
    scope_ids: tuple[str, ...]
    # Which of the event's definitions, from 0.
    part: int


class ConditionChanged(Frozen):
    """The condition of an event that doesn't interrupt holds now, or no longer does; the event happens when it begins to."""

    id: str
    element_instance_id: str
    element_id: str
    holds: bool


class ConditionMet(Frozen):
    id: str
    element_instance_id: str
    element_id: str


class StepsOffered(Frozen):
    """An ad-hoc subprocess: somebody decides which of these steps are done, and when it is enough."""

    id: str
    element_instance_id: str
    element_id: str
    step_ids: tuple[str, ...]
    # One at a time.
    is_sequential: bool


class OfferClosed(Frozen):
    id: str
    element_instance_id: str
    element_id: str


class CallStarted(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    process_id: str
    # latest, deployment (of this very instance) or versionTag; "" = the model doesn't say.
    binding: str
    variables: Mapping[str, object]
    version_tag: str = ""


class CallEscalated(Frozen):
    """The called instance threw an escalation; it goes on unless the event that catches it interrupts."""

    id: str
    element_instance_id: str
    element_id: str
    escalation_code: str


class CallCompleted(Frozen):
    id: str
    element_instance_id: str
    element_id: str


class CallFailed(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    error_code: str
    message: str


class WaitCancelled(Frozen):
    """A job, task, timer, subscription or call that nobody waits for any more."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str


class IncidentRaised(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


class IncidentRepeated(Frozen):
    """A retry failed again; the incident stays open."""

    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: Stage


class IncidentResolved(Frozen):
    id: str
    element_instance_id: str
    element_id: str
    # "retried" = the step has succeeded since; "cancelled" = the element is gone.
    how: Resolution


class InstanceMigrated(Frozen):
    """From here on the instance runs another program; the facts behind it say what of its state went along, and how."""

    instance_id: str
    process_id: str
    from_process_id: str
    # What the caller calls the two programs.
    version: str
    from_version: str


class ElementMapped(Frozen):
    """The token of an element instance stands at another element of the new program."""

    id: str
    element_id: str
    # None = the process itself.
    scope_id: str | None
    from_element_id: str


class WaitMapped(Frozen):
    """What is waited for stays as it was, for another element of the new program."""

    id: str
    kind: str
    element_instance_id: str
    element_id: str
    from_element_id: str


class TaskRenewed(Frozen):
    """A task that waits has the name and the form of the new program."""

    id: str
    element_instance_id: str
    element_id: str
    name: str
    # None = as it was.
    form_id: str | None


class JoinMapped(Frozen):
    """Tokens wait at another join of the new program, or on other flows."""

    scope_id: str
    element_id: str
    from_element_id: str
    # Each flow of the old program that has given a token, and its flow in the new one.
    flows: Mapping[str, str]


class CompensableMapped(Frozen):
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
