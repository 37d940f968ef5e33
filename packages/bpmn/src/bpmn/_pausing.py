"""A long step pauses: what it leaves pending, and how the next step takes that up.

It pauses between two moves, never while a condition is to be looked at; so whatever comes in between finds the instance as
any element of the same step could have found it.
"""

from collections.abc import Sized
from typing import TYPE_CHECKING

from bpmn import facts
from bpmn._rows import Pending

if TYPE_CHECKING:
    from bpmn._run import Run


# What is pending is told anew at each pause, so much of it is worth a longer step.
_MOST_PER_ELEMENT = 10


def put_down(run: "Run") -> bool:
    """Leave what is to be done to another step; False = nothing is, or too much to be told already."""
    queues: tuple[Sized, ...] = (run.tokens, run.errands, run.unfinished, run.touched, run.unbegun, run.deferred)
    number = sum(map(len, queues))
    if not 0 < number <= _MOST_PER_ELEMENT * (run.began_with - run.entries_left):
        return False
    head = run.state.head()
    pending = Pending(
        tokens=tuple((flow.id, scope_id) for flow, scope_id in run.tokens),
        errands=tuple(run.errands),
        unfinished=tuple(run.unfinished),
        touched=tuple(run.touched),
        unbegun=tuple(run.unbegun),
        deferred=tuple(run.deferred),
        entered=run.limit - run.entries_left,
    )
    run.emit(facts.Paused(head.id, pending))
    return True


def take_up(run: "Run") -> None:
    """Go on with what the step before has left, if it paused."""
    head = run.state.instance
    if head is None or head.pending is None:
        return
    pending = head.pending
    run.emit(facts.Resumed(head.id))
    run.tokens.extend((run.program.flows[flow_id], scope_id) for flow_id, scope_id in pending.tokens)
    run.errands.extend(pending.errands)
    run.unfinished.extend(pending.unfinished)
    run.unbegun.update(dict.fromkeys(pending.unbegun))
    run.deferred.extend(pending.deferred)
    for scope_id in pending.touched:
        run.touched[scope_id] = run.node_of(run.state.elements.get(scope_id))
    run.entries_left -= pending.entered
    run.began_with -= pending.entered
    run.pauses_below -= pending.entered
