"""What has ended in this scope is compensated: one activity, or all, the last first."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _compensation
from bpmn._program import Node
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Compensation:
    # "" = every activity.
    activity_id: str
    waits: bool
    defers: bool = False

    def throw(self, run: "Run", node: Node, at: ElementInstance) -> bool:
        _compensation.start(run, at, _scope_of(run, at, self.activity_id), self.activity_id, waits=self.waits)
        return not self.waits


def _scope_of(run: "Run", at: ElementInstance, activity_id: str) -> str:
    """Find the scope whose activities are meant: an event subprocess compensates what is beside it, and in itself what it names."""
    named = run.program.by_id.get(activity_id)
    while at.scope_id is not None:
        at = run.state.elements.get(at.scope_id)
        node = run.node_of(at)
        if named is not None and named.scope is not None and named.scope.id == node.id:
            return at.id
        if named is None and not node.is_event_subprocess:
            return at.id
    return at.id


def read(reader: "Reader", event: etree._Element, definition: etree._Element) -> Compensation:
    waits = definition.get("waitForCompletion", "true") not in {"false", "0"}
    return Compensation(definition.get("activityRef", "").rpartition(":")[2], waits)
