"""Variables of scopes: read from the nearest scope outwards, set in the nearest that has the name, else in the instance."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._scopes import ABSENT
from bpmn._tables import Key, Unknown
from bpmn.facts import VariableSet
from feel import Values

if TYPE_CHECKING:
    from bpmn._run import Run


def chain(run: "Run", at: ElementInstance) -> list[str]:
    """List the scopes that an element instance sees, its own first, the instance last."""
    ids = [at.id]
    scope_id = at.scope_id
    while scope_id is not None:
        ids.append(scope_id)
        scope_id = _scope_around(run, scope_id)
    return ids


def _scope_around(run: "Run", scope_id: str) -> str | None:
    """Say in which scope one is; None = the instance is in none."""
    return None if scope_id == run.instance_id else run.state.elements.get(scope_id).scope_id


def lookup(run: "Run", at: ElementInstance, names: Collection[str]) -> Values:
    """Read variables by name, each from the nearest scope that has it; all that is unknown is asked for at once."""
    found = Values()
    if not names:
        return found
    unknown: list[Key] = []
    find = run.state.variables.find
    scopes = (at.id,) if at.scope_id is None else chain(run, at)
    for name in names:
        for scope_id in scopes:
            try:
                value = find(scope_id, name)
            except Unknown as question:
                unknown.extend(question.keys)
                continue
            if value is not ABSENT:
                found[name] = value
                break
    if unknown:
        raise Unknown(tuple(unknown))
    return found


def surroundings(run: "Run", at: ElementInstance, names: frozenset[str]) -> Values:
    """Read variables as `lookup` does, and maybe others with them: where those lie that are wanted; not to be changed."""
    variables = run.state.variables
    id_, scope_id = at.id, at.scope_id
    while (place := variables.in_one_place(id_)) is not None:
        if scope_id is None or place.keys() >= names:
            return place
        if not names.isdisjoint(place):
            break
        id_, scope_id = scope_id, _scope_around(run, scope_id)
    return lookup(run, at, names)


def visible(run: "Run", at: ElementInstance) -> Values:
    """Read all variables that an element instance sees."""
    variables = run.state.variables
    places: list[Mapping[str, object]] = []
    unknown: list[Key] = []
    for scope_id in chain(run, at):
        try:
            places.append(variables.in_one_place(scope_id) or variables.all(scope_id))
        except Unknown as question:
            unknown.extend(question.keys)
    if unknown:
        raise Unknown(tuple(unknown))
    seen = Values()
    for inner in reversed(places):
        seen.update(inner)
    return seen


def take_one(run: "Run", node: Node, at: ElementInstance, name: str, value: object) -> None:
    """Take the one variable that an element gives, as `take_result` does."""
    if at.scope_id is not None or node.outputs or node.data_outputs:
        take_result(run, node, at, {name: value})
        return
    run.facts.append(VariableSet(at.id, name, value))
    run.state.variables.of(at.id)[name] = value
    if name in run.program.watched:
        run.changed.append((at.id, name))


def take_result(run: "Run", node: Node, at: ElementInstance, variables: Mapping[str, object]) -> None:
    """Take variables that a task, event or call brought: for the output mappings if there are any, else for all."""
    if not variables:
        return
    if node.outputs:
        set_local(run, at.id, variables)
        return
    if not node.data_outputs:
        propagate(run, at, variables)
        return
    own = {association.source for association in node.data_outputs}
    set_local(run, at.id, {name: value for name, value in variables.items() if name in own})
    propagate(run, at, {name: value for name, value in variables.items() if name not in own})


def set_local(run: "Run", scope_id: str, variables: Mapping[str, object]) -> None:
    """Set variables in this very scope."""
    if not variables:
        return
    own, said = run.state.variables.of(scope_id), run.facts
    for name, value in variables.items():
        said.append(VariableSet(scope_id, name, value))
        own[name] = value
    watched = run.program.watched
    if watched:
        run.changed.extend((scope_id, name) for name in variables if name in watched)


def propagate(run: "Run", at: ElementInstance, variables: Mapping[str, object]) -> None:
    """Set each variable in the nearest scope that has it, else in the instance."""
    inner = None if at.scope_id is None else _holding(run, at)
    if not inner:
        set_local(run, run.instance_id, variables)
        return
    unknown: list[Key] = []
    homes = [_home(run, inner, name, unknown) or run.instance_id for name in variables]
    if unknown:
        raise Unknown(tuple(unknown))
    for home, (name, value) in zip(homes, variables.items(), strict=True):
        set_local(run, home, {name: value})


def _holding(run: "Run", at: ElementInstance) -> list[str]:
    """List the scopes inside the instance that an element instance sees and that may have variables."""
    variables = run.state.variables
    id_, scope_id = at.id, at.scope_id
    inner: list[str] = []
    while scope_id is not None:
        if variables.may_hold(id_):
            inner.append(id_)
        id_, scope_id = scope_id, _scope_around(run, scope_id)
    return inner


def _home(run: "Run", scopes: Sequence[str], name: str, unknown: list[Key]) -> str | None:
    for scope_id in scopes:
        try:
            if run.state.variables.find(scope_id, name) is not ABSENT:
                return scope_id
        except Unknown as question:
            unknown.extend(question.keys)
    return None
