"""An activity done again while a condition holds, looked at before or after each round."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from bpmn._elements import repeating
from bpmn._evaluate import holds
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._xml import BPMN
from feel import Expression

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """Each round sees its number as `loopCounter`, from 1; the condition sees that of the rounds that were."""

    condition: Expression | None
    tests_before: bool
    maximum: int | None

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        again = not self.tests_before or self._goes_on(run, node, at, 0)
        if run.state.elements.get(at.id).rounds is None:
            repeating.begin(run, node, at, None)
        if again:
            self._next(run, node, at, 1)
        else:
            run.finish(node, at)

    def ending(self, run: Run, node: Node, inner: Node, at: ElementInstance) -> bool:
        return False

    def ended(self, run: Run, node: Node, scope_id: str, *, enough: bool) -> None:
        """The scope is empty now, and `emptied` goes on."""

    def emptied(self, run: Run, node: Node, at: ElementInstance) -> None:
        begun = repeating.rounds_of(run, at.id).begun
        if at.mode != "closing" and self._goes_on(run, node, at, begun):
            self._next(run, node, at, begun + 1)
        else:
            run.finish(node, at)

    def _next(self, run: Run, node: Node, at: ElementInstance, number: int) -> None:
        repeating.enter(run, node, repeating.stand(run, node, at.id, number, {"loopCounter": Decimal(number)}))

    def _goes_on(self, run: Run, node: Node, at: ElementInstance, rounds: int) -> bool:
        if self.maximum is not None and rounds >= self.maximum:
            return False
        counter = {"loopCounter": Decimal(rounds)}
        return self.condition is None or holds(run, self.condition, at, f"of loop '{node.id}'", counter)


def read(reader: "Reader", element: etree._Element, loop: etree._Element) -> StandardLoop:
    """Read standardLoopCharacteristics."""
    text = loop.findtext(BPMN + "loopCondition") or ""
    condition = reader.expression(text, element, "loop condition") if text.strip() else None
    maximum = reader.whole_number(element, loop.get("loopMaximum", ""), "loop maximum", at_least=1)
    if not text.strip() and maximum is None:
        reader.problem("loop", element, "repeats without a condition or a maximum, so it would never end")
    return StandardLoop(condition, loop.get("testBefore") in {"true", "1"}, maximum)
