"""Random block-structured processes: they always end, no token is lost or made, and every step survives save and load."""

from hypothesis import given, note
from hypothesis import strategies as st

from bpmn.testing import Play

from .blocks import play_to_the_end, processes
from .generating import examples


@examples(80)
@given(xml=processes(), data=st.data())
def test_every_process_ends_with_no_token_left(xml, data):
    note(xml.decode())
    play_to_the_end(Play(xml, thorough=True), data.draw)
