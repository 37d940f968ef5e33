"""A condition over variables: it happens when the condition begins to hold, at once if it holds already."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import facts
from bpmn._evaluate import Failure, evaluate, shown
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._variables import chain, lookup
from bpmn._xml import BPMN
from feel import Expression

if TYPE_CHECKING:
    from bpmn._reader import Reader
    from bpmn._run import Run


@dataclass(frozen=True, slots=True)
class Condition:
    """It is looked at again when a variable changes that it reads."""

    expression: Expression
    # Which of the event's definitions it is.
    part: int

    @property
    def definition(self) -> tuple[str, ...]:
        return ("condition", self.expression.text)

    def opening(self, run: "Run", node: Node, host: ElementInstance) -> facts.ConditionSubscribed:
        self.holds(run, host, node)
        names, scope_ids = tuple(sorted(self.expression.names)), tuple(chain(run, host))
        return facts.ConditionSubscribed(run.new_id(), host.id, node.id, names, scope_ids, self.part)

    def holds(self, run: "Run", host: ElementInstance, node: Node) -> bool:
        """Look at it now; null means no, and so does a failure while a variable is missing. Raises: Failure."""
        try:
            value = evaluate(run, self.expression, host)
        except Failure:
            known = lookup(run, host, self.expression.names)
            if all(known.get(name) is not None for name in self.expression.names):
                raise
            return False
        if value is None or isinstance(value, bool):
            return bool(value)
        message = f"The condition '{self.expression.text}' of event '{node.id}' gave {shown(value)}, not true or false."
        raise Failure("condition", message)


def read(reader: "Reader", event: etree._Element, definition: etree._Element, part: int) -> Condition | None:
    """Read a conditionalEventDefinition."""
    expression = reader.expression(definition.findtext(BPMN + "condition") or "", event, "condition")
    return Condition(expression, part) if expression else None
