"""What is due is taken: each kind says the command that follows, and what becomes of its result.

A taker is told the result of its command by being sent it; so the commands of many can be carried out together.
"""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.module_loading import import_string

from bpmn import Rejection, Step, commands
from firstline import clock
from firstline.errors import FirstlineError
from firstline.processes import rules
from firstline.processes.adapters import correlation, effects
from firstline.processes.adapters.programs import deployment_of, has_process, newest_deployment, release_of
from firstline.processes.adapters.steps import Wanted
from firstline.processes.models import Call, Conversation, InboxEntry, Instance, Message, Timer
from firstline.processes.ports import Business, OpenBusiness
from firstline.wiring import wiring

Taking = Generator[Wanted, Step | Rejection, None]


class CannotBegin(FirstlineError):
    """The process can't begin as its event wants it to."""

    code = "cannot-begin"


class CannotTake(FirstlineError):
    """What a worker said can't be taken any more."""

    code = "cannot-take"


@dataclass(frozen=True, slots=True)
class Known:
    """What takers want to know, read for many of them at once, by id as text."""

    messages: Mapping[str, Message]
    # The calls that somebody waits for still, and the instances that have called.
    calls: frozenset[str]
    callers: Mapping[str, Instance]
    # Which version a call means, as far as somebody has asked.
    _versions: dict[tuple[object, ...], UUID | None] = field(default_factory=dict)

    def version(self, of: UUID, payload: Mapping[str, Any]) -> UUID | None:
        """Find the deployment that a call from one of the deployment `of` means."""
        asked = (of, payload["process_id"], payload.get("binding", ""), payload.get("version_tag", ""))
        if asked not in self._versions:
            self._versions[asked] = _called(of, payload)
        return self._versions[asked]


def known_to(items: Iterable[InboxEntry | Timer]) -> Known:
    """Read what the takers of these want to know."""
    said = [item.payload for item in items if isinstance(item, InboxEntry)]
    messages = [payload["message"] for payload in said if "message" in payload]
    begins = [payload for payload in said if "caller_id" in payload]
    return Known(
        {str(id_): one for id_, one in Message.objects.in_bulk(messages).items()},
        frozenset(str(id_) for id_ in Call.objects.in_bulk([payload["call_id"] for payload in begins])),
        {str(id_): one for id_, one in Instance.objects.in_bulk([payload["caller_id"] for payload in begins]).items()},
    )


def taking(item: InboxEntry | Timer, instance: Instance | None, known: Known) -> Taking:
    """Take what is due; `instance` is locked, None while it hasn't started."""
    if isinstance(item, InboxEntry):
        return _TAKEN[InboxEntry.Kind(item.kind)](item, instance, known)
    return _timer(item, instance)


def _timer(timer: Timer, instance: Instance | None) -> Taking:
    # One that is gone meanwhile is rejected, and left alone.
    if instance is not None:
        yield Wanted(instance, commands.TriggerTimer(timer_id=str(timer.id)))


