"""The engine and the naive token game side by side, for processes made at random.

After every command both must be in the same place; every token goes only by a fact that says where to, or why it is no more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import note
from hypothesis import strategies as st

from bpmn import State, Wait, commands, facts
from bpmn.testing import START_OF_TIME, Play, Rejected

from . import oracle
from .generating import written
from .oracle import Graph, Marking, Moment, Node, Token

thorough = partial(Play, thorough=True)

MOST_TOKENS = 30
HOUR = timedelta(hours=1)
CALM = {"n": 0, "m": 0, "odd": False}
"""With these no loop of a block goes round again."""

variables = st.fixed_dictionaries({"n": st.integers(0, 3), "m": st.integers(0, 3), "odd": st.booleans()})
some_variables = st.fixed_dictionaries(
    {}, optional={"n": st.integers(0, 3), "m": st.integers(0, 3), "odd": st.booleans()}
)


class Game:
    """The engine and the oracle side by side."""

    def __init__(self, graph: Graph, draw, play: Callable[[bytes], Play] = thorough) -> None:
        note(written(graph).decode())
        self.graph = graph
        self.draw = draw
        self.engine = play(written(graph))
        self.books = Books(graph)
        # What can happen again and again while an activity goes on.
        self.lasting = frozenset(node.id for node in _all_nodes(graph) if node.host and not node.interrupting)
        self.values = draw(variables)
        note(f"start {self.values}")
        self.engine.start(**self.values)
        self.marking = self._agreed(oracle.begun(graph, self._moment()))

    @property
    def can_be_operated(self) -> bool:
        """Tell whether an operator finds a token to move, and not too many to follow."""
        return not self.has_ended and len(self.engine.state.elements.rows) > 1 and _size(self.marking) <= MOST_TOKENS

    @property
    def has_ended(self) -> bool:
        return bool(self.engine.outcome)

    def play_a_while(self) -> None:
        """Do up to 14 things that can be done."""
        self.play(self.draw(st.integers(3, 14)))

    def play_to_the_end(self) -> None:
        """Do some of what can be done, then whatever leads to the end, which a block-structured process must come to."""
        self.play(self.draw(st.integers(0, 8)))
        while not self.has_ended:
            assert self.choices(self.lasting), "the instance runs, but no token can go on"
            self.act(CALM, but=self.lasting)
        assert self.engine.outcome == "completed"

    def play(self, rounds: int) -> None:
        for _ in range(rounds):
            if self.has_ended or not self.choices() or _size(self.marking) > MOST_TOKENS:
                return
            self.act(self.draw(some_variables))

    def choices(self, but: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
        """List what can be done, also what needs time to pass first, `but` at these events."""
        state = self.engine.state
        waits = sorted(key for key, wait in state.waits.rows.items() if wait.element_id not in but)
        return [*waits, *(("incident", id_) for id_ in sorted(state.incidents.rows))]

    def act(self, new: dict[str, object], *, but: frozenset[str] = frozenset()) -> None:
        """Do one of the things that can be done, `but` at these events, with new values; a timer may be late."""
        kind, id_ = self.draw(st.sampled_from(self.choices(but)))
        state = self.engine.state
        row = state.incidents.get(id_) if kind == "incident" else state.waits.get((kind, id_))
        path = _path_to(state, self.graph, row.element_instance_id)
        wait = _incident_at(row.element_id) if kind == "incident" else _wait_of(row)
        if kind == "timer":
            new = {}
            self.engine.now = max(self.engine.now, row.due_at)
        self.engine.now += self.draw(st.integers(0, 1)) * HOUR
        note(f"{kind} {row.element_id} {new} at {self._moment().hour}")
        self.values = {**self.values, **new}
        self.engine.do(COMMANDS[kind](id_, new))
        self.marking = self._agreed(oracle.happened(self.graph, self.marking, path, wait, self._moment()))
        if kind in {"task", "job"}:
            with pytest.raises(Rejected):
                self.engine.do(COMMANDS[kind](id_, new))

    def operate(self) -> str:
        """Put a token elsewhere in a scope around it, or take it away; says what came of it."""
        state = self.engine.state
        id_ = self.draw(st.sampled_from(sorted(state.elements.rows.keys() - {self.engine.instance_id})))
        path = _path_to(state, self.graph, id_)
        around, graph = [], self.graph
        for token in path:
            around += graph.nodes
            graph = graph.nodes[token.at].inside
        target = self.draw(st.sampled_from(["", *around]))
        note(f"{path[-1].at} to {target or 'nowhere'} at {self._moment().hour}")
        move = commands.MoveToken(element_instance_id=id_, target_id=target, reason="an operator said so")
        away = commands.CancelToken(element_instance_id=id_, reason="an operator said so")
        try:
            self.engine.do(move if target else away)
        except Rejected as rejected:
            return rejected.rejection.code
        self.marking = self._agreed(oracle.put_elsewhere(self.graph, self.marking, path, target, self._moment()))
        return "moved" if target else "taken away"

    def cancel(self) -> None:
        """Call the instance off, wherever it is: nothing is left, and each token's end has its reason."""
        if not self.has_ended:
            self.engine.do(commands.Cancel(reason="called off"))
            self._agreed({Marking()})

    def _moment(self) -> Moment:
        return Moment(values=self.values, hour=_hour(self.engine.now))

    def _agreed(self, possible: set[Marking]) -> Marking:
        """Find the engine's marking among those that may be, and the books in order."""
        engine = self.engine
        self.books.enter(engine.facts)
        seen = marking_of(engine.state, self.graph, engine.instance_id)
        if engine.outcome == "terminated":
            seen = Marking(terminated=True)
        assert seen in possible
        assert bool(engine.outcome) == seen.is_empty
        assert self.books.inside == {id_ for id_ in engine.state.elements.rows if id_ != engine.instance_id}
        assert self.books.waiting == _waiting_at_joins(engine.state)
        if not self.has_ended:
            assert {name: engine.variables[name] for name in self.values} == self.values
        return seen


