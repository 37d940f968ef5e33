"""All ways on; waits for a token on every incoming flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._applying.joins import token_arrived
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class ParallelGateway:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.leave(node, at, node.outgoing)

    def is_idle(self, node: Node) -> bool:
        return True

    def through(self, run: Run, node: Node, id_: str, at: ElementInstance) -> Sequence[Flow]:
        return node.outgoing

    def arrive(self, run: Run, node: Node, scope_id: str, flow: Flow) -> None:
        arrived = facts.TokenArrived(scope_id, node.id, flow.id)
        run.facts.append(arrived)
        if len(token_arrived(run.state, arrived).waiting) == len(node.incoming):
            run.begin_joined(node, scope_id, tuple([flow.id for flow in node.incoming]))


def read(reader: "Reader", element: etree._Element) -> ParallelGateway:
    return ParallelGateway()
