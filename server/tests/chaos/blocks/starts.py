"""Processes that begin by themselves beside the one that is watched."""

from datetime import timedelta
from uuid import UUID

from bpmn.testing import (
    element,
    message_reference,
    signal_definition,
    signal_reference,
    timer,
)
from firstline.processes import actions
from firstline.processes.models import Instance
from tests.chaos.blocks import jobs
from tests.chaos.case import Case
from tests.chaos.draft import Draft, Ends, Request


def by_message(draft: Draft) -> Ends:
    """Somebody sends messages, each twice; every one begins an instance."""
    other, times = draft.another("begun"), draft.dice.randint(1, 2)
    name = f"{draft.prefix} {other.process}"
    _begun_by(other, message_reference("m"), element("message", "m", name=name), times=times)
    for number in range(times):
        draft.asks(Request(do=_sends(name, number)))
    return beside(draft)


def by_thrown_message(draft: Draft) -> Ends:
    """The process throws the message itself."""
    other, throw = draft.another("begun"), draft.new("throw")
    name = element("message", f"{throw}_m", name=f"{draft.prefix} {throw}")
    draft.definitions.append(name)
    _begun_by(other, message_reference(f"{throw}_m"), name)
    draft.add(element("intermediateThrowEvent", throw, message_reference(f"{throw}_m")))
    draft.enters(throw)
    return throw, throw


def by_signal(draft: Draft) -> Ends:
    other, throw = draft.another("begun"), draft.new("throw")
    signal = signal_definition(f"{throw}_s", f"{draft.prefix} {throw}")
    draft.definitions.append(signal)
    _begun_by(other, signal_reference(f"{throw}_s"), signal)
    draft.add(element("intermediateThrowEvent", throw, signal_reference(f"{throw}_s")))
    draft.enters(throw)
    return throw, throw


def by_broadcast(draft: Draft) -> Ends:
    """Somebody broadcasts a signal, twice; it begins one instance."""
    other = draft.another("begun")
    name = f"{draft.prefix} {other.process}"
    _begun_by(other, signal_reference("s"), signal_definition("s", name))

    def broadcast(case: Case) -> None:
        for _ in range(2):
            actions.broadcast_signal(signal_id=name, name=name, variables={})

    draft.asks(Request(do=broadcast))
    return beside(draft)


def by_time(draft: Draft) -> Ends:
    """Time begins some instances, one after another; of rounds that come while the house is away, only one happens."""
    other, times = draft.another("begun"), 1 if draft.pace.is_real else draft.dice.randint(1, 2)
    _begun_by(other, timer(cycle=f"R{times}/{draft.pace.of(1)}"), times=times)
    return beside(draft)


def _begun_by(other: Draft, trigger: str, *definitions: str, times: int = 1) -> None:
    other.definitions.extend(definitions)
    other.others.append(other.closed(jobs.job(other), begin=element("startEvent", "@", trigger)))
    other.ends()
    other.happens(times)


def _sends(name: str, number: int) -> object:
    def send(case: Case) -> None:
        for _ in range(2):
            actions.publish_message(
                message_id=f"{name} {number}", name=name, key="", variables={}, time_to_live=timedelta(days=30)
            )

    return send


def by_hand(draft: Draft, other: Draft, *, release: str, **variables: object) -> None:
    """Let somebody start an instance of another process, once."""
    business_id = UUID(int=draft.dice.getrandbits(128))

    def start(case: Case) -> None:
        actions.start_instance(
            release_id=release, process_id=other.process, business_id=business_id, variables=variables
        )

    def is_done(case: Case) -> bool:
        return Instance.objects.filter(business_id=business_id).exists()

    draft.asks(Request(do=start, is_done=is_done))


def beside(draft: Draft) -> Ends:
    """Write what the process that is watched does meanwhile."""
    id_ = draft.task()
    return id_, id_