COMMANDS = {
    "task": lambda id_, new: commands.CompleteTask(task_id=id_, variables=new),
    "job": lambda id_, new: commands.CompleteJob(job_id=id_, variables=new),
    "message": lambda id_, new: commands.DeliverMessage(subscription_id=id_, message_id="m", variables=new),
    "timer": lambda id_, new: commands.TriggerTimer(timer_id=id_),
    "incident": lambda id_, new: commands.ResolveIncident(incident_id=id_, variables=new),
}


# --- the engine's state as a marking ---


def marking_of(state: State, graph: Graph, scope_id: str) -> Marking:
    inside = [row.id for row in state.elements.rows.values() if row.scope_id == scope_id]
    waiting = tuple(flow_id for scope, flow_id in _waiting_at_joins(state).elements() if scope == scope_id)
    return Marking().plus(*(_token_of(state, graph, id_) for id_ in inside), flows=waiting)


def _token_of(state: State, graph: Graph, id_: str) -> Token:
    row = state.elements.get(id_)
    waits = [_wait_of(wait) for wait in state.waits.rows.values() if wait.element_instance_id == id_]
    if row.incident_id:
        waits.append(_incident_at(row.element_id))
    inner = graph.nodes[row.element_id].inside
    inside = None if inner is None else marking_of(state, inner, id_)
    return Token(at=row.element_id, waits=oracle.in_order(waits), inside=inside)


def _path_to(state: State, graph: Graph, id_: str) -> list[Token]:
    """List the token of an element instance and those around it, the outermost first."""
    ids = [id_]
    while (scope_id := state.elements.get(ids[0]).scope_id) != state.head().id:
        ids.insert(0, scope_id)
    path = []
    for one in ids:
        path.append(_token_of(state, graph, one))
        graph = graph.nodes[path[-1].at].inside
    return path


