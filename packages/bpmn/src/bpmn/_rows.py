"""Rows of the state of one instance."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Self


@dataclass(frozen=True, slots=True)
class Rounds:
    """How far an activity is that repeats, or an ad-hoc subprocess with its steps."""

    # How many there will be; None = not known before.
    total: int | None
    # The scope of no element instance where items taken and outputs given lie as variables, by number.
    list_id: str
    begun: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Errand:
    """What is done when a compensation handler has ended: the next one back in its scope, at last the thrower goes on."""

    thrower_id: str
    scope_id: str
    # The next to look at, counting down.
    order: int
    # Only this activity; "" = every one.
    activity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a step that paused has left to do, in this order."""

    # On their way: (flow, scope).
    tokens: tuple[tuple[str, str], ...] = ()
    # Compensation to go on with.
    errands: tuple[Errand, ...] = ()
    # Scopes in which a token has ended.
    unfinished: tuple[str, ...] = ()
    # Scopes in which a join may have become free.
    touched: tuple[str, ...] = ()
    # Multi-instance activities with instances to begin.
    unbegun: tuple[str, ...] = ()
    # Events that happen when nothing else moves.
    deferred: tuple[str, ...] = ()
    # How many elements were entered since each token last waited for something.
    entered: int = 0


@dataclass(slots=True)
class Instance:
    """The head of an instance; every slice has it."""

    id: str
    process_id: str
    business_id: str
    call_id: str | None
    outcome: str = ""
    # Set while it pauses in the middle of its work.
    pending: Pending | None = None
    # Nothing happens to it but what operators do.
    suspended: bool = False
    # The one that called it is suspended, and it with that one.
    caller_suspended: bool = False

    @property
    def stands_still(self) -> bool:
        """Tell whether it is suspended, by itself or with its caller."""
        return self.suspended or self.caller_suspended

    def copy(self) -> "Instance":
        head = (self.id, self.process_id, self.business_id, self.call_id, self.outcome)
        return Instance(*head, self.pending, self.suspended, self.caller_suspended)


Mode = Literal["", "interrupted", "closing", "cancelling", "kept", "reopened", "returning"]
"""What an element instance does, most of all one with others inside it.

"" runs; an event subprocess has "interrupted" it; "closing" begins nothing more; a transaction is "cancelling"; it is over and
"kept" to be compensated; it was "reopened" for that. A step back to it is under way: it is "returning", and begins when what it
did before is undone.
"""


@dataclass(slots=True)
class ElementInstance:
    """An element in which a token is; the root (the process itself) has the instance's id and no scope."""

    id: str
    element_id: str
    scope_id: str | None
    # Of a scope: tokens inside it, on flows, in elements and at joins.
    tokens: int = 0
    # What it waits for: (kind, id) of jobs, tasks, timers, subscriptions, calls.
    waits: tuple[tuple[str, str], ...] = ()
    incident_id: str | None = None
    # Inside an activity that repeats: the number of this one, from 1. Of a start event that needs all of its triggers: of the
    # one that began the instance.
    round: int = 0
    mode: Mode = ""
    # Of a scope: how many activities have ended in it that could be compensated.
    compensable: int = 0
    rounds: Rounds | None = None
    errand: Errand | None = None

    def copy(self) -> "ElementInstance":
        return ElementInstance(
            self.id,
            self.element_id,
            self.scope_id,
            self.tokens,
            self.waits,
            self.incident_id,
            self.round,
            self.mode,
            self.compensable,
            self.rounds,
            self.errand,
        )


def scope_of(at: ElementInstance) -> str:
    """Say in which scope an element instance is."""
    if at.scope_id is None:
        raise KeyError("the root of an instance is in no scope")
    return at.scope_id


@dataclass(slots=True)
class Wait:
    """Something outside that an element instance waits for. The opening fact has the details."""

    kind: str
    id: str
    element_instance_id: str
    element_id: str
    # Of a job: how often it was sent out again.
    round: int = 0
    # Of a timer:
    due_at: datetime | None = None
    interval: str = ""
    repetitions_left: int | None = 0
    # Of a signal:
    name: str = ""
    # Of a condition: the variables that it reads, each in every scope that it sees, and whether it held when last looked at.
    watches: tuple[tuple[str, str], ...] = ()
    holds: bool = False
    part: int = 0

    def copy(self) -> Self:
        return replace(self)


@dataclass(slots=True)
class Join:
    """How many tokens wait at a gateway, per incoming flow; empty when none does."""

    scope_id: str
    element_id: str
    waiting: dict[str, int] = field(default_factory=dict)
    # Of a complex gateway that was activated: the flows whose tokens it took, until it is reset.
    taken: tuple[str, ...] = ()

    def copy(self) -> "Join":
        return Join(self.scope_id, self.element_id, dict(self.waiting), self.taken)


@dataclass(slots=True)
class Compensable:
    """An activity that has ended and can be compensated; number `order` of its scope."""

    scope_id: str
    order: int
    element_id: str
    element_instance_id: str
    round: int
    # How many inside it can be, when it is a scope of its own.
    inside: int

    def copy(self) -> Self:
        return replace(self)


@dataclass(slots=True)
class Incident:
    """Why an element instance can't go on."""

    id: str
    element_instance_id: str
    element_id: str
    kind: str
    message: str
    stage: str

    def copy(self) -> Self:
        return replace(self)
