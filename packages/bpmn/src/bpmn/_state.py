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
| ("signal", name) | the signal subscriptions to a name |
| ("condition", scope id, name) | the conditions that read a variable and see this scope |
| ("compensable", scope id, order) | one ended activity that can be compensated |
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from bpmn._indexes import Children, Index
from bpmn._rows import Compensable, ElementInstance, Incident, Instance, Join, Wait
from bpmn._scopes import Variables, VariablesInPart, WholeVariables
from bpmn._tables import Part, Table, Whole, table

_T = TypeVar("_T")
_NONE: frozenset[str] = frozenset()


class _WhenNeeded(Generic[_T]):
    """A table of a state, made when it is first looked at, since most steps look at few: then an attribute like any other."""

    __slots__ = ("_make", "_name")

    def __init__(self, make: Callable[..., _T]) -> None:
        self._make = make

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, state: "State", owner: type) -> _T:
        base = state.base
        if base is not None and base.is_complete and self._name not in base.made:
            # There is nothing below it, so it is all that there is.
            made = self._make(None, base)
        else:
            below = getattr(base, self._name) if base is not None else None
            made = self._make(below, state)
        setattr(state, self._name, made)
        state.made.append(self._name)
        return made


class _ChildrenWhenNeeded(_WhenNeeded[Children]):
    """Most instances end without anybody asking; from the first question on they are kept up with the element instances."""

    __slots__ = ()

    def __get__(self, state: "State", owner: type) -> Children:
        base = state.base
        children = Children(None if base is None else base.children, state)
        # Of a slice a store says what it knows.
        if state.is_complete or base is not None:
            children.read(state.elements)
        state.children = children
        state.made.append("children")
        return children


class State:
    """Rows of one instance. `State()` is a complete one, of an instance that hasn't started."""

    elements: Table[str, ElementInstance]
    waits: Table[tuple[str, str], Wait]
    variables: Variables

    def __init__(self, base: "State | None" = None, *, complete: bool = True) -> None:
        self.base = base
        self._reopened = _NONE
        # The tables that were looked at, beside those that always are.
        self.made: list[str] = []
        self.instance: Instance | None
        elements: Table[str, ElementInstance] | None
        waits: Table[tuple[str, str], Wait] | None
        variables: Variables | None
        # `knows_all`: there is no row that isn't here or in a complete state right below.
        if base is None:
            self.is_complete = self.knows_all = complete
            self.instance = elements = waits = variables = None
        else:
            self.is_complete, self.knows_all = False, base.is_complete
            self.instance, elements, waits, variables = base.instance, base.elements, base.waits, base.variables
        # Ids that began on this sheet, unless all is known: everything that is known of them is here.
        self.born: set[str] | frozenset[str] = _NONE if self.knows_all else set()
        if self.knows_all:
            self.elements, self.waits, self.variables = Whole(elements), Whole(waits), WholeVariables(variables)
        else:
            self.elements, self.waits = Part("element", elements, self.born), Part("wait", waits, self.born)
            self.variables = VariablesInPart(variables, self.born)

    children = _ChildrenWhenNeeded(Children)
    joins = _WhenNeeded[Table[tuple[str, str], Join]](partial(table, "join"))
    incidents = _WhenNeeded[Table[str, Incident]](partial(table, "incident"))
    compensables = _WhenNeeded[Table[tuple[str, str], Compensable]](partial(table, "compensable"))
    signals = _WhenNeeded(partial(Index, "signal"))
    conditions = _WhenNeeded(partial(Index, "condition"))

    def fork(self) -> "State":
        """Lay an empty sheet over this state, for changes."""
        # Below it there is nothing to see while the instance hasn't started.
        return State() if self.is_complete and self.instance is None else State(self)

    def adopt(self, after: "State") -> None:
        """Take over the changes of a fork of this very state; what it has to itself becomes this state's own."""
        self.instance = after.instance
        if "children" in self.made:
            # They are told apart by what was there before.
            self.children.adopt(after.children)
        if after.is_complete:
            # Nothing was below it.
            self.elements, self.waits, self.variables = after.elements, after.waits, after.variables
        else:
            self.elements.adopt(after.elements)
            self.waits.adopt(after.waits)
            self.variables.adopt(after.variables)
        for name in after.made:
            self._adopt_made(name, getattr(after, name))
        if self.instance is not None and self.instance.outcome:
            self.forget_all()

    def _adopt_made(self, name: str, changes: Any) -> None:
        if changes.is_complete and name not in self.made:
            setattr(self, name, changes)
            self.made.append(name)
        elif name != "children":
            getattr(self, name).adopt(changes)

    def head(self) -> Instance:
        """Read the head of an instance that has started."""
        if self.instance is None:
            raise KeyError("the instance hasn't started")
        return self.instance

    def edit_head(self) -> Instance:
        """Get the head, to change it here alone."""
        head = self.head()
        if self.base is not None and head is self.base.instance:
            head = self.instance = head.copy()
        return head

    def find_join(self, scope_id: str, element_id: str) -> Join | None:
        """Read the tokens waiting at a gateway; a scope that began in this very step is known to have none yet."""
        key = (scope_id, element_id)
        if self.knows_all:
            return self.joins.find(key)
        if (scope_id in self.born or scope_id in self._reopened) and key not in self.joins.rows:
            return None
        return self.joins.find(key)

    def inside(self, scope_id: str) -> list[str]:
        """List the element instances in a scope, oldest first as far as ids are ordered. Raises: Unknown."""
        among = None if "children" in self.made else self.elements.if_few()
        if among is None:
            return self.children.ids(scope_id)
        return sorted([id_ for id_, row in among.items() if row is not None and row.scope_id == scope_id])

    def begin_scope(self, scope_id: str) -> None:
        """Note that a new element instance has no variables and nothing inside it yet."""
        if isinstance(self.born, set):
            self.born.add(scope_id)

    def reopen_scope(self, scope_id: str) -> None:
        """Note that an element instance that was kept is there again: with its variables, and nothing inside it yet."""
        if not self.knows_all:
            self._reopened |= {scope_id}
            self.children.reopen_scope(scope_id)

    def keep_scope(self, scope_id: str) -> None:
        """Note that an element instance is gone, but not its variables."""
        self._reopened -= {scope_id}

    def forget_all(self) -> None:
        """Forget what ended activities have kept: the instance has ended."""
        if "compensables" in self.made:
            self.compensables.rows.clear()
        self.variables.values.clear()

    def end_scope(self, scope_id: str) -> None:
        """Forget the variables of an element instance that is gone."""
        if self._reopened:
            self._reopened -= {scope_id}
        self.variables.drop_scope(scope_id)


def slice_of(
    *,
    instance: Instance | None,
    elements: Mapping[str, ElementInstance | None],
    waits: Mapping[tuple[str, str], Wait | None],
    joins: Mapping[tuple[str, str], Join | None],
    incidents: Mapping[str, Incident | None],
    compensables: Mapping[tuple[str, str], Compensable | None] | None = None,
) -> State:
    """Build a slice from rows; variables, children and indexes are added to `.variables`, `.children`, `.signals`, `.conditions`."""
    state = State(complete=False)
    state.instance = instance
    state.elements.rows.update(elements)
    state.waits.rows.update(waits)
    state.joins.rows.update(joins)
    state.incidents.rows.update(incidents)
    state.compensables.rows.update(compensables or {})
    return state
