"""What both kinds of loops share: the activity as a whole is a scope, and each round an element instance in it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._program import Node
from bpmn._rows import ElementInstance, Rounds
from bpmn._variables import set_local

if TYPE_CHECKING:
    from bpmn._run import Run


def begin(run: "Run", node: Node, at: ElementInstance, total: int | None, items: tuple[object, ...] = ()) -> None:
    """Say how many rounds there will be (None = not known), and lay down the items for them."""
    run.emit(facts.RoundsBegan(at.id, node.id, total, run.new_id(), items))


def rounds_of(run: "Run", id_: str) -> Rounds:
    """Read how far it is; `begin` has been called."""
    rounds = run.state.elements.get(id_).rounds
    if rounds is None:
        raise KeyError(f"{id_} hasn't begun its rounds")
    return rounds


def stand(run: "Run", node: Node, scope_id: str, number: int, variables: Mapping[str, object]) -> ElementInstance:
    """Put a token into one round, with variables of its own."""
    if node.inner is None:
        raise TypeError(f"{node.id} doesn't repeat")
    at = run.stand_at(node.inner, scope_id, None, number)
    set_local(run, at.id, variables)
    return at


def enter(run: "Run", node: Node, at: ElementInstance) -> None:
    """Begin a round that stands."""
    if node.inner is not None and run.is_there(at):
        run.open(node.inner, at)
