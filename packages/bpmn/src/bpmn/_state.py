"""The state of one instance as rows, and slices of it.

A complete state (in memory, or replayed from facts) holds every row there is. A slice holds only the rows that a store
gave it, and the keys that it knows to be absent; asking it for another key raises `Unknown`, which `advance` turns into
`NeedMore`. A fork lies over a state: it sees through to it and keeps every change to itself.

Keys, as in `NeedMore.keys`:

| key | row |
|---|---|
| ("element", id) | one element instance; its scopes up to the root may be given with it |
| ("wait", kind, id) | one job, task, timer, message subscription or call |
| ("incident", id) | one incident |
| ("join", scope id, element id) | tokens waiting at one gateway |
| ("variable", scope id, name) | one variable |
| ("variables", scope id) | all variables of one scope |
| ("children", scope id) | the element instances in one scope |
| ("positions", scope id) | how many of them per element |
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, Protocol, Self, TypeVar

Key = tuple[str, ...]


class Unknown(Exception):
    """The slice doesn't hold these keys."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self.keys = keys


@dataclass(slots=True)
class Instance:
    """The head of an instance; every slice has it."""

    id: str
    process_id: str
    business_id: str
    call_id: str | None
    outcome: str = ""

    def copy(self) -> Self:
        return replace(self)


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

    def copy(self) -> "ElementInstance":
        return ElementInstance(self.id, self.element_id, self.scope_id, self.tokens, self.waits, self.incident_id)


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

    def copy(self) -> Self:
        return replace(self)


@dataclass(slots=True)
class Join:
    """How many tokens wait at a gateway, per incoming flow; empty when none does."""

    scope_id: str
    element_id: str
    waiting: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Join":
        return Join(self.scope_id, self.element_id, dict(self.waiting))


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


class _Row(Protocol):
    def copy(self) -> Self: ...


_K = TypeVar("_K", bound=Hashable)
_R = TypeVar("_R", bound=_Row)


