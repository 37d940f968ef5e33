"""A signal is thrown to everybody who listens, in this instance and in all others."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _events
from bpmn._evaluate import compute_text
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._triggers.signal import read_name

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Signal:
    """It carries the event's own variables, those that its input mappings set."""

    name: Formula
    defers: bool = True

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        name = compute_text(run, self.name, at, "The name of a signal")
        _events.throw_signal(run, at, name, run.state.variables.all(at.id))
        return run.is_there(at)


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Signal | None:
    name = read_name(reader, event, definition)
    return Signal(name) if name != "" else None
