"""Variables of scopes: read from the nearest scope outwards, set in the nearest that has the name, else in the instance."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._program import Node
from bpmn._rows import ElementInstance
from bpmn._tables import ABSENT, Key, Unknown
from feel import Values

if TYPE_CHECKING:
    from bpmn._run import Run


def chain(run: "Run", at: ElementInstance) -> list[str]:
    """List the scopes that an element instance sees, its own first, the instance last."""
    ids = [at.id]
    scope_id = at.scope_id
    while scope_id is not None:
        ids.append(scope_id)
        scope_id = run.state.elements.get(scope_id).scope_id
    return ids


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


def visible(run: "Run", at: ElementInstance) -> dict[str, object]:
    """Read all variables that an element instance sees."""
    seen: dict[str, object] = {}
    unknown: list[Key] = []
    for scope_id in chain(run, at):
        try:
            seen = run.state.variables.all(scope_id) | seen
        except Unknown as question:
            unknown.extend(question.keys)
    if unknown:
        raise Unknown(tuple(unknown))
    return seen


def take_one(run: "Run", node: Node, at: ElementInstance, name: str, value: object) -> None:
    """Take the one variable that an element gives, as `take_result` does."""
    if at.scope_id is not None or node.outputs or node.data_outputs:
        take_result(run, node, at, {name: value})
        return
    run.facts.append(facts.VariableSet(at.id, name, value))
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
    own, tell = run.state.variables.of(scope_id), run.facts.append
    for name, value in variables.items():
        tell(facts.VariableSet(scope_id, name, value))
        own[name] = value
    watched = run.program.watched
    if watched:
        run.changed.extend((scope_id, name) for name in variables if name in watched)


def propagate(run: "Run", at: ElementInstance, variables: Mapping[str, object]) -> None:
    """Set each variable in the nearest scope that has it, else in the instance."""
    inner, instance_id = _holding(run, at)
    if not inner:
        set_local(run, instance_id, variables)
        return
    unknown: list[Key] = []
    homes = [_home(run, inner, name, unknown) or instance_id for name in variables]
    if unknown:
        raise Unknown(tuple(unknown))
    for home, (name, value) in zip(homes, variables.items(), strict=True):
        set_local(run, home, {name: value})


def _holding(run: "Run", at: ElementInstance) -> tuple[list[str], str]:
    """List the scopes inside the instance that an element instance sees and that may have variables, and give the instance."""
    state = run.state
    may_hold = state.variables.may_hold
    inner: list[str] = []
    while at.scope_id is not None:
        if may_hold(at.id):
            inner.append(at.id)
        at = state.elements.get(at.scope_id)
    return inner, at.id


def _home(run: "Run", scopes: Sequence[str], name: str, unknown: list[Key]) -> str | None:
    for scope_id in scopes:
        try:
            if run.state.variables.find(scope_id, name) is not ABSENT:
                return scope_id
        except Unknown as question:
            unknown.extend(question.keys)
    return None
