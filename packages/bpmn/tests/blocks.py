"""Random block-structured processes with everything a block can be made of: they always end, and no token is lost or made."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import strategies as st

from bpmn import commands, facts
from bpmn.testing import (
    Play,
    boundary,
    cancel,
    compensated,
    compensation,
    completion,
    condition,
    each,
    element,
    end,
    escalation_definition,
    escalation_reference,
    event_subprocess,
    flow,
    gateway,
    link,
    model,
    path,
    script_task,
    signal_definition,
    signal_reference,
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


def inside(draft: Draft, depth: int, *more: str, tag: str = "subProcess", **attributes: str) -> str:
    """Write a subprocess around a block, with `more` of its own."""
    id_ = draft.new("sub")
    outside, draft.parts = draft.parts, []
    into, out = draft.block(depth - 1)
    draft.add(start(f"{id_}in"), end(f"{id_}out"), flow(f"{id_}in", into), flow(out, f"{id_}out"))
    body = element(tag, id_, *more, *draft.parts, **attributes)
    draft.parts = [*outside, body]
    return id_


def many(draft: Draft, depth: int) -> tuple[str, str]:
    enough = draft.draw(st.sampled_from(["", "numberOfCompletedInstances = 2"]))
    settings_ = {"outputCollection": draft.new("all"), "outputElement": "=item"}
    sequential = draft.draw(st.booleans())
    items = draft.draw(st.sampled_from(["=[]", "=[1]", "=[1, 2, 3]"]))
    id_ = inside(
        draft, depth, each(items, "item", completion(enough) if enough else "", sequential=sequential, **settings_)
    )
    return id_, id_


def again(draft: Draft, depth: int) -> tuple[str, str]:
    before = draft.draw(st.sampled_from(["true", "false"]))
    condition_ = "<bpmn:loopCondition>loopCounter &lt; 2</bpmn:loopCondition>"
    tag = "standardLoopCharacteristics"
    id_ = inside(draft, depth, f'<bpmn:{tag} testBefore="{before}">{condition_}</bpmn:{tag}>')
    return id_, id_


def watched(draft: Draft, depth: int) -> tuple[str, str]:
    handler, script_id = draft.new("handler"), draft.new("script")
    definition = draft.draw(st.sampled_from([timer(duration="PT1H"), signal_reference("go"), condition("n > 2")]))
    body = event_subprocess(
        handler,
        definition,
        script_task(script_id, "n + 1", "n"),
        path(f"{handler}_start", script_id),
        interrupting=draft.draw(st.booleans()),
    )
    id_ = inside(draft, depth, body)
    return id_, id_


def race(draft: Draft, depth: int) -> tuple[str, str]:
    into, merge, one, two = (draft.new(kind) for kind in ("race", "merge", "catch", "catch"))
    draft.add(
        gateway("eventBased", into),
        gateway("exclusive", merge),
        element("intermediateCatchEvent", one, timer(duration="PT1H")),
        element("intermediateCatchEvent", two, signal_reference("go")),
        path(into, one, merge),
        path(into, two, merge),
    )
    return into, merge


def undone(draft: Draft, depth: int) -> tuple[str, str]:
    body, handler, throw = inside(draft, depth), draft.new("handler"), draft.new("undo")
    if draft.draw(st.booleans()):
        draft.add(compensated(body, handler), element("userTask", handler, isForCompensation="true"))
    waits = draft.draw(st.booleans())
    draft.add(element("intermediateThrowEvent", throw, compensation(waits=waits)), flow(body, throw))
    return body, throw


def done(draft: Draft, depth: int) -> tuple[str, str]:
    """Write a task that can be compensated."""
    id_, handler = draft.new("task"), draft.new("handler")
    draft.add(user_task(id_), compensated(id_, handler))
    draft.add(element("userTask", handler, isForCompensation="true"))
    return id_, id_


def called_off(draft: Draft, depth: int) -> tuple[str, str]:
    choice, stop, merge, off = (draft.new(kind) for kind in ("choice", "stop", "merge", "off"))
    out = draft.new("out")
    id_ = draft.new("transaction")
    outside, draft.parts = draft.parts, []
    into, last = draft.block(depth - 1)
    draft.add(start(f"{id_}in"), path(f"{id_}in", into), path(last, choice))
    draft.add(gateway("exclusive", choice, default=f"{choice}-{out}"), end(out), end(stop, cancel()))
    draft.add(flow(choice, out), flow(choice, stop, "odd = true"))
    body = element("transaction", id_, *draft.parts)
    draft.parts = [*outside, body, boundary(off, id_, cancel()), gateway("exclusive", merge)]
    draft.add(flow(id_, merge), flow(off, merge))
    return id_, merge


def linked(draft: Draft, depth: int) -> tuple[str, str]:
    throw, catch = draft.new("throw"), draft.new("catch")
    draft.add(element("intermediateThrowEvent", throw, link(throw)))
    draft.add(element("intermediateCatchEvent", catch, link(throw)))
    return throw, catch


def escalated(draft: Draft, depth: int) -> tuple[str, str]:
    throw, id_, event, side = (draft.new(kind) for kind in ("throw", "sub", "told", "side"))
    body = [
        start(f"{id_}in"),
        element("intermediateThrowEvent", throw, escalation_reference("late")),
        user_task(f"{id_}t"),
    ]
    draft.add(subprocess(id_, *body, path(f"{id_}in", throw, f"{id_}t")))
    draft.add(
        boundary(event, id_, escalation_reference("late"), interrupting=False), user_task(side), flow(event, side)
    )
    return id_, id_


def signalled(draft: Draft, depth: int) -> tuple[str, str]:
    fork, join, throw, catch = (draft.new(kind) for kind in ("fork", "join", "throw", "catch"))
    draft.add(gateway("parallel", fork), gateway("parallel", join))
    draft.add(element("intermediateThrowEvent", throw, signal_reference("go")))
    draft.add(element("intermediateCatchEvent", catch, signal_reference("go")))
    draft.add(path(fork, throw, join), path(fork, catch, join))
    return fork, join


def conditional(draft: Draft, depth: int) -> tuple[str, str]:
    id_, merge, event = draft.new("task"), draft.new("merge"), draft.new("odd")
    draft.add(user_task(id_), boundary(event, id_, condition("n > 2")), gateway("exclusive", merge))
    draft.add(flow(id_, merge), flow(event, merge))
    return id_, merge


def voted(draft: Draft, depth: int) -> tuple[str, str]:
    fork, join = draft.new("fork"), draft.new("vote")
    wanted = draft.draw(st.integers(1, 3))
    activation = f"<bpmn:activationCondition>activationCount &gt;= {wanted}</bpmn:activationCondition>"
    draft.add(gateway("parallel", fork), element("complexGateway", join, activation))
    for _ in range(3):
        into, out = draft.block(depth - 1)
        draft.add(flow(fork, into), flow(out, join))
    return fork, join


def steps(draft: Draft, depth: int) -> tuple[str, str]:
    id_, one, two = draft.new("adhoc"), draft.new("task"), draft.new("task")
    ordering = draft.draw(st.sampled_from(["Sequential", "Parallel"]))
    draft.add(element("adHocSubProcess", id_, user_task(one), user_task(two), ordering=ordering))
    return id_, id_


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
    "many": many,
    "again": again,
    "watched": watched,
    "race": race,
    "undone": undone,
    "done": done,
    "called off": called_off,
    "linked": linked,
    "escalated": escalated,
    "signalled": signalled,
    "conditional": conditional,
    "voted": voted,
    "steps": steps,
}


@st.composite
def processes(draw) -> bytes:
    draft = Draft(draw)
    into, out = draft.block(draw(st.integers(1, 4)))
    draft.add(start(), end(), flow("start", into), flow(out, "end"))
    return model(*draft.parts, definitions=[signal_definition("go", "go"), escalation_definition("late", "LATE")])


def play_to_the_end(play: Play, draw) -> None:
    """Play a process until it ends; nothing of it may be left then."""
    play.start(n=draw(st.integers(0, 3)), odd=draw(st.booleans()))
    for number in range(500):
        if play.outcome:
            break
        assert not play.incidents()
        assert play.waiting(), "the instance runs, but waits for nothing"
        waits = sorted(play.state.waits.rows)
        if number > 30:
            # What can happen for ever may; in the end the people must get their turn.
            waits = [wait for wait in waits if wait[0] in {"task", "timer"}] or waits
        answer(play, draw(st.sampled_from(waits)), n=draw(st.integers(0, 3)))
    assert play.outcome == "completed"
    assert_nothing_is_left(play)


def answer(play: Play, wait: tuple[str, str], **variables: object) -> None:
    """Let happen what is waited for."""
    match wait:
        case ("timer", _):
            play.wait_until(hours=1)
        case ("signal", _):
            play.signal("go", **variables)
        case ("condition", _):
            play.do(commands.SetVariables(variables=variables))
        case (_, id_):
            play.do(commands.CompleteTask(task_id=id_, variables=variables))


def assert_nothing_is_left(play: Play) -> None:
    """Look for rows and tokens of an instance that has ended."""
    assert not play.state.elements.rows
    assert not play.state.joins.rows
    assert not play.state.waits.rows
    assert not play.state.compensables.rows
    assert not play.state.variables.values
    assert_conserved(play.facts)


def assert_conserved(told: list[facts.Fact]) -> None:
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
            case facts.ElementReopened(id=id_):
                inside.add(id_)
            case facts.TokensDiscarded(element_id="", flow_ids=flow_ids):
                for flow_id in flow_ids:
                    flowing.remove((fact.scope_id, flow_id))
    assert not inside
    assert not flowing
