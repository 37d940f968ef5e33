"""The event that happens first decides which way it goes; the others are no longer waited for.

At the start of a process it instantiates: exclusively, by one of the events, or in parallel: the first begins the instance,
which then waits for all others.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._events import open_events
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class EventBasedGateway:
    instantiates: bool
    is_parallel: bool

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        open_events(run, [flow.target for flow in node.outgoing], at)


def read(reader: "Reader", element: etree._Element) -> EventBasedGateway:
    instantiates = element.get("instantiate") in {"true", "1"}
    is_parallel = element.get("eventGatewayType") == "Parallel"
    if is_parallel and not instantiates:
        reader.problem("event_gateway", element, "waits for all of its events, which only one that instantiates may do")
    return EventBasedGateway(instantiates, is_parallel)
