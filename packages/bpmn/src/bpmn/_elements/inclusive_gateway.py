"""Every way whose condition holds; waits while a token elsewhere can still reach it over an empty incoming flow.

Source: BPMN 2.0.2, clause 13.4.3. The waiting tokens are released in `_joins`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._program import Flow, InclusiveJoin, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class InclusiveGateway:
    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        run.finish(node, at)

    def arrive(self, run: Run, node: Node, scope_id: str, flow: Flow) -> None:
        run.emit(facts.TokenArrived(scope_id, node.id, flow.id))


def read(reader: "Reader", element: etree._Element) -> InclusiveGateway:
    return InclusiveGateway()


def join_rule(node: Node) -> InclusiveJoin:
    """Work out, for each element, over which incoming flows of `node` a token in it could still come, not through `node`.

    Walks backwards from each incoming flow; from a boundary event on to the activity that it is attached to.
    """
    bit_of = {flow.id: 1 << number for number, flow in enumerate(node.incoming)}
    reach: dict[str, int] = {}
    for flow in node.incoming:
        for element_id in _before(flow, node):
            reach[element_id] = reach.get(element_id, 0) | bit_of[flow.id]
    return InclusiveJoin(bit_of, reach)


def _before(flow: Flow, join: Node) -> set[str]:
    seen: set[str] = set()
    ahead = [flow.source]
    while ahead:
        node = ahead.pop()
        if node is join or node.id in seen:
            continue
        seen.add(node.id)
        ahead.extend(incoming.source for incoming in node.incoming)
        if node.attached_to is not None:
            ahead.append(node.attached_to)
    return seen
