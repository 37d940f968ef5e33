"""An activity that begins only when several tokens have come, over whichever flows."""

from dataclasses import dataclass

from bpmn import facts
from bpmn._joins import waiting_tokens
from bpmn._program import Flow, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class StartQuantity:
    quantity: int

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        node.behaviour.enter(run, node, at)

    def arrive(self, run: Run, node: Node, scope_id: str, flow: Flow) -> None:
        run.emit(facts.TokenArrived(scope_id, node.id, flow.id))
        join = run.state.find_join(scope_id, node.id)
        waiting = waiting_tokens(node, join) if join else ()
        if len(waiting) >= self.quantity:
            run.open(node, run.join(node, scope_id, waiting[: self.quantity]))