class Table(Generic[_K, _R]):
    """The rows of one kind; None stands for a row that is known not to exist."""

    __slots__ = ("_base", "_complete", "_kind", "rows")

    def __init__(self, kind: str, *, base: "Table[_K, _R] | None", complete: bool) -> None:
        self._kind = kind
        self._base = base
        self._complete = complete
        self.rows: dict[_K, _R | None] = {}

    def find(self, key: _K) -> _R | None:
        """Read a row, not to be changed; None when there is none. Raises: Unknown."""
        if key in self.rows:
            return self.rows[key]
        if self._base is not None:
            return self._base.find(key)
        if self._complete:
            return None
        raise Unknown(((self._kind, *key) if isinstance(key, tuple) else (self._kind, str(key)),))

    def get(self, key: _K) -> _R:
        """Read a row that must exist."""
        row = self.find(key)
        if row is None:
            raise KeyError(f"no {self._kind} {key}")
        return row

    def edit(self, key: _K) -> _R:
        """Get a row that must exist, to change it here alone."""
        own = self.rows.get(key)
        if own is not None:
            return own
        own = self.rows[key] = self.get(key).copy()
        return own

    def put(self, key: _K, row: _R) -> None:
        self.rows[key] = row

    def drop(self, key: _K) -> None:
        if self._complete:
            self.rows.pop(key, None)
        else:
            self.rows[key] = None

    def adopt(self, changes: "Table[_K, _R]") -> None:
        for key, row in changes.rows.items():
            if row is None:
                self.drop(key)
            else:
                self.rows[key] = row


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""No variable of that name; null is a value."""


class Variables:
    """Values per scope and name."""

    __slots__ = ("_base", "_complete", "dropped", "values", "whole")

    def __init__(self, *, base: "Variables | None", complete: bool) -> None:
        self._base = base
        self._complete = complete
        self.values: dict[str, dict[str, object]] = {}
        # Scopes of which all variables are here.
        self.whole: set[str] = set()
        self.dropped: set[str] = set()

    def find(self, scope_id: str, name: str) -> object:
        """Read one variable of this very scope, or ABSENT. Raises: Unknown."""
        own = self.values.get(scope_id)
        if own is not None and name in own:
            return own[name]
        if self._complete or scope_id in self.whole:
            return ABSENT
        if self._base is not None:
            return self._base.find(scope_id, name)
        raise Unknown((("variable", scope_id, name),))

    def all(self, scope_id: str) -> dict[str, object]:
        """Read all variables of this very scope. Raises: Unknown."""
        own = self.values.get(scope_id, {})
        if not (self._complete or scope_id in self.whole):
            if self._base is None:
                raise Unknown((("variables", scope_id),))
            own = {**self._base.all(scope_id), **own}
        return {name: value for name, value in own.items() if value is not ABSENT}

    def set(self, scope_id: str, name: str, value: object) -> None:
        self.values.setdefault(scope_id, {})[name] = value

    def begin_scope(self, scope_id: str) -> None:
        if not self._complete:
            self.whole.add(scope_id)

    def drop_scope(self, scope_id: str) -> None:
        self.values.pop(scope_id, None)
        if not self._complete:
            self.whole.add(scope_id)
            self.dropped.add(scope_id)

    def adopt(self, changes: "Variables") -> None:
        for scope_id in changes.dropped:
            self.drop_scope(scope_id)
        for scope_id, values in changes.values.items():
            self.values.setdefault(scope_id, {}).update(values)


class Children:
    """Which element instances are in a scope, and how many per element."""

    __slots__ = ("_base", "_complete", "added", "counts", "removed", "whole")

    def __init__(self, *, base: "Children | None", complete: bool) -> None:
        self._base = base
        self._complete = complete
        self.added: dict[str, dict[str, str]] = {}
        self.removed: dict[str, dict[str, str]] = {}
        self.counts: dict[str, dict[str, int]] = {}
        # Kinds of question that can be answered from here: ("children", scope id), ("positions", scope id).
        self.whole: set[Key] = set()

    def ids(self, scope_id: str) -> list[str]:
        """List the element instances in a scope, oldest first as far as ids are ordered. Raises: Unknown."""
        return sorted(self.elements_by_id(scope_id))

    def elements_by_id(self, scope_id: str) -> dict[str, str]:
        """Say of which element each instance in a scope is. Raises: Unknown."""
        own = self.added.get(scope_id, {})
        if self._complete or ("children", scope_id) in self.whole:
            return own
        if self._base is None:
            raise Unknown((("children", scope_id),))
        removed = self.removed.get(scope_id, {})
        return {
            id_: element for id_, element in self._base.elements_by_id(scope_id).items() if id_ not in removed
        } | own

    def positions(self, scope_id: str) -> dict[str, int]:
        """Count the element instances in a scope per element. Raises: Unknown."""
        own = self.counts.get(scope_id, {})
        if self._complete or ("positions", scope_id) in self.whole:
            return own
        if self._base is None:
            raise Unknown((("positions", scope_id),))
        total = dict(self._base.positions(scope_id))
        for element_id, change in own.items():
            total[element_id] = total.get(element_id, 0) + change
        return {element_id: number for element_id, number in total.items() if number}

    def begin_scope(self, scope_id: str) -> None:
        if not self._complete:
            self.whole.update((("children", scope_id), ("positions", scope_id)))

    def add(self, scope_id: str, id_: str, element_id: str) -> None:
        self.added.setdefault(scope_id, {})[id_] = element_id
        counts = self.counts.setdefault(scope_id, {})
        counts[element_id] = counts.get(element_id, 0) + 1

    def remove(self, scope_id: str, id_: str, element_id: str) -> None:
        if self.added.get(scope_id, {}).pop(id_, None) is None:
            self.removed.setdefault(scope_id, {})[id_] = element_id
        counts = self.counts.setdefault(scope_id, {})
        counts[element_id] = counts.get(element_id, 0) - 1
        if not counts[element_id]:
            del counts[element_id]

    def end_scope(self, scope_id: str) -> None:
        if self._complete:
            self.added.pop(scope_id, None)
            self.counts.pop(scope_id, None)

    def adopt(self, changes: "Children", ended: Iterable[str]) -> None:
        for scope_id, gone in changes.removed.items():
            for id_, element_id in gone.items():
                self.remove(scope_id, id_, element_id)
        for scope_id, new in changes.added.items():
            for id_, element_id in new.items():
                self.add(scope_id, id_, element_id)
        for scope_id in ended:
            self.end_scope(scope_id)


class State:
    """Rows of one instance. `State()` is a complete one, of an instance that hasn't started."""

    __slots__ = ("_born", "children", "elements", "incidents", "instance", "joins", "variables", "waits")

    def __init__(self, *, complete: bool = True, base: "State | None" = None) -> None:
        self.instance: Instance | None = base.instance.copy() if base and base.instance else None
        self.elements: Table[str, ElementInstance] = Table(
            "element", base=base.elements if base else None, complete=complete
        )
        self.waits: Table[tuple[str, str], Wait] = Table("wait", base=base.waits if base else None, complete=complete)
        self.joins: Table[tuple[str, str], Join] = Table("join", base=base.joins if base else None, complete=complete)
        self.incidents: Table[str, Incident] = Table(
            "incident", base=base.incidents if base else None, complete=complete
        )
        self.variables: Variables = Variables(base=base.variables if base else None, complete=complete)
        self.children: Children = Children(base=base.children if base else None, complete=complete)
        self._born: set[str] = set()

    def fork(self) -> "State":
        """Lay an empty sheet over this state, for changes."""
        return State(complete=False, base=self)

    def adopt(self, after: "State") -> None:
        """Take over the changes of a fork of this very state."""
        self.instance = after.instance
        self.elements.adopt(after.elements)
        self.waits.adopt(after.waits)
        self.joins.adopt(after.joins)
        self.incidents.adopt(after.incidents)
        self.variables.adopt(after.variables)
        self.children.adopt(after.children, after.variables.dropped)

    def head(self) -> Instance:
        """Read the head of an instance that has started."""
        if self.instance is None:
            raise KeyError("the instance hasn't started")
        return self.instance

    def find_join(self, scope_id: str, element_id: str) -> Join | None:
        """Read the tokens waiting at a gateway; a scope that began in this very step is known to have none yet."""
        key = (scope_id, element_id)
        if scope_id in self._born and key not in self.joins.rows:
            return None
        return self.joins.find(key)

    def begin_scope(self, scope_id: str) -> None:
        """Note that a new element instance has no variables and nothing inside it yet."""
        self._born.add(scope_id)
        self.variables.begin_scope(scope_id)
        self.children.begin_scope(scope_id)

    def end_scope(self, scope_id: str) -> None:
        """Forget the variables of an element instance that is gone."""
        self._born.discard(scope_id)
        self.variables.drop_scope(scope_id)
        self.children.end_scope(scope_id)


def slice_of(
    *,
    instance: Instance | None,
    elements: Mapping[str, ElementInstance | None],
    waits: Mapping[tuple[str, str], Wait | None],
    joins: Mapping[tuple[str, str], Join | None],
    incidents: Mapping[str, Incident | None],
) -> State:
    """Build a slice from rows; variables and children are added to `.variables` and `.children`."""
    state = State(complete=False)
    state.instance = instance
    state.elements.rows.update(elements)
    state.waits.rows.update(waits)
    state.joins.rows.update(joins)
    state.incidents.rows.update(incidents)
    return state