def _begin(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is not None:
        return
    payload, now = entry.payload, clock.now()
    message = known.messages[payload["message"]] if "message" in payload else None
    begun = Instance(
        id=entry.instance_id,
        deployment_id=UUID(payload["deployment_id"]),
        process_id=payload["process_id"],
        started_at=now,
    )
    if message is not None and Conversation.objects.filter(instance_id=begun.id).exists():
        begun.message_name, begun.message_key = message.name, message.key
    variables = message.variables if message else payload["variables"]
    business = _business_of(begun, variables, now)
    if business is not None:
        begun.business_id = business.id
    result = yield Wanted(
        begun,
        commands.Start(
            instance_id=str(begun.id),
            business_id=str(begun.business_id or ""),
            variables=rules.as_variables(variables),
            start_element_id=payload["element_id"],
            start_part=payload["part"],
            given=rules.as_variables(business.variables if business else {}),
        ),
        delivers=message.id if message else None,
    )
    if isinstance(result, Rejection):
        raise CannotBegin(result.message)


def _business_of(begun: Instance, variables: Mapping[str, Any], now: datetime) -> Business | None:
    path: str = wiring().OPEN_BUSINESS
    open_business: OpenBusiness = import_string(path)
    return open_business(
        release_id=release_of(begun.deployment_id),
        process_id=begun.process_id,
        instance_id=begun.id,
        variables=variables,
        now=now,
    )


def _start(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    payload, now = entry.payload, clock.now()
    # The caller may have gone on without it before it began, and the word of that may have been taken first.
    if instance is not None or payload["call_id"] not in known.calls:
        return
    caller = known.callers[payload["caller_id"]]
    deployment_id = known.version(caller.deployment_id, payload)
    if deployment_id is None:
        message = f"There is no process '{payload['process_id']}'{_WITHIN[payload.get('binding', '')]} to call; deploy it and try again."
        _call_failed(caller.id, payload["call_id"], message, now)
        return
    called = Instance(
        id=entry.instance_id,
        deployment_id=deployment_id,
        process_id=payload["process_id"],
        business_id=caller.business_id,
        call_id=UUID(payload["call_id"]),
        caller_id=caller.id,
        started_at=now,
    )
    result = yield Wanted(
        called,
        commands.Start(
            instance_id=str(called.id),
            business_id=str(caller.business_id or ""),
            variables=rules.as_variables(payload["variables"]),
            call_id=payload["call_id"],
        ),
    )
    if isinstance(result, Rejection):
        _call_failed(caller.id, payload["call_id"], result.message, now)


def _called(of: UUID, payload: Mapping[str, Any]) -> UUID | None:
    """Find the version that a call means; where the model doesn't say, that of the same release, else the newest."""
    process_id, binding = payload["process_id"], payload.get("binding", "")
    if binding == "versionTag":
        return newest_deployment(process_id, version_tags__contains={process_id: payload["version_tag"]})
    if binding == "latest":
        return newest_deployment(process_id)
    own = of if has_process(of, process_id) else deployment_of(release_of(of), process_id)
    return own if own is not None or binding == "deployment" else newest_deployment(process_id)


# What to say of a version that isn't there.
_WITHIN = {
    "": "",
    "latest": "",
    "deployment": " in the release of its caller",
    "versionTag": " with the version tag that is meant",
}


def _call_failed(caller_id: UUID, call_id: str, message: str, now: datetime) -> None:
    payload = {"call_id": call_id, "outcome": "failed", "error_code": "", "error_message": message, "variables": {}}
    effects.send(instance_id=caller_id, kind=InboxEntry.Kind.CALL_ENDED, payload=payload, now=now)


def _cancel(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is None:
        _let_begin(entry)
        return
    yield Wanted(instance, commands.Cancel(reason=entry.payload["reason"]))


def _suspension(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    """Do as the caller: how that stands now, not how it stood when it said so, for that may have come late."""
    if instance is None:
        _let_begin(entry)
        return
    suspended = Instance.objects.filter(id__in=[instance.caller_id], suspended_at__isnull=False)
    # What is so already is refused, and left alone.
    yield Wanted(instance, commands.SuspendWithCaller() if suspended.exists() else commands.ResumeWithCaller())


def _let_begin(entry: InboxEntry) -> None:
    """Look again at a beginning that was kept back as its caller was suspended: it may begin, or nobody wants it any more."""
    InboxEntry.objects.filter(instance_id=entry.instance_id, incident_id=None).update(is_held=False)


def _call_ended(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is None:
        return
    payload = entry.payload
    command: commands.CompleteCall | commands.FailCall
    if payload["outcome"] in {"completed", "terminated"}:
        command = commands.CompleteCall(call_id=payload["call_id"], variables=payload["variables"])
    else:
        message = payload["error_message"] or f"The called process ended as {payload['outcome']}."
        command = commands.FailCall(call_id=payload["call_id"], error_code=payload["error_code"], message=message)
    yield Wanted(instance, command)


def _signal(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is not None:
        yield Wanted(instance, commands.DeliverSignal(name=entry.payload["name"], variables=entry.payload["variables"]))


def _escalation(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is not None:
        yield Wanted(instance, commands.EscalateCall(**entry.payload))


def _message(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    message = known.messages[entry.payload["message"]]
    result = None
    if instance is not None:
        command = commands.DeliverMessage(
            subscription_id=entry.payload["subscription_id"],
            message_id=message.message_id,
            variables=message.variables,
        )
        result = yield Wanted(instance, command, delivers=message.id)
    if not isinstance(result, Step):
        correlation.take_back(message, now=clock.now())


def _job_answered(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is None:
        return
    said = rules.JobAnswer(**entry.payload["said"])
    result = yield Wanted(instance, said.command(entry.payload["job_id"]))
    # An operator may have moved the token away meanwhile.
    if isinstance(result, Rejection) and result.code != "unknown_job":
        raise CannotTake(result.message)


def _go_on(entry: InboxEntry, instance: Instance | None, known: Known) -> Taking:
    if instance is not None:
        yield Wanted(instance, commands.GoOn())


_TAKEN: Mapping[InboxEntry.Kind, Callable[[InboxEntry, Instance | None, Known], Taking]] = {
    InboxEntry.Kind.START: _start,
    InboxEntry.Kind.BEGIN: _begin,
    InboxEntry.Kind.CANCEL: _cancel,
    InboxEntry.Kind.CALL_ENDED: _call_ended,
    InboxEntry.Kind.MESSAGE: _message,
    InboxEntry.Kind.SIGNAL: _signal,
    InboxEntry.Kind.ESCALATION: _escalation,
    InboxEntry.Kind.GO_ON: _go_on,
    InboxEntry.Kind.SUSPENSION: _suspension,
    InboxEntry.Kind.JOB_ANSWERED: _job_answered,
}
