"""What goes into an activity and what comes out of it: io mappings and data associations."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from bpmn._evaluate import compute
from bpmn._program import DataAssociation, IoMapping, Node
from bpmn._rows import ElementInstance
from bpmn._scopes import ABSENT
from bpmn._variables import lookup, propagate, set_local

if TYPE_CHECKING:
    from bpmn._run import Run

_NOTHING: Mapping[str, object] = {}


def map_inputs(run: "Run", node: Node, at: ElementInstance) -> None:
    """Set the local variables that an activity begins with. Raises: Failure."""
    for mapping in node.inputs:
        value = compute(run, mapping.source, at)
        name = mapping.target[0]
        current = run.state.variables.find(at.id, name) if len(mapping.target) > 1 else ABSENT
        set_local(run, at.id, {name: _placed(current, mapping.target[1:], value)})
    for association in node.data_inputs:
        value = _associated(run, association, at)
        if value is not ABSENT:
            set_local(run, at.id, {association.target: value})
    if node.declares:
        set_local(run, at.id, dict.fromkeys(node.declares))


def map_outputs(run: "Run", node: Node, at: ElementInstance) -> None:
    """Set what an activity leaves behind in the scopes around it. Raises: Failure."""
    if not node.outputs and not node.data_outputs:
        return
    around = run.state.elements.get(at.scope_id or "")
    result = outputs(run, node, at, around)
    for association in node.data_outputs:
        value = _produced(run, association, at)
        if value is not ABSENT:
            result[association.target] = value
    propagate(run, around, result)


def outputs(
    run: "Run", node: Node, at: ElementInstance, around: ElementInstance, given: Mapping[str, object] = _NOTHING
) -> dict[str, object]:
    """Work out the output mappings over what `at` sees, and what is `given` before that. Raises: Failure."""
    result: dict[str, object] = {}
    for mapping in node.outputs:
        value = compute(run, mapping.source, at, given)
        if len(mapping.target) == 1:
            result[mapping.target[0]] = value
        else:
            _place_output(run, mapping, value, around, result)
    return result


def _associated(run: "Run", association: DataAssociation, at: ElementInstance) -> object:
    if association.transformation is not None:
        return compute(run, association.transformation, at)
    return lookup(run, at, (association.source,)).get(association.source, ABSENT)


def _produced(run: "Run", association: DataAssociation, at: ElementInstance) -> object:
    """Read an output from the activity's own scope: what lies outside hasn't been produced by it."""
    if association.transformation is not None:
        return compute(run, association.transformation, at)
    return run.state.variables.find(at.id, association.source)


def _place_output(
    run: "Run", mapping: IoMapping, value: object, around: ElementInstance, result: dict[str, object]
) -> None:
    name, *path = mapping.target
    if path and name not in result:
        result.update(lookup(run, around, (name,)))
    result[name] = _placed(result.get(name), path, value)


def _placed(current: object, path: Sequence[str], value: object) -> object:
    if not path:
        return value
    context = dict(current) if isinstance(current, dict) else {}
    context[path[0]] = _placed(context.get(path[0]), path[1:], value)
    return context
