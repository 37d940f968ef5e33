"""What can be asked of an instance."""

from collections.abc import Mapping

from msgspec import field

from bpmn._frozen import Frozen


class Start(Frozen, kw_only=True):
    instance_id: str
    business_id: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)
    # None = the none start event.
    start_element_id: str | None = None
    # Which of that event's definitions happened, from 0; one that needs all of them waits for the others.
    start_part: int = 0
    # Of the instance itself, whatever the event that begins it maps of `variables`, which it brings; these go before.
    given: Mapping[str, object] = field(default_factory=dict)
    call_id: str | None = None


class CompleteTask(Frozen, kw_only=True):
    task_id: str
    variables: Mapping[str, object] = field(default_factory=dict)
    completed_by: str = ""


class CompleteJob(Frozen, kw_only=True):
    job_id: str
    variables: Mapping[str, object] = field(default_factory=dict)


class FailJob(Frozen, kw_only=True):
    """The job failed; with no retries left it becomes an incident."""

    job_id: str
    message: str
    retries_left: int = 0


class ThrowJobError(Frozen, kw_only=True):
    job_id: str
    error_code: str
    message: str = ""
    variables: Mapping[str, object] = field(default_factory=dict)


class TriggerTimer(Frozen, kw_only=True):
    timer_id: str


class DeliverMessage(Frozen, kw_only=True):
    subscription_id: str
    message_id: str
    variables: Mapping[str, object] = field(default_factory=dict)


class DeliverSignal(Frozen, kw_only=True):
    """A signal was thrown elsewhere; everything in this instance that waits for it hears it."""

    name: str
    variables: Mapping[str, object] = field(default_factory=dict)


class BeginStep(Frozen, kw_only=True):
    """Begin a step of an ad-hoc subprocess; `variables` are the step's own."""

    offer_id: str
    element_id: str
    variables: Mapping[str, object] = field(default_factory=dict)


class CloseOffer(Frozen, kw_only=True):
    """Begin no more steps of an ad-hoc subprocess; it ends with those under way."""

    offer_id: str


class EscalateCall(Frozen, kw_only=True):
    """The called instance threw an escalation that nothing in it caught; it goes on."""

    call_id: str
    escalation_code: str
    variables: Mapping[str, object] = field(default_factory=dict)


class CompleteCall(Frozen, kw_only=True):
    call_id: str
    variables: Mapping[str, object] = field(default_factory=dict)


class FailCall(Frozen, kw_only=True):
    """The called instance ended otherwise; an `error_code` is thrown at the call activity, "" is an incident at once."""

    call_id: str
    error_code: str = ""
    message: str = ""


class ResolveIncident(Frozen, kw_only=True):
    """Try again where the instance stopped, with variables changed first if some are given."""

    incident_id: str
    variables: Mapping[str, object] = field(default_factory=dict)


class SetVariables(Frozen, kw_only=True):
    """Set variables as if the element instance had done so; without one, in the instance itself."""

    variables: Mapping[str, object]
    element_instance_id: str | None = None


class Cancel(Frozen, kw_only=True):
    reason: str = "cancelled"


class GoOn(Frozen, kw_only=True):
    """Go on with what is pending: the instance paused."""


class Suspend(Frozen, kw_only=True):
    """Let nothing happen to the instance but what operators do, until it is resumed."""

    reason: str = ""


class Resume(Frozen, kw_only=True):
    reason: str = ""


class SuspendWithCaller(Frozen, kw_only=True):
    """Let nothing happen to a called instance while the one that called it is suspended, whatever operators say of this one."""


class ResumeWithCaller(Frozen, kw_only=True):
    """Let a called instance go on with its caller, unless it was suspended by itself, too."""


class CancelToken(Frozen, kw_only=True):
    """Take one token out of its element, with everything inside it; the rest of its scope goes on."""

    element_instance_id: str
    reason: str = "cancelled"


class DiscardToken(Frozen, kw_only=True):
    """Take away one token that came over a flow and waits at a gateway for others."""

    scope_id: str
    flow_id: str
    reason: str = "discarded"


class MoveToken(Frozen, kw_only=True):
    """Take a token out of its element and begin another with it.

    The target is an element, or a flow that the token then arrives over; at a gateway where tokens meet, a flow over which
    none has come yet is chosen. It lies in a scope around the token, or in a subprocess there; that one is begun without its
    start event unless it runs already. A subprocess that the token was the last in is left with it.
    """

    element_instance_id: str
    target_id: str
    reason: str = "moved"


class StepBack(Frozen, kw_only=True):
    """Undo the last activity that led to a token and that the model can compensate; then it begins anew."""

    element_instance_id: str
    reason: str = "stepped back"


Command = (
    Start
    | CompleteTask
    | CompleteJob
    | FailJob
    | ThrowJobError
    | TriggerTimer
    | DeliverMessage
    | DeliverSignal
    | BeginStep
    | CloseOffer
    | EscalateCall
    | CompleteCall
    | FailCall
    | ResolveIncident
    | SetVariables
    | Cancel
    | GoOn
    | Suspend
    | Resume
    | SuspendWithCaller
    | ResumeWithCaller
    | CancelToken
    | DiscardToken
    | MoveToken
    | StepBack
)
