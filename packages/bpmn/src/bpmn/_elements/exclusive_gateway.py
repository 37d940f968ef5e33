"""One way on: the first flow whose condition holds, else the default."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._evaluate import Failure, flow_holds
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class ExclusiveGateway:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.leave(node, at, self.through(run, node, at.id, at))

    def is_idle(self, node: Node) -> bool:
        return len(node.outgoing) < 2 and not node.conditional

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        if len(node.outgoing) < 2 and not node.conditional:
            return node.outgoing
        for flow in node.outgoing:
            if flow is not node.default and flow_holds(run, flow, at):
                return (flow,)
        if node.default is None:
            raise Failure("no_flow", "No condition of the gateway holds, and it has no default flow.")
        return (node.default,)


def read(reader: "Reader", element: etree._Element) -> ExclusiveGateway:
    return ExclusiveGateway()
