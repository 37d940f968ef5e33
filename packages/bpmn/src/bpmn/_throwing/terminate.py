"""Everything else in this process or subprocess ends."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _ending
from bpmn._program import Node
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Terminate:
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        scope = run.state.elements.get(at.scope_id or "")
        around = run.node_of(scope)
        if around.container is not None:
            run.change_mode(scope, "closing", "terminated")
        run.leave(node, at, ())
        self.left(run, around, scope.id)
        return False

    def enter(self, run: "Run", node: Node, at: ElementInstance) -> None:
        self.throw(run, node, at)

    def left(self, run: "Run", around: Node, scope_id: str) -> None:
        _ending.empty_scope(run, around, scope_id, "terminated")
        if around.scope is None:
            _ending.end_instance(run, "terminated")


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Terminate:
    return Terminate()
