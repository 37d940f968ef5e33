"""Histories as they are kept: a model, and step by step what was asked of an instance, its facts, and its state, all as JSON.

`python packages/bpmn/scripts/record_histories.py 1.2.0` writes those of a release; no later one changes them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from bpmn import Program, codec, commands, compile_model, facts
from bpmn.testing import (
    Play,
    boundary,
    compensated,
    compensation,
    element,
    end,
    error_definition,
    error_reference,
    escalation_definition,
    escalation_reference,
    extensions,
    flow,
    gateway,
    model,
    path,
    script_task,
    service_task,
    start,
    subprocess,
    timer,
    user_task,
    zeebe,
)

from .moving import migrate
from .supported import ROWS

FOLDER = Path(__file__).parent / "histories"
COMMANDS: Mapping[str, type] = {kind.__name__: kind for kind in get_args(commands.Command)}

Act = Callable[["Recorder"], object]


def decide(*asked: object) -> str:
    """Make every decision of the models."""
    return "high"


class Recorder(Play):
    """Plays, and remembers every step."""

    def __init__(self, model: bytes, **more: Any) -> None:
        super().__init__(model, decide=decide, **more)
        self.steps: list[dict[str, Any]] = []

    def do(self, command: commands.Command) -> tuple[facts.Fact, ...]:
        before = self._used
        told = super().do(command)
        self._note(command_to_data(command), told, used_before=before)
        return told

    def move(self, xml: bytes, **overrides: str) -> None:
        """Move the instance to another version of its process."""
        known, before = len(self.facts), self._used
        found = migrate(self, program_of(xml), overrides)
        assert not any(finding.blocks for finding in found), found
        self._note(None, tuple(self.facts[known:]), used_before=before, model=xml.decode())

    def at(self, element_id: str) -> str:
        """Find the only element instance of an element."""
        (id_,) = (row.id for row in self.state.elements.rows.values() if row and row.element_id == element_id)
        return id_

    def _note(self, command: object, told: tuple[facts.Fact, ...], **more: object) -> None:
        self.steps.append(
            {
                "at": self.now.isoformat(),
                "command": command,
                **more,
                "facts": [codec.fact_to_data(fact) for fact in told],
                "state": codec.state_to_data(self.state),
            }
        )


def program_of(xml: bytes) -> Program:
    return next(iter(compile_model(xml).processes.values()))


def command_to_data(command: commands.Command) -> dict[str, Any]:
    return {
        "command": type(command).__name__,
        **{name: codec.encode(getattr(command, name)) for name in command.__struct_fields__},
    }


def command_from_data(data: Mapping[str, Any]) -> commands.Command:
    values = {name: codec.decode(value) for name, value in data.items() if name != "command"}
    command: commands.Command = COMMANDS[data["command"]](**values)
    return command


# --- what is recorded ---

ORDER = model(start(), user_task("check"), user_task("pack"), end(), path("start", "check", "pack", "end"))
LONGER = model(
    start(), user_task("check"), user_task("pay"), user_task("pack"), end(), path("start", "check", "pay", "pack", "end")
)  # fmt: skip
FORK = model(
    start(), user_task("check"), gateway("parallel", "split"), user_task("pack"), user_task("bill"),
    gateway("parallel", "join"), user_task("send"), end(), path("start", "check", "split", "pack", "join", "send", "end"),
    path("split", "bill", "join"),
)  # fmt: skip
BOOKED = model(
    start(), user_task("hotel"), compensated("hotel", "undo"), element("userTask", "undo", isForCompensation="true"),
    user_task("pay"), end(), path("start", "hotel", "pay", "end"),
)  # fmt: skip
JOBS = model(
    start(), service_task("charge"), boundary("refused", "charge", error_reference("no")), script_task("note", "amount / 2", "half"),
    end(), path("start", "charge", "note", "end"), path("refused", "note"), definitions=[error_definition("no", "NO")],
)  # fmt: skip
ROUNDS = model(
    start(), gateway("exclusive", "into"), script_task("count", "n + 1", "n"), gateway("exclusive", "again", "again-rest"),
    user_task("rest"), end(), path("start", "into", "count", "again", "rest", "end"), flow("again", "into", "=n < 30"),
)  # fmt: skip
BUSY = model(
    start(), user_task("check", zeebe("priorityDefinition", priority="50")), gateway("parallel", "split"), user_task("a"), user_task("b"),
    boundary("late", "b", timer(duration="PT1H"), interrupting=False), user_task("hurry"), end("hurried"), gateway("parallel", "join"),
    element("callActivity", "call", extensions(zeebe("calledElement", processId="other"))), end(),
    path("start", "check", "split", "a", "join", "call", "end"), path("split", "b", "join"), path("late", "hurry", "hurried"),
)  # fmt: skip


TRIP = model(
    start(), user_task("hotel"), compensated("hotel", "undo"), element("userTask", "undo", isForCompensation="true"),
    gateway("parallel", "split"), user_task("a"), user_task("b"), boundary("late", "b", timer(duration="PT1H"), interrupting=False),
    end("told"), gateway("parallel", "join"), element("intermediateThrowEvent", "back", compensation()), end(),
    path("start", "hotel", "split", "a", "join", "back", "end"), path("split", "b", "join"), path("late", "told"),
)  # fmt: skip
NAMES = {"hotel": "room", "undo": "no_room", "a": "first", "b": "second", "late": "over", "join": "both"}
INNER = model(
    start(), subprocess("trip", start("in"), user_task("hotel"), compensated("hotel", "undo"),
    element("userTask", "undo", isForCompensation="true"), end("out"), path("in", "hotel", "out")), compensated("trip", "call_off"),
    element("userTask", "call_off", isForCompensation="true"), element("intermediateThrowEvent", "back", compensation()), end(),
    path("start", "trip", "back", "end"),
)  # fmt: skip
CALLS = model(
    start(), element("callActivity", "call", extensions(zeebe("calledElement", processId="other"))),
    boundary("warned", "call", escalation_reference("late"), interrupting=False), boundary("failed", "call", error_reference("no")),
    end("heard"), end("gone"), end(), path("start", "call", "end"), path("warned", "heard"), path("failed", "gone"),
    definitions=[escalation_definition("late", "LATE"), error_definition("no", "NO")],
)  # fmt: skip


def renamed(xml: bytes, names: Mapping[str, str]) -> bytes:
    """Give elements other ids."""
    text = xml.decode()
    for old, new in names.items():
        for before, after in ('""', '"-', '-"', '"_'):
            text = text.replace(f"{before}{old}{after}", f"{before}{new}{after}")
    return text.encode()


def does(name: str, *arguments: object, **named: object) -> Act:
    return lambda play: getattr(play, name)(*arguments, **named)


def asks(kind: Callable[..., commands.Command], at: str = "", **named: Any) -> Act:
    """Ask something of the instance, or of the token at an element."""
    return lambda play: play.do(kind(**({"element_instance_id": play.at(at)} if at else {}), **named))


def fails(element_id: str, retries_left: int) -> Act:
    return lambda play: play.do(
        commands.FailJob(job_id=play.wait("job", element_id), message="no line", retries_left=retries_left)
    )


def refuses(element_id: str) -> Act:
    return lambda play: play.do(commands.ThrowJobError(job_id=play.wait("job", element_id), error_code="NO"))


def told_by_call(kind: Callable[..., commands.Command], element_id: str = "call", **named: Any) -> Act:
    return lambda play: play.do(kind(call_id=play.wait("call", element_id), **named))


def done(*task_ids: str) -> tuple[Act, ...]:
    return tuple(does("complete_task", id_) for id_ in task_ids)


STARTED = does("start")
MORE: Mapping[str, tuple[bytes, tuple[Act, ...], dict[str, Any]]] = {
    "suspended and resumed": (
        ORDER, (STARTED, asks(commands.Suspend, reason="look"), asks(commands.Resume, reason="go on"), *done("check", "pack")), {},
    ),
    "suspended with its caller": (
        ORDER, (STARTED, asks(commands.SuspendWithCaller), asks(commands.Suspend, reason="look"), asks(commands.ResumeWithCaller),
        asks(commands.Resume, reason="go on"), *done("check", "pack")), {},
    ),
    "moved on and back": (
        ORDER, (STARTED, asks(commands.MoveToken, "check", target_id="pack"), asks(commands.MoveToken, "pack", target_id="check"),
        *done("check", "pack")), {},
    ),
    "moved onto a flow": (
        FORK, (STARTED, *done("check"), asks(commands.MoveToken, "bill", target_id="bill-join"), *done("pack", "send")), {},
    ),
    "one token too many": (
        FORK, (STARTED, *done("check", "bill"), asks(commands.MoveToken, "pack", target_id="check"),
        asks(commands.DiscardToken, scope_id="i", flow_id="bill-join"), *done("check", "bill", "pack", "send")), {},
    ),
    "stepped back": (BOOKED, (STARTED, *done("hotel"), asks(commands.StepBack, "pay"), *done("undo", "hotel", "pay")), {}),
    "a job that fails": (
        JOBS, (STARTED, fails("charge", 1), fails("charge", 0), does("resolve"), does("complete_job", "charge", amount=7)), {},
    ),
    "an incident twice": (
        JOBS, (STARTED, refuses("charge"), does("resolve", amount="seven"), does("resolve", amount=7)), {},
    ),
    "a long step": (ROUNDS, (does("start", n=0), does("go_on"), *done("rest")), {"pause_after": 10}),
    "another release": (ORDER, (STARTED, does("move", LONGER.replace(b"Check", b"Look")), *done("check", "pay", "pack")), {}),
    "another release with much under way": (
        BUSY, (STARTED, *done("check", "a"), does("move", BUSY.replace(b"PT1H", b"PT2H")), does("wait_until", hours=3),
        *done("hurry", "b"), told_by_call(commands.CompleteCall, variables={"said": "yes"})), {},
    ),
    "another release with other names": (
        TRIP, (STARTED, *done("hotel", "a"), does("move", renamed(TRIP, NAMES), **NAMES), does("wait_until", hours=2),
        *done("second", "no_room")), {},
    ),
    "undone by a handler of its own": (INNER, (STARTED, *done("hotel", "call_off")), {}),
    "a call that warns and fails": (
        CALLS, (STARTED, told_by_call(commands.EscalateCall, escalation_code="LATE"),
        told_by_call(commands.FailCall, error_code="NO", message="full")), {},
    ),
}  # fmt: skip


def plays() -> Iterator[tuple[str, bytes, tuple[Any, ...], dict[str, Any]]]:
    """List what is played: name, model, acts, settings of the player."""
    yield from ((row.name, row.model, row.plays, {}) for row in ROWS)
    yield from ((name, *rest) for name, rest in MORE.items())


def recorded(xml: bytes, acts: tuple[Any, ...], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Play, and give what is kept of it."""
    play = Recorder(xml, **settings)
    for act in acts:
        act(play)
    return {"settings": dict(settings), "model": xml.decode(), "steps": play.steps}


def write(release: str) -> list[Path]:
    """Keep the histories of a release, each in a file."""
    folder = FOLDER / release
    folder.mkdir(parents=True)
    written = []
    for name, xml, acts, settings in plays():
        file = folder / f"{'-'.join(name.lower().replace(',', '').split())}.json"
        text = json.dumps({"name": name, **recorded(xml, acts, settings)}, ensure_ascii=False)
        written.append(file)
        file.write_text(f"{text}\n", encoding="utf-8")
    return written
