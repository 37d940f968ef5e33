"""Histories that earlier releases recorded are read today: to the state that they had, and on from any step with today's engine."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from bpmn import State, apply, codec, commands, facts
from bpmn.testing import Play

from .recording import FOLDER, command_from_data, decide, program_of

FILES = sorted(FOLDER.glob("*/*.json"))
RELEASES = sorted(path.name for path in FOLDER.iterdir())
NEWEST = max(RELEASES, key=lambda name: [int(part) if part.isdigit() else 0 for part in name.split(".")])


@pytest.fixture(params=FILES, ids=lambda file: f"{file.parent.name} {file.stem}")
def history(request) -> dict[str, Any]:
    return json.loads(request.param.read_text(encoding="utf-8"))


def facts_of(step: Mapping[str, Any]) -> list[facts.Fact]:
    return [codec.fact_from_data(data) for data in step["facts"]]


def replayed(steps: list[dict[str, Any]]) -> State:
    state = State()
    for step in steps:
        for fact in facts_of(step):
            apply(state, fact)
    return state


def test_every_fact_that_there_is_was_recorded_by_the_newest_release():
    told = {
        data["fact"] for file in FILES if file.parent.name == NEWEST for step in _steps(file) for data in step["facts"]
    }
    missing = {kind.__name__ for kind in get_args(facts.Fact)} - told
    assert not missing, "play it in recording.py, and record the histories of the next release"


def _steps(file) -> list[dict[str, Any]]:
    return json.loads(file.read_text(encoding="utf-8"))["steps"]


def test_the_facts_lead_to_the_states_that_were_kept(history):
    state = State()
    for step in history["steps"]:
        for fact in facts_of(step):
            apply(state, fact)
        kept = codec.state_from_data(step["state"])
        assert codec.state_to_data(state) == codec.state_to_data(kept)


def test_an_instance_goes_on_from_any_step_to_the_same_end(history):
    steps = history["steps"]
    wanted = [fact for step in steps for fact in facts_of(step)]
    # What another version of the process did to an instance is read, not done again.
    first = max((number + 1 for number, step in enumerate(steps) if step["command"] is None), default=1)
    for number in range(first, len(steps)):
        play = gone_on(history, number)
        assert seen(play.facts) == seen(wanted)
        assert play.outcome == replayed(steps).head().outcome


def seen(told: list[facts.Fact]) -> Counter[str]:
    """Count what a person could see: elements, variables in the end, ends."""
    last = {(one.scope_id == "i", one.name): one.value for one in told if isinstance(one, facts.VariableSet)}
    found = Counter(
        f"{'own' if own else 'inner'} {name} = {codec.encode(value)}" for (own, name), value in last.items()
    )
    entered = facts.ElementEntered | facts.TokensJoined
    found.update(f"entered {one.element_id}" for one in told if isinstance(one, entered))
    found.update(f"ended {one.outcome}" for one in told if isinstance(one, facts.InstanceEnded))
    return found


def gone_on(history: Mapping[str, Any], number: int) -> Play:
    """Read an instance as it was before a step, and do with today's engine what was done to it from there on."""
    steps = history["steps"]
    xml = next((step["model"] for step in reversed(steps[:number]) if "model" in step), history["model"])
    play = Play(program_of(xml.encode()), decide=decide, **history["settings"])
    play.state = replayed(steps[:number])
    play.facts = [fact for step in steps[:number] for fact in facts_of(step)]
    play._used = steps[number]["used_before"]
    then = replayed(steps[:number])
    for step in steps[number:]:
        play.now = datetime.fromisoformat(step["at"])
        play.do(meant(command_from_data(step["command"]), then, play.state))
        for fact in facts_of(step):
            apply(then, fact)
    return play


def meant(command: commands.Command, then: State, today: State) -> commands.Command:
    """Name in a command of then what has another id today: by its element, and which of several it is."""
    ids = dict(zip(_places(then).values(), _places(then), strict=True))
    now = _places(today)
    names = {name: getattr(command, name) for name in command.__struct_fields__}
    return replace(
        command, **{name: now[ids[id_]] for name, id_ in names.items() if isinstance(id_, str) and id_ in ids}
    )


def _places(state: State) -> dict[tuple[str, str, int], str]:
    """Find the ids of all that can be named, by kind, element, and number among alike."""
    found: dict[tuple[str, str, int], str] = {}
    alike: Counter[tuple[str, str]] = Counter()
    rows = [
        *((wait.kind, wait.element_id, wait.id) for wait in state.waits.rows.values() if wait),
        *(("element", row.element_id, row.id) for row in state.elements.rows.values() if row),
        *(("incident", row.element_id, row.id) for row in state.incidents.rows.values() if row),
    ]
    for kind, element_id, id_ in sorted(rows):
        alike[kind, element_id] += 1
        found[kind, element_id, alike[kind, element_id]] = id_
    return found
