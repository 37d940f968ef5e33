"""What happens to an instance, and why something can't be done, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

STATES = {
    "running": pgettext_lazy("instance", "running"),
    "incident": pgettext_lazy("instance", "with incident"),
    "suspended": pgettext_lazy("instance", "suspended"),
    "completed": pgettext_lazy("instance", "completed"),
    "cancelled": pgettext_lazy("instance", "cancelled"),
    "terminated": pgettext_lazy("instance", "ended by its model"),
    "error": pgettext_lazy("instance", "ended with an error"),
}
TONES = {"running": "accent", "incident": "bad", "suspended": "warn", "error": "bad", "completed": "good"}
RESULTS = {
    "waiting": pgettext_lazy("result", "waits for its turn"),
    "under_way": pgettext_lazy("result", "being tried"),
    "succeeded": pgettext_lazy("result", "succeeded"),
    "failed": pgettext_lazy("result", "failed again"),
    "gone": pgettext_lazy("result", "gone meanwhile"),
}
WAITS = {
    "task": gettext_lazy("a person"),
    "job": gettext_lazy("a system"),
    "timer": gettext_lazy("a moment"),
    "message": gettext_lazy("a message"),
    "signal": gettext_lazy("a signal"),
    "condition": gettext_lazy("a condition"),
    "offer": gettext_lazy("a choice of steps"),
    "call": gettext_lazy("another process"),
}

# What the audit trail calls acts, in words.
ACTS = {
    "instance.suspended": gettext_lazy("Instance suspended"),
    "instance.resumed": gettext_lazy("Instance resumed"),
    "instance.cancelled": gettext_lazy("Instance cancelled"),
    "token.cancelled": gettext_lazy("Token cancelled"),
    "token.discarded": gettext_lazy("Waiting token taken away"),
    "token.moved": gettext_lazy("Token moved"),
    "token.stepped-back": gettext_lazy("Stepped back"),
    "variable.changed": gettext_lazy("Variable changed"),
    "webhook.ended": gettext_lazy("Webhook ended"),
    "webhook.made": gettext_lazy("Webhook made"),
    "webhook.renewed": gettext_lazy("Secret of a webhook renewed"),
    "webhook.replayed": gettext_lazy("Undelivered events sent again"),
    "case.merged": gettext_lazy("Cases merged"),
    "case.merge-undone": gettext_lazy("Merge of cases undone"),
    "customer.merged": gettext_lazy("Customers merged"),
    "customer.merge-undone": gettext_lazy("Merge of customers undone"),
    "customer.kept-apart": gettext_lazy("Customers kept apart"),
    "customer.moved-in": gettext_lazy("Somebody moved into a household"),
    "customer.moved-out": gettext_lazy("Somebody left a household"),
    "customer.preferences-changed": gettext_lazy("Preferences of a customer changed"),
    "document.opened": gettext_lazy("Sensitive document of a system opened"),
    "step.done-by-second": gettext_lazy("Step done that the first person mustn't do, too"),
    "satisfaction.noted": gettext_lazy("How content a customer is noted"),
    "customer.related": gettext_lazy("Relation between customers noted"),
    "customer.relation-ended": gettext_lazy("Relation between customers ended"),
    "customer.relation-taken-back": gettext_lazy("Relation between customers taken back"),
    "customer.stage-left-to-rule": gettext_lazy("Stage of a customer left to the rule again"),
    "customer.stage-set": gettext_lazy("Stage of a customer set by hand"),
    "consent.given": gettext_lazy("Consent noted"),
    "consent.withdrawn": gettext_lazy("Withdrawal of a consent noted"),
    "customers.import-started": gettext_lazy("Import of customers started"),
    "customers.import-stopped": gettext_lazy("Import of customers stopped"),
    "customers.imported": gettext_lazy("Customers imported"),
    "authority.noted": gettext_lazy("Authority to speak for a customer noted"),
    "authority.proven": gettext_lazy("Authority to speak for a customer proven"),
    "authority.revoked": gettext_lazy("Authority to speak for a customer revoked"),
    "identity.code-sent": gettext_lazy("One-time code sent"),
    "identity.locked": gettext_lazy("Verification locked after too many wrong answers"),
    "identity.tried": gettext_lazy("Verification tried"),
    "identity.unlocked": gettext_lazy("Lock of verification ended"),
    "identity.verified": gettext_lazy("Speaker verified"),
    "identifier.verified": gettext_lazy("Address or number proven"),
    "identifier.doubted": gettext_lazy("Address or number not proven any more"),
    "command.given-up": gettext_lazy("Change in a system given up"),
    "command.tried-now": gettext_lazy("Change in a system tried at once"),
    "divergence.accepted": gettext_lazy("Difference left as it is"),
    "divergence.repaired": gettext_lazy("Difference repaired"),
    "source.defined": gettext_lazy("Definition of a system saved"),
    "source.tried": gettext_lazy("View of a system tried"),
    "source.withdrawn": gettext_lazy("System taken out of use"),
    "incident.retried": gettext_lazy("Incident tried again"),
    "incidents.retried": gettext_lazy("Incidents tried again together"),
    "api-key.made": gettext_lazy("API key made"),
    "api-key.revoked": gettext_lazy("API key revoked"),
    "api-key.used": gettext_lazy("Changed by a program"),
    "customer.changed": gettext_lazy("Customer changed"),
    "migration.checked": gettext_lazy("Migration checked"),
    "migration.started": gettext_lazy("Migration started"),
    "migration.reverted": gettext_lazy("Migration taken back"),
    "migration.stopped": gettext_lazy("Migration stopped"),
}

# By the fact's name; `%(...)s` are its fields, elements by their names.
HAPPENED = {
    "InstanceStarted": gettext_lazy("The instance began."),
    "InstanceEnded": gettext_lazy("The instance ended: %(outcome)s."),
    "InstanceSuspended": gettext_lazy("Suspended by an operator: %(reason)s"),
    "InstanceResumed": gettext_lazy("Resumed by an operator: %(reason)s"),
    "CallerSuspended": gettext_lazy("Suspended with the process that called it."),
    "CallerResumed": gettext_lazy("The process that called it goes on."),
    "InstanceMigrated": gettext_lazy("The instance moved to another version of its process."),
    "WaitMapped": gettext_lazy("What is waited for belongs to “%(element)s” of the other version."),
    "JoinMapped": gettext_lazy("The tokens that wait for others stand at “%(element)s” of the other version."),
    "ElementMapped": gettext_lazy("The token stands at “%(element)s” of the other version."),
    "Paused": gettext_lazy("A long step pauses."),
    "Resumed": gettext_lazy("The long step goes on."),
    "ElementEntered": gettext_lazy("“%(element)s” began."),
    "ElementLeft": gettext_lazy("“%(element)s” ended."),
    "ElementCancelled": gettext_lazy("“%(element)s” was cancelled: %(reason)s"),
    "RoundsBegan": gettext_lazy("“%(element)s” begins its rounds."),
    "ModeChanged": gettext_lazy("“%(element)s” goes on another way: %(reason)s"),
    "ElementReopened": gettext_lazy("“%(element)s” was opened again, to undo what was done in it."),
    "TokenArrived": gettext_lazy("A token waits at “%(element)s” for others."),
    "GatewayActivated": gettext_lazy("“%(element)s” has what it waited for."),
    "GatewayReset": gettext_lazy("“%(element)s” begins to wait anew."),
    "TokensJoined": gettext_lazy("The tokens at “%(element)s” became one."),
    "TokensDiscarded": gettext_lazy("Tokens were taken away: %(reason)s"),
    "TokenMoved": gettext_lazy("An operator moves the token from “%(element)s” to “%(target)s”: %(reason)s"),
    "TokenPlaced": gettext_lazy("An operator puts a token on the flow “%(flow_id)s”."),
    "SteppedBack": gettext_lazy("An operator steps back from “%(element)s” to “%(activity)s”: %(reason)s"),
    "CompensationKept": gettext_lazy("What “%(element)s” did can be undone."),
    "CompensationForgotten": gettext_lazy("A step that could be undone no longer can."),
    "CompensableMapped": gettext_lazy("What can be undone now belongs to “%(element)s” of the other version."),
    "HandlerBegan": gettext_lazy("“%(element)s” begins, to undo what was done."),
    "CompensationTriggered": gettext_lazy("“%(element)s” is being undone."),
    "VariableSet": gettext_lazy("“%(name)s” became %(value)s."),
    "DecisionMade": gettext_lazy("“%(element)s” asked the decision “%(decision_id)s”."),
    "ErrorThrown": gettext_lazy("“%(element)s” threw the error “%(error_code)s”. %(message)s"),
    "EscalationThrown": gettext_lazy("“%(element)s” threw the escalation “%(escalation_code)s”."),
    "SignalThrown": gettext_lazy("“%(element)s” sent the signal “%(name)s”."),
    "MessageThrown": gettext_lazy("“%(element)s” sent the message “%(name)s”."),
    "JobCreated": gettext_lazy("“%(element)s” waits for a job of type “%(type)s”."),
    "JobCompleted": gettext_lazy("The job of “%(element)s” is done."),
    "JobFailed": gettext_lazy("The job of “%(element)s” failed: %(message)s"),
    "JobRetried": gettext_lazy("The job of “%(element)s” is tried again."),
    "TaskCreated": gettext_lazy("“%(element)s” waits for a person."),
    "TaskRenewed": gettext_lazy("“%(element)s” waits for a person, as the other version says."),
    "TaskCompleted": gettext_lazy("A person completed “%(element)s”."),
    "TimerScheduled": gettext_lazy("“%(element)s” waits for a moment."),
    "TimerTriggered": gettext_lazy("The moment of “%(element)s” came."),
    "MessageSubscribed": gettext_lazy("“%(element)s” waits for the message “%(name)s”."),
    "MessageReceived": gettext_lazy("“%(element)s” received its message."),
    "SignalSubscribed": gettext_lazy("“%(element)s” waits for the signal “%(name)s”."),
    "SignalCaught": gettext_lazy("“%(element)s” heard its signal."),
    "ConditionSubscribed": gettext_lazy("“%(element)s” waits until its condition holds."),
    "ConditionChanged": gettext_lazy("What the condition of “%(element)s” looks at has changed."),
    "ConditionMet": gettext_lazy("The condition of “%(element)s” holds."),
    "StepsOffered": gettext_lazy("“%(element)s” offers its steps."),
    "OfferClosed": gettext_lazy("“%(element)s” offers no more steps."),
    "CallStarted": gettext_lazy("“%(element)s” calls the process “%(process_id)s”."),
    "CallCompleted": gettext_lazy("The process that “%(element)s” called is done."),
    "CallEscalated": gettext_lazy("The process that “%(element)s” called threw the escalation “%(escalation_code)s”."),
    "CallFailed": gettext_lazy("The process that “%(element)s” called failed: %(message)s"),
    "WaitCancelled": gettext_lazy("“%(element)s” no longer waits for %(wait)s."),
    "IncidentRaised": gettext_lazy("“%(element)s” can't go on: %(message)s"),
    "IncidentRepeated": gettext_lazy("“%(element)s” was tried again and can't go on: %(message)s"),
    "IncidentResolved": gettext_lazy("“%(element)s” goes on again."),
}


def act(action: str) -> str:
    """Say in words what the audit trail calls `action`."""
    return str(ACTS.get(action, action))


def happened(data: Mapping[str, Any], names: Mapping[str, str], *, value: str | None) -> str:
    """Say what a fact tells; facts that only the engine is concerned with by their name."""
    said = HAPPENED.get(data["fact"])
    if said is None:
        return _of(data, names)
    told = {
        **data,
        "element": _name(data.get("element_id"), names),
        "target": _name(data.get("target_id"), names),
        "activity": _name(data.get("activity_id"), names),
        "outcome": STATES.get(data.get("outcome", ""), ""),
        "wait": WAITS.get(data.get("kind", ""), ""),
        "value": _("erased") if value is None else value,
    }
    return str(said % told).strip()


def _of(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    element = _name(data.get("element_id"), names)
    return f"{data['fact']} “{element}”" if element else str(data["fact"])


def _name(id_: str | None, names: Mapping[str, str]) -> str:
    return names.get(id_, id_) if id_ else ""


# By the engine's reason.
_REFUSED = {
    "last_token": gettext_lazy("It is the only token there: move it, or cancel the subprocess or the instance."),
    "stranded": gettext_lazy(
        "A gateway would wait for ever for a token that can no longer come. Choose a place before the paths part, or behind where they meet."
    ),
    "no_place": gettext_lazy("Nothing can begin there by itself. Choose another place."),
    "unknown_element": gettext_lazy("The process has no such element."),
    "ambiguous": gettext_lazy("The subprocess runs several times, so it isn't clear where the token should go."),
    "not_begun": gettext_lazy("The subprocess around it can't begin: its inputs or events prevent it."),
    "unknown_element_instance": gettext_lazy("The token has gone on meanwhile. Look at the instance again."),
    "unknown_token": gettext_lazy("No token waits there any more. Look at the instance again."),
    "compensating": gettext_lazy("Something there is being undone. Wait until that is over."),
    "nothing_to_undo": gettext_lazy("No step that led there can be undone by the model. Move the token instead."),
    "suspended": gettext_lazy("The instance is suspended. Resume it first."),
    "not_suspended": gettext_lazy("The instance isn't suspended."),
    "caller_suspended": gettext_lazy("The instance is suspended with the process that called it. Resume that one."),
    "busy": gettext_lazy("The instance is in the middle of a long step. Try again in a moment."),
    "ended": gettext_lazy("The instance has ended."),
}


def refused(reason: str, message: str) -> str:
    """Say why the engine refused something, in the reader's language where there are words for it."""
    return str(_REFUSED.get(reason, message))
