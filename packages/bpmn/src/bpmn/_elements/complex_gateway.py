"""As many tokens as its activation condition wants; those that come late are taken when it is reset.

Source: BPMN 2.0.2, clause 13.4.5. The condition reads `activationCount`; conditions of outgoing flows read `waitingForStart`.
A flow without a condition is taken when the gateway is activated, not when it is reset.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _joins, facts
from bpmn._evaluate import Failure, flow_holds
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._xml import BPMN
from feel import Expression

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class ComplexGateway:
    # None = the first token is enough.
    activation: Expression | None

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        started = {"waitingForStart": True}
        flows = [flow for flow in node.outgoing if flow is not node.default and flow_holds(run, flow, at, started)]
        if not flows and node.default is not None:
            flows = [node.default]
        if not flows and node.outgoing:
            raise Failure("no_flow", "No condition of the gateway holds, and it has no default flow.")
        run.leave(node, at, flows)

    def arrive(self, run: Run, node: Node, scope_id: str, flow: Flow) -> None:
        run.emit(facts.TokenArrived(scope_id, node.id, flow.id))
        _joins.activate(run, node, scope_id)
        if node.scope is not None:
            run.touched[scope_id] = node.scope


def read(reader: "Reader", element: etree._Element) -> ComplexGateway:
    text = element.findtext(BPMN + "activationCondition") or ""
    return ComplexGateway(reader.expression(text, element, "activation condition") if text.strip() else None)
