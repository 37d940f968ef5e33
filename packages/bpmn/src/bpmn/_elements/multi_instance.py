"""An activity done once per item of a collection, or a number of times: one after another, or all at once.

Nothing here looks at all instances: they are counted in the row of the activity, items and outputs lie as rows by number.
Source: BPMN 2.0.2, clauses 10.3.8 and 13.3.7.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bpmn import facts
from bpmn._elements import repeating
from bpmn._elements.loop_events import LoopEvents
from bpmn._evaluate import Failure, compute, evaluate, holds, shown, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance, Rounds
from bpmn._run import Run
from bpmn._variables import lookup, propagate
from feel import Expression

MAX_INSTANCES = 1_000_000


@dataclass(frozen=True, slots=True)
class Named:
    """A collection that is a variable, whatever its name."""

    name: str


@dataclass(frozen=True, slots=True)
class MultiInstance:
    is_sequential: bool
    # One of the two is given.
    cardinality: Formula | None
    collection: Formula | Named | None
    # "" = none.
    item_name: str
    output_name: str
    output: Formula | None
    # A variable that each instance has of its own, so that its output isn't another's.
    local_output: str
    completion: Expression | None
    events: LoopEvents

    def enter(self, run: Run, node: Node, at: ElementInstance) -> None:
        items = self._items(run, at)
        total = len(items) if items is not None else self._count(run, at)
        repeating.begin(run, node, at, total, tuple(items or ()) if self.is_sequential else ())
        if not total:
            self._complete(run, node, at)
        elif self.is_sequential:
            self._enter(run, node, at, 1, items[0] if items else None)
        else:
            # All stand before the first begins: an instance that ends at once may end the others.
            standing = [self._stand(run, node, at, n, items[n - 1] if items else None) for n in range(1, total + 1)]
            for one in standing:
                repeating.enter(run, node, one)

    def ending(self, run: Run, node: Node, inner: Node, at: ElementInstance) -> bool:
        rounds = repeating.rounds_of(run, at.scope_id or "")
        active = run.state.elements.get(at.scope_id or "").tokens
        counts = _counts(rounds, ended=rounds.ended + 1, active=active - 1)
        value = compute(run, self.output, at) if self.output is not None else None
        enough = self.completion is not None and holds(
            run, self.completion, at, f"of loop '{node.id}'", {"loopCounter": Decimal(at.round), **counts}
        )
        self.events.prepare(run, node, at, counts)
        if self.output is not None:
            run.emit(facts.VariableSet(rounds.list_id, f"out {at.round}", value))
        return enough

    def ended(self, run: Run, node: Node, scope_id: str, *, enough: bool) -> None:
        at = run.state.elements.get(scope_id)
        rounds = repeating.rounds_of(run, scope_id)
        self.events.throw(run, node, at, _counts(rounds, ended=rounds.ended, active=at.tokens))
        if enough and run.is_there(at):
            run.change_mode(at, "closing", "the completion condition holds")
            run.empty_scope(node, scope_id, "the completion condition holds")

    def emptied(self, run: Run, node: Node, at: ElementInstance) -> None:
        rounds = repeating.rounds_of(run, at.id)
        if at.mode != "closing" and rounds.begun < (rounds.total or 0):
            number = rounds.begun + 1
            item = run.state.variables.find(rounds.list_id, f"in {number}") if self.collection is not None else None
            self._enter(run, node, at, number, item)
        else:
            self._complete(run, node, at)

    # --- instances ---

    def _enter(self, run: Run, node: Node, at: ElementInstance, number: int, item: object) -> None:
        repeating.enter(run, node, self._stand(run, node, at, number, item))

    def _stand(self, run: Run, node: Node, at: ElementInstance, number: int, item: object) -> ElementInstance:
        variables: dict[str, object] = {"loopCounter": Decimal(number)}
        if self.local_output:
            variables[self.local_output] = None
        if self.item_name:
            variables[self.item_name] = item
        return repeating.stand(run, node, at.id, number, variables)

    def _complete(self, run: Run, node: Node, at: ElementInstance) -> None:
        if self.output_name:
            around = run.state.elements.get(at.scope_id or "")
            propagate(run, around, {self.output_name: list(self._outputs(run, at))})
        run.finish(node, at)

    def _outputs(self, run: Run, at: ElementInstance) -> Iterator[object]:
        """List the outputs in the order of the items; null for an instance that didn't end."""
        rounds = repeating.rounds_of(run, at.id)
        given = run.state.variables.all(rounds.list_id) if rounds.total else {}
        return (given.get(f"out {number}") for number in range(1, (rounds.total or 0) + 1))

    # --- how many ---

    def _items(self, run: Run, at: ElementInstance) -> list[object] | None:
        if self.collection is None:
            return None
        if isinstance(self.collection, Named):
            items = lookup(run, at, (self.collection.name,)).get(self.collection.name)
        else:
            items = compute(run, self.collection, at)
        if not isinstance(items, list):
            source = self.collection.name if isinstance(self.collection, Named) else source_of(self.collection)
            raise Failure("loop", f"'{source}' must give a list, not {shown(items)}.")
        return items

    def _count(self, run: Run, at: ElementInstance) -> int:
        value = evaluate(run, self.cardinality or "", at)
        if isinstance(value, str) and value.isdecimal() and len(value) < 10:
            value = Decimal(value)
        if isinstance(value, Decimal) and value == value.to_integral_value() and 0 <= value <= MAX_INSTANCES:
            return int(value)
        raise Failure("loop", f"The number of instances must be 0 to {MAX_INSTANCES:,}, not {shown(value)}.")


def _counts(rounds: Rounds, *, ended: int, active: int) -> dict[str, object]:
    numbers = {
        "numberOfInstances": rounds.total or 0,
        "numberOfActiveInstances": active,
        "numberOfCompletedInstances": ended,
        "numberOfTerminatedInstances": rounds.begun - ended - active,
    }
    return {name: Decimal(number) for name, number in numbers.items()}
