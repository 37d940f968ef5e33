"""Events that a multi-instance activity throws while its instances end, to be caught on its boundary.

`none` throws for every instance that ends, `one` for the first, `complex` when one of its conditions holds, `all` never. What
catches such an event is told of it; the activity itself goes on with its instances.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bpmn._evaluate import holds
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._triggers.signal import Signal
from feel import Expression

if TYPE_CHECKING:
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Implicit:
    """What is thrown: a signal or an escalation; a name of "" is caught by any of its kind."""

    kind: Literal["signal", "escalation"]
    name: str

    def is_caught_by(self, event: Node) -> bool:
        """Tell whether a boundary event catches it."""
        if self.kind == "escalation":
            return event.catches.escalation_code in ({"", self.name} if self.name else {event.catches.escalation_code})
        names = [trigger.name for trigger in event.triggers if isinstance(trigger, Signal)]
        return self.name in names if self.name else bool(names)


@dataclass(frozen=True, slots=True)
class LoopEvents:
    behaviour: Literal["none", "one", "all", "complex"] = "all"
    event: Implicit = Implicit("signal", "")
    complex: tuple[tuple[Expression, Implicit], ...] = ()

    def prepare(self, run: "Run", node: Node, at: ElementInstance, counts: Mapping[str, object]) -> None:
        """Evaluate the conditions once, so that one that fails is an incident before anything has happened. Raises: Failure."""
        for condition, _ in self.complex:
            holds(run, condition, at, f"of loop '{node.id}'", counts)

    def throw(self, run: "Run", node: Node, at: ElementInstance, counts: Mapping[str, object]) -> None:
        """Throw what is to be thrown after an instance has ended."""
        for thrown in self._thrown(run, node, at, counts):
            self._catch(run, node, at, thrown)

    def _thrown(self, run: "Run", node: Node, at: ElementInstance, counts: Mapping[str, object]) -> list[Implicit]:
        if self.behaviour == "none" or (self.behaviour == "one" and counts["numberOfCompletedInstances"] == 1):
            return [self.event]
        return [event for condition, event in self.complex if holds(run, condition, at, f"of '{node.id}'", counts)]

    def _catch(self, run: "Run", node: Node, at: ElementInstance, thrown: Implicit) -> None:
        for event in node.boundaries:
            if thrown.is_caught_by(event):
                run.finish(event, run.stand_at(event, at.scope_id or ""))
