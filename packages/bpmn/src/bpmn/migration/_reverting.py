"""Back to the program before, exactly to where the instance was: as long as nothing has happened since."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

from msgspec.structs import replace

from bpmn import facts
from bpmn._engine import NeedMore, Step
from bpmn._program import Program
from bpmn._run import Run
from bpmn._state import State
from bpmn._tables import Unknown
from bpmn.migration._moving import Refusal
from bpmn.migration._planning import Finding


def revert(
    old: Program, state: State, history: Sequence[facts.Fact], now: datetime, ids: Callable[[], str]
) -> Step | NeedMore | Refusal:
    """Take the last migration back, for an instance to which nothing else has happened since.

    `old` is the program before it. Shape: `history` in order, up to the newest fact; of those before the migration only what
    opened a wait, `ConditionChanged` and `TaskRenewed` are looked at, so the others may be left out.
    """
    at = max((number for number, fact in enumerate(history) if isinstance(fact, facts.InstanceMigrated)), default=None)
    if at is None:
        return _refused("not_migrated", "The instance hasn't been migrated.")
    migrated, since = history[at], history[at + 1 :]
    if not all(type(fact) in _INVERSES for fact in since) or not isinstance(migrated, facts.InstanceMigrated):
        return _refused("moved_on", "The instance has gone on since; it stays on the new version.")
    before = _Before(history[:at], since)
    run = Run(old, state.fork(), now, ids, None, 0, None)
    try:
        run.emit(_migrated_back(migrated))
        for fact in reversed(since):
            for inverse in _INVERSES[type(fact)](fact, before, ids):
                run.emit(inverse)
    except Unknown as unknown:
        return NeedMore(tuple(dict.fromkeys(unknown.keys)))
    return Step(tuple(run.facts), run.state)


def _refused(code: str, message: str) -> Refusal:
    return Refusal((Finding(code=code, element_id="", message=message),))


class _Before:
    """What was known before the migration of what it has changed."""

    def __init__(self, told: Sequence[facts.Fact], since: Sequence[facts.Fact]) -> None:
        self.openings: dict[tuple[str, str], facts.Opening] = {}
        # Name and form.
        self.tasks: dict[str, tuple[str, str]] = {}
        self.holding: set[str] = set()
        self.elements = {fact.id: fact.from_element_id for fact in since if isinstance(fact, facts.WaitMapped)}
        for fact in told:
            self._read(fact)

    def _read(self, fact: facts.Fact) -> None:
        if isinstance(fact, get_args(facts.Opening)):
            self.openings[_KINDS[type(fact)], fact.id] = fact
        if isinstance(fact, facts.TaskCreated):
            self.tasks[fact.id] = (fact.name, fact.form_id)
        elif isinstance(fact, facts.TaskRenewed):
            form_id = self.tasks[fact.id][1] if fact.form_id is None else fact.form_id
            self.tasks[fact.id] = (fact.name, form_id)
        elif isinstance(fact, facts.ConditionChanged):
            (self.holding.add if fact.holds else self.holding.discard)(fact.id)


_KINDS: Mapping[type, str] = {
    facts.JobCreated: "job",
    facts.TaskCreated: "task",
    facts.TimerScheduled: "timer",
    facts.MessageSubscribed: "message",
    facts.SignalSubscribed: "signal",
    facts.ConditionSubscribed: "condition",
    facts.StepsOffered: "offer",
    facts.CallStarted: "call",
}


def _migrated_back(fact: facts.InstanceMigrated) -> facts.InstanceMigrated:
    return facts.InstanceMigrated(
        fact.instance_id, fact.from_process_id, fact.process_id, fact.from_version, fact.version
    )


Inverse = Callable[[Any, _Before, Callable[[], str]], Iterator[facts.Fact]]


def _unmapped(fact: Any, before: _Before, new_id: Callable[[], str]) -> Iterator[facts.Fact]:
    yield replace(fact, element_id=fact.from_element_id, from_element_id=fact.element_id)


def _join_unmapped(fact: facts.JoinMapped, before: _Before, new_id: Callable[[], str]) -> Iterator[facts.Fact]:
    flows = {after: before_ for before_, after in fact.flows.items()}
    yield facts.JoinMapped(fact.scope_id, fact.from_element_id, fact.element_id, flows)


def _task_as_before(fact: facts.TaskRenewed, before: _Before, new_id: Callable[[], str]) -> Iterator[facts.Fact]:
    element_id = before.elements.get(fact.id, fact.element_id)
    yield facts.TaskRenewed(fact.id, fact.element_instance_id, element_id, *before.tasks[fact.id])


def _withdrawn(fact: facts.Opening, before: _Before, new_id: Callable[[], str]) -> Iterator[facts.Fact]:
    yield facts.WaitCancelled(fact.id, _KINDS[type(fact)], fact.element_instance_id, fact.element_id)


def _opened_again(fact: facts.WaitCancelled, before: _Before, new_id: Callable[[], str]) -> Iterator[facts.Fact]:
    """Wait again for just what was waited for: a timer is due when it was, whatever has become of its variables."""
    opening = replace(before.openings[fact.kind, fact.id], id=new_id(), element_id=fact.element_id)
    yield opening
    if fact.id in before.holding:
        yield facts.ConditionChanged(opening.id, opening.element_instance_id, opening.element_id, holds=True)


_INVERSES: Mapping[type, Inverse] = {
    facts.ElementMapped: _unmapped,
    facts.WaitMapped: _unmapped,
    facts.CompensableMapped: _unmapped,
    facts.JoinMapped: _join_unmapped,
    facts.TaskRenewed: _task_as_before,
    facts.TimerScheduled: _withdrawn,
    facts.MessageSubscribed: _withdrawn,
    facts.SignalSubscribed: _withdrawn,
    facts.ConditionSubscribed: _withdrawn,
    facts.StepsOffered: _withdrawn,
    facts.WaitCancelled: _opened_again,
}
