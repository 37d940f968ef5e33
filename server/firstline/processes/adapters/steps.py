"""Steps of instances, each of another one, written together in the caller's transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string

import bpmn
from bpmn import Program, Rejection, State, Step, commands
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.outbox import actions as outbox
from firstline.outbox.models import OutboxEntry
from firstline.processes import rules
from firstline.processes.adapters import correlation, effects
from firstline.processes.adapters.performing import performer
from firstline.processes.adapters.programs import decision_binding_of, program_of, release_of
from firstline.processes.adapters.rows import Rows
from firstline.processes.adapters.stepping import advance_over
from firstline.processes.adapters.store import PostgresStore
from firstline.processes.adapters.whole import load_whole
from firstline.processes.models import Instance, Message
from firstline.processes.ports import Decide
from firstline.wiring import wiring


@dataclass(frozen=True, slots=True)
class Wanted:
    """A command for an instance that is locked, or that it begins."""

    instance: Instance
    command: commands.Command
    # The entry of the outbox that is carried out with it, whichever attempt it is.
    settles: UUID | None = None
    # The message that the instance has when it is carried out.
    delivers: UUID | None = None
    # Puts what else is written with it to its rows.
    also: Callable[[Rows], None] | None = None


def carry_out(
    wanted: Sequence[Wanted], *, now: datetime, known: Mapping[UUID, State] = MappingProxyType({})
) -> list[Step | Rejection]:
    """Advance each instance by its command, and write everything that follows; the results are in the order of the commands.

    `known` are the states of instances for which they were read since they are locked.
    """
    crash_point("processes.step.locked")
    unknown = (one.instance.id for one in wanted if one.instance.sequence and one.instance.id not in known)
    loaded = {**known, **load_whole(unknown)}
    advanced = [_advance(one, loaded, now, is_alone=len(wanted) == 1) for one in wanted]
    made = [one for one in advanced if isinstance(one, _Advanced)]
    crash_point("processes.step.advanced")
    correlation.lock_of_steps((one.instance, one.step.facts) for one in made)
    rows = Rows()
    for one in made:
        one.store.gather(rows, one.before, one.step, now=now)
        if one.wanted.settles is not None:
            rows.update(OutboxEntry, str(one.wanted.settles), **outbox.settled(now))
        if one.wanted.delivers is not None:
            # What it said is the instance's now.
            rows.update(Message, str(one.wanted.delivers), delivered_at=now, variables={})
        if one.wanted.also is not None:
            one.wanted.also(rows)
    rows.write()
    crash_point("processes.step.saved")
    effects.carry_out([(one.instance, one.step.facts) for one in made], now=now)
    crash_point("processes.step.before_commit")
    transaction.on_commit(_after_commit)
    return [one.step if isinstance(one, _Advanced) else one for one in advanced]


@dataclass(frozen=True, slots=True)
class _Advanced:
    wanted: Wanted
    instance: Instance
    store: PostgresStore
    before: State
    step: Step


def _advance(one: Wanted, loaded: Mapping[UUID, State], now: datetime, *, is_alone: bool) -> _Advanced | Rejection:
    instance = one.instance
    program: Program = program_of(instance.deployment_id, instance.process_id)
    store = PostgresStore(instance, program, loaded=loaded.get(instance.id))
    perform = performer(instance, now, is_alone=is_alone)
    result = advance_over(store, program, one.command, now=now, decide=decide_for(instance, now), perform=perform)
    return result if isinstance(result, Rejection) else _Advanced(one, instance, store, *result)


def _after_commit() -> None:
    crash_point("processes.step.after_commit")


def decide_for(instance: Instance, now: datetime) -> bpmn.Decide:
    """Make the maker of decisions for an instance."""

    def decide(element_id: str, decision_id: str, context: Mapping[str, object]) -> object:
        path: str = wiring().DECIDE
        make_decision: Decide = import_string(path)
        binding, version_tag = decision_binding_of(instance.deployment_id, element_id)
        try:
            value = make_decision(
                release_id=release_of(instance.deployment_id),
                decision_id=decision_id,
                context=context,
                instance_id=instance.id,
                business_id=instance.business_id,
                element_id=element_id,
                now=now,
                binding=binding,
                version_tag=version_tag,
            )
        except FirstlineError as error:
            raise bpmn.DecisionFailed(error.message) from error
        return rules.as_variable(value)

    return decide
