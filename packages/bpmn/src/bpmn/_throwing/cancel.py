"""A transaction is cancelled: what runs in it ends, what has ended in it is compensated, then its cancel event catches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _compensation, _ending
from bpmn._program import Node
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Cancel:
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        run.leave(node, at, ())
        transaction = _transaction_around(run, at)
        scope = run.node_of(transaction)
        _ending.stop_listening(run, transaction, scope.listens)
        run.change_mode(transaction, "cancelling", "cancelled")
        _ending.empty_scope(run, scope, transaction.id, "cancelled")
        _compensation.start(run, transaction, transaction.id, "", waits=True)
        return False


def _transaction_around(run: "Run", at: ElementInstance) -> ElementInstance:
    while at.scope_id is not None:
        at = run.state.elements.get(at.scope_id)
        node = run.node_of(at)
        if node.tag == "transaction" and node.container is None:
            return at
    raise KeyError("a cancel end event stands in a transaction")


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Cancel:
    return Cancel()
