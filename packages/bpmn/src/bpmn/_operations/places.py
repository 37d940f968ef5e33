"""Where a token may be put: an element of a scope that is there, or of a subprocess that can be begun there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmn._program import Flow, Node, Program
from bpmn._rejection import Rejected
from bpmn._rows import ElementInstance

if TYPE_CHECKING:
    from bpmn._run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a token goes, and what goes with it."""

    node: Node
    # A scope that is there, and the subprocesses to be begun in it, outermost first.
    scope_id: str
    around: tuple[Node, ...]
    # The token arrives over this flow; None = it begins in the element.
    flow: Flow | None
    # The token that moves; where it was the last of its subprocess, the subprocess too.
    leaving: ElementInstance


def scopes_around(run: "Run", at: ElementInstance) -> Iterator[ElementInstance]:
    """List the scopes around an element instance, the innermost first, the instance last."""
    scope_id = at.scope_id
    while scope_id is not None:
        scope = run.state.elements.get(scope_id)
        yield scope
        scope_id = scope.scope_id


def find(run: "Run", at: ElementInstance, target_id: str) -> Place:
    """Find where the token `at` would go. Raises: Rejected, with the reason why the model has no such place."""
    node, flow = _target(run.program, target_id)
    _refuse_what_nothing_enters(node)
    rows = {id(run.node_of(row)): row for row in reversed(list(scopes_around(run, at)))}
    missing: list[Node] = []
    scope = node.scope
    while scope is not None and id(scope) not in rows:
        missing.insert(0, scope)
        scope = scope.scope
    common = rows[id(scope)]
    leaving = _emptied(run, at, common)
    while missing and (inside := _only_one(run, missing[0], common, leaving)) is not None:
        common = inside
        del missing[0]
    for one in missing:
        _refuse_what_cant_be_begun(one)
    if flow is None and node.joining is not None:
        flow = _free_flow(run, node, "" if missing else common.id)
    return Place(node=node, scope_id=common.id, around=tuple(missing), flow=flow, leaving=leaving)


def _target(program: Program, target_id: str) -> tuple[Node, Flow | None]:
    node = program.by_id.get(target_id)
    if node is not None:
        return node, None
    flows = (flow for node in program.by_id.values() for flow in node.outgoing)
    flow = next((flow for flow in flows if flow.id == target_id), None)
    if flow is None:
        raise Rejected("unknown_element", f"The process has no element or flow '{target_id}'.")
    return flow.target, flow


def _refuse_what_nothing_enters(node: Node) -> None:
    if node.scope is None:
        raise Rejected("no_place", "That is the process itself; choose an element in it.")
    if node.attached_to is not None:
        raise Rejected("no_place", f"'{node.id}' begins only when its event happens on '{node.attached_to.id}'.")
    if node.is_event_subprocess or node.is_event_start:
        raise Rejected("no_place", f"'{node.id}' begins only when its event happens.")
    if node.is_for_compensation:
        raise Rejected("no_place", f"'{node.id}' is there to undo something; step back instead.")
    if node.tag == "startEvent" and node.triggers:
        raise Rejected(
            "no_place", f"'{node.id}' begins an instance when its event happens; choose what comes after it."
        )


def _refuse_what_cant_be_begun(scope: Node) -> None:
    if scope.is_event_subprocess:
        raise Rejected("no_place", f"'{scope.id}' around it begins only when its event happens.")
    if scope.container is not None or (scope.scope is not None and scope.scope.inner is scope):
        raise Rejected("no_place", f"'{scope.id}' around it isn't running, and decides itself what begins in it.")


def _emptied(run: "Run", at: ElementInstance, common: ElementInstance) -> ElementInstance:
    """Find what the token leaves: itself, or the outermost scope below `common` in which it is the last."""
    for scope in scopes_around(run, at):
        if at.scope_id == common.id or scope.tokens > 1:
            break
        at = scope
    return at


def _only_one(run: "Run", scope: Node, around: ElementInstance, leaving: ElementInstance) -> ElementInstance | None:
    """Find the instance of a subprocess in a scope, unless the token that moves takes it along. Raises: Rejected if there are several."""
    children = run.state.children.elements_by_id(around.id)
    rows = [run.state.elements.get(id_) for id_, element_id in children.items() if element_id == scope.id]
    found = [row for row in rows if row.id != leaving.id and run.node_of(row) is scope]
    if len(found) > 1:
        raise Rejected(
            "ambiguous", f"'{scope.id}' around it runs {len(found)} times; it isn't clear where the token should go."
        )
    if found and found[0].mode:
        raise Rejected("no_place", f"'{scope.id}' around it is ending, and takes no more tokens.")
    return found[0] if found else None


def _free_flow(run: "Run", node: Node, scope_id: str) -> Flow:
    """Choose the first flow to a gateway over which none has come yet; "" = of a scope that hasn't begun."""
    join = run.state.find_join(scope_id, node.id) if scope_id else None
    taken = join.waiting if join is not None else {}
    return next((flow for flow in node.incoming if flow.id not in taken), node.incoming[0])
