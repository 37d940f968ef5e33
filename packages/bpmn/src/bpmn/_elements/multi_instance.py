"""An activity done once per item of a collection, or a number of times: one after another, or all at once.

Nothing here looks at all instances: they are counted in the row of the activity, items and outputs lie as rows by number.
Those of a parallel one begin when nothing else moves, so that one that ends at once may end the others before they begin.
Source: BPMN 2.0.2, clauses 10.3.8 and 13.3.7.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bpmn import _ending, facts
from bpmn._elements import repeating
from bpmn._elements.loop_events import LoopEvents
from bpmn._evaluate import Failure, compute, evaluate, holds, shown, source_of
from bpmn._program import Formula, Node
from bpmn._rows import ElementInstance, Rounds
from bpmn._run import Run
from bpmn._tables import Unknown
from bpmn._variables import lookup, propagate
from feel import Expression

MAX_INSTANCES = 1_000_000
_BATCH = 100


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
        repeating.begin(run, node, at, total, tuple(items or ()))
        if total:
            self._begin_next(run, node, at)
        else:
            self._complete(run, node, at)

    def ending(self, run: Run, node: Node, inner: Node, at: ElementInstance) -> bool:
        rounds = repeating.rounds_of(run, at.scope_id or "")
        tokens = run.state.elements.get(at.scope_id or "").tokens
        counts = self._counts(rounds, ended=rounds.ended + 1, tokens=tokens - 1)
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
        self.events.throw(run, node, at, self._counts(rounds, ended=rounds.ended, tokens=at.tokens))
        if enough and run.is_there(at):
            run.change_mode(at, "closing", "the completion condition holds")
            _ending.empty_scope(run, node, scope_id, "the completion condition holds")

    def emptied(self, run: Run, node: Node, at: ElementInstance) -> None:
        rounds = repeating.rounds_of(run, at.id)
        if at.mode != "closing" and rounds.begun < (rounds.total or 0):
            self._begin_next(run, node, at)
        elif not at.tokens:
            self._complete(run, node, at)

    # --- instances ---

    def _begin_next(self, run: Run, node: Node, at: ElementInstance) -> None:
        rounds = repeating.rounds_of(run, at.id)
        number = rounds.begun + 1
        variables: dict[str, object] = {"loopCounter": Decimal(number)}
        if self.local_output:
            variables[self.local_output] = None
        if self.item_name:
            variables[self.item_name] = self._item(run, rounds, number)
        one = repeating.stand(run, node, at.id, number, variables)
        if not self.is_sequential and number < (rounds.total or 0):
            run.unbegun[at.id] = None
        repeating.enter(run, node, one)

    def _item(self, run: Run, rounds: Rounds, number: int) -> object:
        if self.collection is None:
            return None
        try:
            return run.state.variables.find(rounds.list_id, f"in {number}")
        except Unknown:
            # Those of a parallel one are wanted one right after the other.
            after = number + (1 if self.is_sequential else _BATCH)
            numbers = range(number, min(after, (rounds.total or 0) + 1))
            raise Unknown(tuple(("variable", rounds.list_id, f"in {n}") for n in numbers)) from None

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

    def _counts(self, rounds: Rounds, *, ended: int, tokens: int) -> dict[str, object]:
        """Count instances; those of a parallel one that are to begin in this very step are as good as there."""
        total = rounds.total or 0
        numbers = {
            "numberOfInstances": total,
            "numberOfActiveInstances": tokens if self.is_sequential else tokens + total - rounds.begun,
            "numberOfCompletedInstances": ended,
            "numberOfTerminatedInstances": rounds.begun - ended - tokens,
        }
        return {name: Decimal(number) for name, number in numbers.items()}

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
