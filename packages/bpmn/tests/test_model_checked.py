"""Processes made at random, played by the engine and by a naive token game: after every command both are in the same place.

A failure prints the process, the commands, and the line that has the example again. Slices, save and load, and replay are
proven at every step by `Play(thorough=True)`.
"""

from hypothesis import event, given
from hypothesis import strategies as st

from .generating import block_structured, examples, unstructured
from .playing import Game


@examples(200)
@given(graph=unstructured(), data=st.data())
def test_any_graph_goes_as_the_token_game_says(graph, data):
    game = Game(graph, data.draw)
    game.play_a_while()
    event("ended" if game.has_ended else "runs" if game.choices() else "no token can go on")
    game.cancel()


@examples(100)
@given(graph=block_structured(), data=st.data())
def test_blocks_go_as_the_token_game_says_and_end_with_no_token_left(graph, data):
    Game(graph, data.draw).play_to_the_end()


@examples(200)
@given(graph=st.one_of(unstructured(), block_structured()), data=st.data())
def test_tokens_that_operators_move_or_cancel_go_on_as_the_token_game_says(graph, data):
    game = Game(graph, data.draw)
    for _ in range(4):
        game.play(data.draw(st.integers(0, 4)))
        if game.can_be_operated:
            event(game.operate())
