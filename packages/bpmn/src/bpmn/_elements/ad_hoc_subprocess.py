"""A subprocess whose steps no flow begins: all of them, those that an expression names, or those that somebody chooses.

With `zeebe:adHoc` the steps are offered, and `BeginStep` begins one; its `activeElementsCollection` names those that begin by
themselves. Without it every step begins once. Sequential ordering allows one at a time. It ends when its completion condition
holds after a step; without one, when nothing is left to do in it.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import _ending, facts
from bpmn._elements import repeating
from bpmn._evaluate import Failure, compute, holds, shown, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance
from bpmn._run import Run
from bpmn._scopes import ABSENT
from bpmn._xml import BPMN
from feel import Expression

if TYPE_CHECKING:
    from bpmn._reader import Reader


@dataclass(frozen=True, slots=True)
class AdHocSubprocess:
    is_sequential: bool
    is_offered: bool
    # Which steps begin by themselves; None = none, where they are offered.
    first: Formula | None
    completion: Expression | None
    # Whether it ends with steps that are still under way.
    cancels_rest: bool

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        steps = self._first(run, node, at)
        ids = tuple(step.id for step in steps)
        repeating.begin(run, node, at, len(ids), ids if self.is_sequential else ())
        if self.is_offered:
            offered = tuple(step.id for step in node.starts)
            run.emit(facts.StepsOffered(run.new_id(), at.id, node.id, offered, self.is_sequential))
        standing = [run.stand_at(step, at.id) for step in (steps[:1] if self.is_sequential else steps)]
        for one in standing:
            if run.is_there(one):
                run.open(run.node_of(one), one)
        if not standing:
            run.unfinished.append(at.id)

    def ending(self, run: Run, node: Node, inner: Node, at: ElementInstance) -> bool:
        if self.completion is None or not inner.is_activity or inner.is_event_subprocess:
            return False
        scope = run.state.elements.get(at.scope_id or "")
        return holds(run, self.completion, scope, f"of ad-hoc subprocess '{node.id}'")

    def ended(self, run: Run, node: Node, scope_id: str, *, enough: bool) -> None:
        if enough:
            at = run.state.elements.get(scope_id)
            close(run, node, at, "the completion condition holds")
            if self.cancels_rest:
                _ending.empty_scope(run, node, scope_id, "the completion condition holds")

    def emptied(self, run: Run, node: Node, at: ElementInstance) -> None:
        if at.mode in {"closing", "interrupted"}:
            run.finish(node, at)
            return
        step = self._next(run, node, at)
        if step is not None:
            run.enter(step, at.id)
        elif not any(kind == "offer" for kind, _ in at.waits):
            run.finish(node, at)

    def _first(self, run: Run, node: Node, at: ElementInstance) -> tuple[Node, ...]:
        if self.first is None:
            return () if self.is_offered else node.starts
        ids = compute(run, self.first, at)
        known = {step.id: step for step in node.starts}
        if not isinstance(ids, list) or not all(id_ in known for id_ in ids):
            wanted = f"must give a list of ids of its steps ({', '.join(known)})"
            raise Failure("ad_hoc", f"'{source_of(self.first)}' {wanted}, not {shown(ids)}.")
        return tuple(known[str(id_)] for id_ in ids)

    def _next(self, run: Run, node: Node, at: ElementInstance) -> Node | None:
        """Find the next of the steps that begin by themselves, one after another."""
        rounds = repeating.rounds_of(run, at.id)
        done = run.state.variables.find(rounds.list_id, _DONE) if rounds.total else ABSENT
        begun = int(done) if isinstance(done, Decimal) else 1
        if not self.is_sequential or begun >= (rounds.total or 0):
            return None
        run.emit(facts.VariableSet(rounds.list_id, _DONE, Decimal(begun + 1)))
        id_ = run.state.variables.find(rounds.list_id, f"in {begun + 1}")
        return next(step for step in node.starts if step.id == id_)


# How many of the steps that begin by themselves have begun, beside their ids.
_DONE = "begun"


def is_busy(node: Node, at: ElementInstance) -> bool:
    """Tell whether no step can begin now because another is under way."""
    return isinstance(node.behaviour, AdHocSubprocess) and node.behaviour.is_sequential and at.tokens > 0


def close(run: Run, node: Node, at: ElementInstance, reason: str) -> None:
    """Begin nothing more in it."""
    run.change_mode(at, "closing", reason)
    for kind, id_ in run.state.elements.get(at.id).waits:
        if kind == "offer":
            run.emit(facts.OfferClosed(id_, at.id, node.id))


def read(reader: "Reader", element: etree._Element) -> AdHocSubprocess:
    """Read ordering, completionCondition, cancelRemainingInstances and `zeebe:adHoc`."""
    text = element.findtext(BPMN + "completionCondition") or ""
    extension = reader.extension(element, "adHoc")
    first = extension.get("activeElementsCollection", "") if extension is not None else ""
    return AdHocSubprocess(
        element.get("ordering") == "Sequential",
        extension is not None,
        reader.feel(first, element, "active elements") if first.strip() else None,
        reader.expression(text, element, "completion condition") if text.strip() else None,
        element.get("cancelRemainingInstances", "true") not in {"false", "0"},
    )
