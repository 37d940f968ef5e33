"""Random processes move to other versions in the middle of things, and go on as the naive token game says from there.

Slices, save and load, and replay across the migration are proven at every move, and at every step by `Play(thorough=True)`.
"""

from hypothesis import event, given, note, reject
from hypothesis import strategies as st

from bpmn import ModelProblems, codec, compile_model, facts

from . import oracle
from .generating import block_structured, examples, unstructured, written
from .moving import migrate, revert
from .playing import CALM, Books, Game, marking_of
from .varying import SAFE, VERSIONS, Variant


@examples(80)
@given(graph=unstructured(), data=st.data())
def test_any_graph_goes_on_in_another_version_as_the_token_game_says(graph, data):
    game = MovingGame(graph, data.draw)
    game.play(data.draw(st.integers(1, 6)))
    game.move(data.draw(st.sampled_from(VERSIONS))(graph, data.draw))
    game.play(data.draw(st.integers(1, 6)))
    game.cancel()


@examples(40)
@given(graph=block_structured(), data=st.data())
def test_blocks_end_in_another_version_with_no_token_left(graph, data):
    game = MovingGame(graph, data.draw)
    game.play(data.draw(st.integers(0, 5)))
    game.move(data.draw(st.sampled_from(SAFE))(graph, data.draw))
    while not game.has_ended:
        lasting = game.lasting | {node for node in ("event",) if node in game.engine.program.by_id}
        assert game.choices(lasting), "the instance runs, but no token can go on"
        game.act(CALM, but=lasting)
    assert game.engine.outcome == "completed"


@examples(40)
@given(graph=unstructured(), data=st.data())
def test_a_migration_that_is_taken_back_leaves_nothing_behind(graph, data):
    game = MovingGame(graph, data.draw)
    game.play(data.draw(st.integers(1, 6)))
    if game.has_ended:
        return
    before, marking = _without_wait_ids(game.engine), game.marking
    variant = data.draw(st.sampled_from(VERSIONS))(graph, data.draw)
    told = len(game.engine.facts)
    if not game.try_to_move(variant):
        return
    if any(isinstance(fact, facts.ElementEntered | facts.TokensJoined) for fact in game.engine.facts[told:]):
        event("went on at once")
        return
    revert(game.engine)
    assert _without_wait_ids(game.engine) == before
    assert marking_of(game.engine.state, graph, game.engine.instance_id) == marking
    game.books.read_again(game.engine)
    game.play(2)


class MovingGame(Game):
    """The game goes on with another drawing."""

    def move(self, variant: Variant) -> None:
        """Move the engine's instance; it does exactly when everything has a place, and is where the game says then."""
        if self.has_ended:
            event("ended before")
            return
        expected = variant.marking(self.marking, self._moment())
        moved = self.try_to_move(variant)
        event("moved" if moved else "has no place")
        assert moved == (expected is not None)
        if not moved:
            return
        self.graph = variant.graph
        self.books = Books(variant.graph)
        self.books.read_again(self.engine)
        self.lasting = frozenset(variant.place_of(id_) for id_ in self.lasting)
        self.marking = self._agreed(oracle._settled(variant.graph, expected, self._moment()))

    def try_to_move(self, variant: Variant) -> bool:
        xml = written(variant.graph)
        note(f"moves to {xml.decode()}")
        try:
            (program,) = compile_model(xml).processes.values()
        except ModelProblems:
            reject()  # an element that nothing leads to any more
        chosen = {old: new or "" for old, new in variant.nodes.items()}
        before = codec.state_to_data(self.engine.state)
        found = migrate(self.engine, program, chosen)
        blocked = any(finding.blocks for finding in found)
        assert not blocked or codec.state_to_data(self.engine.state) == before
        return not blocked


def _without_wait_ids(engine):
    """Give the state but for the ids of waits: what was withdrawn and is waited for again has new ones."""
    data = codec.state_to_data(engine.state)
    for element in data.get("elements", ()):
        element["waits"] = sorted(str({**wait, "id": ""}) for wait in element.get("waits", ()))
    return data
