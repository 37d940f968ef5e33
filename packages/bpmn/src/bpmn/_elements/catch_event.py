"""Waiting for what an event is waiting for: intermediate catch events, receive tasks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements.pass_through import PassThrough
from bpmn._events import open_events
from bpmn._program import Behaviour, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class Catch:
    """It goes on when one of its triggers happens, or all of them if it is parallel multiple."""

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        open_events(run, (node,), at)


def read(reader: "Reader", element: etree._Element) -> Behaviour:
    """A link is a flow in disguise; everything else waits."""
    kinds = {kind for kind, _ in reader.event_definitions(element)}
    return PassThrough() if kinds == {"link"} else Catch()
