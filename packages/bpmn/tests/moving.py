"""Instances of `Play` move to another version and back; every move is proven as its steps are."""

import json
from collections.abc import Callable, Mapping
from itertools import count

from bpmn import NeedMore, Program, Rejection, State, Step, apply, codec, migration
from bpmn.testing import Play, Rejected, slice_from

Result = Step | NeedMore | migration.Refusal


def migrate(play: Play, program: Program, overrides: Mapping[str, str] | None = None) -> tuple[migration.Finding, ...]:
    """Move to another program if nothing blocks; returns what was found."""
    plan = migration.plan(play.program, program, overrides)
    found = migration.check(plan, play.state, play.now, str)
    assert not isinstance(found, NeedMore)

    def move(state: State, ids: Callable[[], str]) -> Result:
        return migration.migrate(plan, state, play.now, ids, version="new", from_version="old")

    step = _tried(play, move)
    assert isinstance(step, migration.Refusal) == any(finding.blocks for finding in found)
    if isinstance(step, Step):
        _take(play, step)
        play.before, play.program = play.program, program
    return found


def revert(play: Play) -> None:
    """Take the last migration back. Raises: Rejected when something has happened since."""
    old, told = play.before, tuple(play.facts)
    step = _tried(play, lambda state, ids: migration.revert(old, state, told, play.now, ids))
    if isinstance(step, migration.Refusal):
        raise Rejected(Rejection(step.findings[0].code, step.findings[0].message))
    _take(play, step)
    play.program = old


def _tried(play: Play, move: Callable[[State, Callable[[], str]], Result]) -> Step | migration.Refusal:
    """Move, and show that slices, JSON and replay lead to the very same facts and state."""
    step = move(play.state, _ids(play))
    loaded = codec.state_from_data(_through_json(codec.state_to_data(play.state)))
    sliced = _in_slices(play, loaded, move)
    if not isinstance(step, Step):
        assert sliced == step
        return step
    assert sliced.facts == step.facts
    loaded.adopt(sliced.after)
    replayed = State()
    for fact in (*play.facts, *step.facts):
        read = codec.fact_from_data(_through_json(codec.fact_to_data(fact)))
        assert read == fact
        apply(replayed, read)
    assert codec.state_to_data(loaded) == codec.state_to_data(replayed)
    return step


def _in_slices(play: Play, stored: State, move: Callable[[State, Callable[[], str]], Result]) -> Result:
    keys = []
    while True:
        result = move(slice_from(stored, keys), _ids(play))
        if not isinstance(result, NeedMore):
            return result
        assert not set(result.keys) <= set(keys)
        keys.extend(result.keys)


def _take(play: Play, step: Step) -> None:
    play.state.adopt(step.after)
    play.facts.extend(step.facts)
    play._used += _ROOM


# More ids than a move in these tests makes.
_ROOM = 1000


def _ids(play: Play) -> Callable[[], str]:
    numbers = count(play._used + 1)
    return lambda: f"{next(numbers):06}"


def _through_json(data):
    return json.loads(json.dumps(data))
