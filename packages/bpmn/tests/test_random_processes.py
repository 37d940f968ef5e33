"""Random block-structured processes: they always end, no token is lost or made, and every step survives save and load."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, note, settings
from hypothesis import strategies as st

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    boundary,
    element,
    end,
    flow,
    gateway,
    model,
    script_task,
    start,
    subprocess,
    timer,
    user_task,
)


@dataclass
class Draft:
    """XML being written; every block has one way in and one way out."""

    draw: Callable[[st.SearchStrategy], object]
    parts: list[str] = field(default_factory=list)
    used: int = 0

    def new(self, kind: str) -> str:
        self.used += 1
        return f"{kind}{self.used}"

    def add(self, *xml: str) -> None:
        self.parts.extend(xml)

    def block(self, depth: int) -> tuple[str, str]:
        kinds = ["task", "script"] if depth == 0 else list(BLOCKS)
        return BLOCKS[self.draw(st.sampled_from(kinds))](self, depth)


def task(draft: Draft, depth: int) -> tuple[str, str]:
    id_ = draft.new("task")
    draft.add(user_task(id_))
    return id_, id_


def script(draft: Draft, depth: int) -> tuple[str, str]:
    id_ = draft.new("script")
    draft.add(script_task(id_, "n + 1", "n"))
    return id_, id_


def sequence(draft: Draft, depth: int) -> tuple[str, str]:
    blocks = [draft.block(depth - 1) for _ in range(draft.draw(st.integers(1, 3)))]
    for (_, out), (into, _) in pairwise(blocks):
        draft.add(flow(out, into))
    return blocks[0][0], blocks[-1][1]


def split(kind: str, condition: str) -> Callable[[Draft, int], tuple[str, str]]:
    def made(draft: Draft, depth: int) -> tuple[str, str]:
        fork, join = draft.new("fork"), draft.new("join")
        branches = [draft.block(depth - 1) for _ in range(draft.draw(st.integers(2, 3)))]
        default = f"{fork}-{branches[0][0]}" if condition else ""
        draft.add(gateway(kind, fork, default=default), gateway(kind, join))
        for number, (into, out) in enumerate(branches):
            draft.add(flow(fork, into, condition.format(number) if number else ""), flow(out, join))
        return fork, join

    return made


def loop(draft: Draft, depth: int) -> tuple[str, str]:
    into, body, again = draft.new("merge"), draft.block(depth - 1), draft.new("again")
    count = draft.new("count")
    draft.add(gateway("exclusive", into), script_task(count, f"(if {count} = null then 0 else {count}) + 1", count))
    out = draft.new("out")
    draft.add(gateway("exclusive", again, default=f"{again}-{out}"), element("task", out))
    draft.add(flow(into, body[0]), flow(body[1], count), flow(count, again))
    draft.add(flow(again, into, f"{count} < 3"), flow(again, out))
    return into, out


def nested(draft: Draft, depth: int) -> tuple[str, str]:
    id_ = draft.new("sub")
    outside, draft.parts = draft.parts, []
    into, out = draft.block(depth - 1)
    draft.add(start(f"{id_}in"), end(f"{id_}out"), flow(f"{id_}in", into), flow(out, f"{id_}out"))
    draft.parts = [*outside, subprocess(id_, *draft.parts)]
    return id_, id_


def timed(draft: Draft, depth: int) -> tuple[str, str]:
    id_, merge, event = nested(draft, depth)[0], draft.new("merge"), draft.new("late")
    draft.add(boundary(event, id_, timer(duration="PT1H")), gateway("exclusive", merge))
    draft.add(flow(id_, merge), flow(event, merge))
    return id_, merge


BLOCKS: dict[str, Callable[[Draft, int], tuple[str, str]]] = {
    "task": task,
    "script": script,
    "sequence": sequence,
    "exclusive": split("exclusive", "odd = true and n > {}"),
    "parallel": split("parallel", ""),
    "inclusive": split("inclusive", "n > {}"),
    "loop": loop,
    "nested": nested,
    "timed": timed,
}


@st.composite
def processes(draw) -> bytes:
    draft = Draft(draw)
    into, out = draft.block(draw(st.integers(1, 4)))
    draft.add(start(), end(), flow("start", into), flow(out, "end"))
    return model(*draft.parts)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(xml=processes(), data=st.data())
def test_every_process_ends_with_no_token_left(xml, data):
    note(xml.decode())
    play = Play(xml, thorough=True)
    play.start(n=data.draw(st.integers(0, 3)), odd=data.draw(st.booleans()))
    for _ in range(500):
        if play.outcome:
            break
        assert not play.incidents()
        assert play.waiting(), "the instance runs, but waits for nothing"
        wait = data.draw(st.sampled_from(sorted(play.state.waits.rows)))
        if wait[0] == "timer":
            play.wait_until(hours=1)
        else:
            play.do(commands.CompleteTask(task_id=wait[1], variables={"n": data.draw(st.integers(0, 3))}))
    assert play.outcome == "completed"
    assert not play.state.elements.rows
    assert not play.state.joins.rows
    _assert_conserved(play.facts)


def _assert_conserved(told: list[facts.Fact]) -> None:
    """Follow every token by the facts alone: each entry is left or cancelled once, each flow taken is arrived from once."""
    inside, flowing = set(), []
    for fact in told:
        match fact:
            case facts.ElementEntered(id=id_, flow_id=flow_id):
                inside.add(id_)
                if flow_id:
                    flowing.remove((fact.scope_id, flow_id))
            case facts.TokenArrived(flow_id=flow_id):
                flowing.remove((fact.scope_id, flow_id))
            case facts.TokensJoined(id=id_):
                inside.add(id_)
            case facts.ElementLeft(id=id_, flow_ids=flow_ids):
                inside.remove(id_)
                flowing.extend((fact.scope_id, flow_id) for flow_id in flow_ids)
            case facts.ElementCancelled(id=id_):
                inside.remove(id_)
    assert not inside
    assert not flowing