def _wait_of(row: Wait) -> oracle.Wait:
    if row.kind != "timer":
        return oracle.Wait(kind=row.kind, element=row.element_id)
    return oracle.Wait(kind="timer", element=row.element_id, due=_hour(row.due_at), left=row.repetitions_left)


def _incident_at(element_id: str) -> oracle.Wait:
    return oracle.Wait(kind="incident", element=element_id)


def _waiting_at_joins(state: State) -> Counter[tuple[str, str]]:
    joins = [join for join in state.joins.rows.values() if join]
    return Counter({(join.scope_id, flow_id): many for join in joins for flow_id, many in join.waiting.items()})


def _hour(moment) -> int:
    return (moment - START_OF_TIME) // HOUR


def _all_nodes(graph: Graph) -> Iterator[Node]:
    for node in graph.nodes.values():
        yield node
        if node.inside is not None:
            yield from _all_nodes(node.inside)


def _without_way_out(graph: Graph) -> set[str]:
    """List where a token may end."""
    inner = [_without_way_out(node.inside) for node in graph.nodes.values() if node.inside is not None]
    return {id_ for id_ in graph.nodes if not graph.out_of(id_)}.union(*inner)


def _size(marking: Marking) -> int:
    return len(marking.flows) + sum(1 + (_size(token.inside) if token.inside else 0) for token in marking.tokens)


# --- bookkeeping by the facts alone ---


class Books:
    """Every token is somewhere: it goes only by a fact that says where to, or why it is no more."""

    def __init__(self, graph: Graph) -> None:
        self.inside: set[str] = set()
        self.waiting: Counter[tuple[str, str]] = Counter()
        self._flowing: Counter[tuple[str, str]] = Counter()
        self._read = 0
        self._may_end = set(_without_way_out(graph))

    def read_again(self, engine: Play) -> None:
        """Begin with an instance as it is, whatever led to it."""
        self.inside = {id_ for id_ in engine.state.elements.rows if id_ != engine.instance_id}
        self.waiting = _waiting_at_joins(engine.state)
        self._read = len(engine.facts)

    def enter(self, told: list[facts.Fact]) -> None:
        """Enter the facts of one step; between steps no token is on its way."""
        for fact in told[self._read :]:
            self._enter(fact)
        self._read = len(told)
        assert not self._flowing.total()

    def _enter(self, fact: facts.Fact) -> None:
        match fact:
            case facts.ElementEntered(id=id_, scope_id=scope_id, flow_id=flow_id):
                self._take(self._flowing, scope_id, [flow_id] if flow_id else [])
                self.inside.add(id_)
            case facts.TokenPlaced(scope_id=scope_id, flow_id=flow_id):
                self._flowing[scope_id, flow_id] += 1
            case facts.TokenArrived(scope_id=scope_id, flow_id=flow_id):
                self._take(self._flowing, scope_id, [flow_id])
                self.waiting[scope_id, flow_id] += 1
            case facts.TokensJoined(id=id_, scope_id=scope_id, flow_ids=flow_ids):
                self._take(self.waiting, scope_id, flow_ids)
                self.inside.add(id_)
            case facts.ElementLeft(id=id_, element_id=element_id, scope_id=scope_id, flow_ids=flow_ids):
                assert flow_ids or element_id in self._may_end
                self.inside.remove(id_)
                self._flowing.update((scope_id, flow_id) for flow_id in flow_ids)
            case facts.ElementCancelled(id=id_, reason=reason):
                assert reason
                self.inside.remove(id_)
            case facts.TokensDiscarded(scope_id=scope_id, element_id=element_id, flow_ids=flow_ids, reason=reason):
                assert reason
                self._take(self.waiting if element_id else self._flowing, scope_id, flow_ids)

    @staticmethod
    def _take(book: Counter[tuple[str, str]], scope_id: str, flow_ids) -> None:
        for flow_id in flow_ids:
            assert book[scope_id, flow_id] > 0
            book[scope_id, flow_id] -= 1
