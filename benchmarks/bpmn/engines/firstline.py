"""Ours: production's `advance` with all facts kept by the caller, and the state carried on from step to step."""

import json
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count

from measure import check, measure_all, milliseconds, say
from shapes import CUSTOMER, REGISTERED, SHAPES, decision_xml

import bpmn
import dmn
from bpmn import codec, commands, facts

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PROGRAMS = {
    shape.name: next(iter(bpmn.compile_model(shape.xml("feel").encode()).processes.values())) for shape in SHAPES
}
_DECISIONS = dmn.load(decision_xml("feel").encode())
new_id = map("01938a5e-7c44-7d20-9f3e-%012x".__mod__, count()).__next__
"""Makes ids as long as those of production."""


def decide(element_id: str, decision_id: str, context: dict[str, object]) -> object:
    """Answer the business rule task."""
    return _DECISIONS.evaluate(decision_id, context).value


class Instance:
    """One instance with all its facts and its state."""

    __slots__ = ("facts", "id", "program", "state")

    def __init__(self, name: str) -> None:
        self.program = _PROGRAMS[name]
        self.state = bpmn.State()
        self.facts: list[facts.Fact] = []
        self.id = new_id()
        self.do(commands.Start(instance_id=self.id, business_id="b", variables={}))

    def do(self, command: commands.Command) -> None:
        """Carry out one command and keep what followed."""
        step = bpmn.advance(self.program, self.state, command, NOW, new_id, decide=decide)
        assert isinstance(step, bpmn.Step), step
        self.state.adopt(step.after)
        self.facts.extend(step.facts)

    def open(self, kind: type[facts.TaskCreated] | type[facts.JobCreated]) -> str:
        """Find what was asked for last, as the desk or a worker does by the effect."""
        for fact in reversed(self.facts):
            if type(fact) is kind:
                return fact.id
        raise LookupError(kind)


def complaint() -> Instance:
    """Work on one complaint from its receipt to its end."""
    one = Instance("COMPLAINT")
    to_handle(one)
    one.do(commands.CompleteTask(task_id=one.open(facts.TaskCreated), variables={"decision": "refund"}))
    one.do(commands.CompleteJob(job_id=one.open(facts.JobCreated), variables={"payment": {"paid": 180}}))
    return one


def to_handle(one: Instance) -> None:
    """Register the complaint and look its customer up."""
    one.do(commands.CompleteTask(task_id=one.open(facts.TaskCreated), variables=REGISTERED))
    one.do(commands.CompleteJob(job_id=one.open(facts.JobCreated), variables={"customer": CUSTOMER}))


def run(name: str) -> Instance:
    """Run one instance of a shape to its end."""
    return complaint() if name == "COMPLAINT" else Instance(name)


def visited(one: Instance) -> Counter[str]:
    """Count the elements that it went through, and the deadline that was armed."""
    entered = facts.ElementEntered | facts.TokensJoined | facts.TimerScheduled
    return Counter(fact.element_id for fact in one.facts if isinstance(fact, entered))


def stored(one: Instance) -> str:
    """Write the state as a store does."""
    return json.dumps(codec.state_to_data(one.state), separators=(",", ":"))


def step_after_restore() -> object:
    """Restore the waiting complaint, register it, look its customer up, save it."""
    one = Instance.__new__(Instance)
    one.program, one.state, one.facts = _PROGRAMS["COMPLAINT"], codec.state_from_data(json.loads(_AT_REGISTER)), []
    ((_, task_id),) = one.state.waits.rows
    one.do(commands.CompleteTask(task_id=task_id, variables=REGISTERED))
    one.do(commands.CompleteJob(job_id=one.open(facts.JobCreated), variables={"customer": CUSTOMER}))
    return stored(one)


def check_all() -> None:
    """Check that every shape runs as it should."""
    for shape in SHAPES:
        one = run(shape.name)
        assert one.state.instance is not None
        assert one.state.instance.outcome == ("terminated" if shape.name == "EXT" else "completed"), shape.name
        check(shape, visited(one))


_WAITING = Instance("COMPLAINT")
_AT_REGISTER = stored(_WAITING)

if __name__ == "__main__":
    check_all()
    say(version=version("firstline-bpmn"))
    measure_all(run)
    to_handle(_WAITING)
    say(state="register", bytes=len(_AT_REGISTER))
    say(state="handle", bytes=len(stored(_WAITING)))
    say(step=milliseconds(step_after_restore))
