"""How a decision came about, as pages show it: from the trace that was kept, beside the model that it was made with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firstline.decisions import forms
from firstline.decisions.outline import Outline, Place, rule_key
from firstline.decisions.web.tables import TableView, table_view

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A table that was asked, or a decision that was made on the way."""

    name: str
    node_id: str
    # Of a table.
    table: TableView | None = None
    inputs: Pairs = ()
    rules: str = ""
    # Of a decision.
    result: Pairs = ()
    is_table: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why something is null, and where."""

    message: str
    place: Place | None


def steps(trace: Sequence[Any], outline: Outline | None, *, decision_id: str) -> list[StepView]:
    """List what led to a decision, in order; without the model, tables are named and not shown."""
    found = [_step(entry, outline) for entry in trace if isinstance(entry, Mapping)]
    return [step for step in found if step.is_table or step.node_id != decision_id]


def _step(entry: Mapping[str, Any], outline: Outline | None) -> StepView:
    node_id = str(entry.get("decision") or entry.get("table") or "")
    node = outline.nodes.get(node_id) if outline else None
    name = node.name if node else str(entry.get("name") or node_id)
    if "table" not in entry:
        return StepView(name=name, node_id=node_id, result=pairs(entry.get("value")))
    identity, matched = str(entry["table"]), _matched(entry)
    found = outline.tables().get(identity) if outline else None
    return StepView(
        name=name,
        node_id=node_id,
        is_table=True,
        table=table_view(found, name, matched=matched) if found else None,
        inputs=shown(entry.get("inputs") or {}),
        rules=", ".join(str(rule.get("number", "")) for rule in entry.get("rules") or ()),
    )


def _matched(entry: Mapping[str, Any]) -> Collection[str]:
    return {rule_key(str(entry["table"]), str(rule.get("rule"))) for rule in entry.get("rules") or ()}


def troubles(diagnostics: Sequence[str], outline: Outline | None) -> list[Trouble]:
    """Put what was noted beside its place: notes begin with the id of their element."""
    found = []
    for text in diagnostics:
        element_id, _colon, message = text.partition(": ")
        place = outline.places.get(element_id) if outline else None
        found.append(Trouble(message=message if place else text, place=place))
    return found


def pairs(value: object, *, order: Sequence[str] = ()) -> Pairs:
    """Show a result: a context by its parts, everything else as one value without a name."""
    return shown(value, order=order) if isinstance(value, Mapping) else (("", words(value)),)


def shown(values: Mapping[str, Any], *, order: Sequence[str] = ()) -> Pairs:
    """Show values by their names, in the order of the model: what was stored has lost it."""
    places = {name: place for place, name in enumerate(order)}
    names = sorted(values, key=lambda name: places.get(name, len(places)))
    return tuple((str(name), words(values[name])) for name in names)


def words(value: object) -> str:
    """Show a value: text as it is, nothing as "", everything else as FEEL."""
    return "" if value is None else forms.plain(value)
