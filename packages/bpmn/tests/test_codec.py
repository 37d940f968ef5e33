"""States as JSON: small, and those of releases before are read."""

import pytest

from bpmn import State, codec
from bpmn.errors import CodecError
from bpmn.testing import (
    Play,
    boundary,
    end,
    gateway,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
    start,
    subprocess,
    timer,
    user_task,
)

MODEL = model(
    *(start(), gateway("parallel", "fork"), user_task("check"), script_task("note", "1.5", "noted")),
    subprocess("inner", start("s"), user_task("deep"), end("e"), path("s", "deep", "e")),
    boundary("late", "check", timer(duration="PT1H")),
    boundary("heard", "check", signal_reference("sig"), interrupting=False),
    *(gateway("parallel", "join"), end(), end("l"), end("h"), path("start", "fork", "check", "join", "end")),
    *(path("fork", "inner", "join"), path("fork", "note", "join"), path("late", "l"), path("heard", "h")),
    definitions=[signal_definition("sig", "alarm")],
)
# As schema 1 wrote it: waits beside the element instances, and what is empty.
BEFORE = {
    "schema": 1,
    "instance": {"id": "i", "process_id": "p", "business_id": "b", "call_id": None},
    "elements": [
        {
            "id": "000003",
            "element_id": "check",
            "scope_id": "i",
            "waits": [["timer", "000004"], ["signal", "000005"], ["task", "000006"]],
        },
        {"id": "000007", "element_id": "inner", "scope_id": "i", "tokens": 1},
        {"id": "000010", "element_id": "deep", "scope_id": "000007", "waits": [["task", "000011"]]},
        {"id": "i", "element_id": "p", "scope_id": None, "tokens": 3},
    ],
    "waits": [
        {
            "kind": "signal",
            "id": "000005",
            "element_instance_id": "000003",
            "element_id": "heard",
            "name": "alarm",
        },
        {"kind": "task", "id": "000006", "element_instance_id": "000003", "element_id": "check"},
        {"kind": "task", "id": "000011", "element_instance_id": "000010", "element_id": "deep"},
        {
            "kind": "timer",
            "id": "000004",
            "element_instance_id": "000003",
            "element_id": "late",
            "due_at": {"$datetime": "2026-01-05T10:00:00+00:00"},
        },
    ],
    "joins": [{"scope_id": "i", "element_id": "join", "waiting": {"note-join": 1}}],
    "incidents": [],
    "compensables": [],
    "variables": {"i": {"amount": {"$decimal": "5"}, "noted": {"$decimal": "1.5"}}},
}


def play() -> Play:
    one = Play(MODEL, thorough=True)
    one.start(amount=5)
    return one


def test_a_state_of_the_schema_before_is_read() -> None:
    one = play()
    now = codec.state_to_data(one.state)
    one.state = codec.state_from_data(BEFORE)
    assert codec.state_to_data(one.state) == now
    one.signal("alarm")
    one.complete_task("check")
    one.complete_task("deep")
    assert one.outcome == "completed"


def test_a_wait_says_only_what_its_element_does_not() -> None:
    check, inner, deep, _ = codec.state_to_data(play().state)["elements"]
    late = {"kind": "timer", "id": "000004", "element_id": "late"}
    heard = {"kind": "signal", "id": "000005", "element_id": "heard", "name": "alarm"}
    due = {"due_at": {"$datetime": "2026-01-05T10:00:00+00:00"}}
    waits = [late | due, heard, {"kind": "task", "id": "000006"}]
    assert check == {"id": "000003", "element_id": "check", "waits": waits}
    assert (inner.get("scope_id"), deep["scope_id"]) == (None, "000007")


def test_what_is_empty_is_not_written() -> None:
    assert codec.state_to_data(State()) == {"schema": 2, "instance": None}


def test_a_state_of_a_later_release_is_refused() -> None:
    with pytest.raises(CodecError, match="schema 3"):
        codec.state_from_data({"schema": 3, "instance": None})
