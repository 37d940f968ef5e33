"""A signal by name: whoever throws it, everybody who waits hears it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._evaluate import compute_text, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Signal:
    """`opening` computes the name, once, when the event begins to listen."""

    name: Formula

    @property
    def definition(self) -> tuple[str, ...]:
        return ("signal", source_of(self.name))

    def opening(self, run: "Run", node: Node, host: ElementInstance) -> facts.SignalSubscribed:
        name = compute_text(run, self.name, host, "The name of a signal")
        return facts.SignalSubscribed(run.new_id(), host.id, node.id, name)


def read(reader: "Reader", event: etree._Element, definition: etree._Element, part: int) -> Signal | None:
    """Read a signalEventDefinition."""
    name = read_name(reader, event, definition)
    return Signal(name) if name != "" else None


def read_name(reader: "Reader", event: etree._Element, definition: etree._Element) -> Formula:
    """Read the name of the signal that `signalRef` names, its id if it has no name; "" when there is no such signal."""
    signal = reader.definition("signal", definition.get("signalRef", ""))
    if signal is None:
        reader.problem("signal", event, "refers to no signal")
        return ""
    return reader.formula(signal.get("name", "").strip() or signal.get("id", ""), event, "signal name")
