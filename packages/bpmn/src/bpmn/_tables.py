"""Tables of rows, whole or in part.

A fork lies over another table: it sees through to it and keeps every change to itself. Asking a part for what it doesn't hold
raises `Unknown`.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from bpmn._rows import ElementInstance

Key = tuple[str, ...]


class Unknown(Exception):
    """The slice doesn't hold these keys."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self.keys = keys


class Sheet(Protocol):
    """What the tables of one state have in common: whether they hold all rows there are, and what began on them."""

    @property
    def is_complete(self) -> bool: ...

    @property
    def knows_all(self) -> bool: ...

    @property
    def born(self) -> AbstractSet[str]: ...


class _Row(Protocol):
    def copy(self) -> Self: ...


_NOTHING: Mapping[Any, Any] = {}
_K = TypeVar("_K", bound=Hashable)
_R = TypeVar("_R", bound=_Row)


class Table(Generic[_K, _R]):
    """The rows of one kind; None stands for a row that is known not to exist.

    `born` are keys of rows that began on this very sheet: what isn't here of them is nowhere.
    """

    __slots__ = ("_base", "_below", "_born", "_kind", "is_complete", "rows")

    def __init__(self, kind: str, base: "Table[_K, _R] | None", sheet: Sheet) -> None:
        self._kind = kind
        self._base = base
        self.is_complete = sheet.is_complete
        self._born: AbstractSet[object] = sheet.born
        self.rows: dict[_K, _R | None] = {}
        # All rows that lie below, where that is known: none below a complete table, those of a complete one below its fork.
        self._below: Mapping[_K, _R | None] | None = None
        if sheet.knows_all:
            self._below = _NOTHING if base is None else base.rows

    def find(self, key: _K) -> _R | None:
        """Read a row, not to be changed; None when there is none. Raises: Unknown."""
        row = self.rows.get(key)
        if row is not None or key in self.rows:
            return row
        if self._below is not None:
            return self._below.get(key)
        if key in self._born:
            return None
        if self._base is not None:
            return self._base.find(key)
        raise Unknown(((self._kind, *key) if isinstance(key, tuple) else (self._kind, str(key)),))

    def before(self, key: _K) -> _R | None:
        """Read a row as it is below this sheet; None also when nobody knows."""
        try:
            return self._base.find(key) if self._base is not None else None
        except Unknown:
            return None

    def get(self, key: _K) -> _R:
        """Read a row that must exist."""
        row = self.rows.get(key) or self.find(key)
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
        began_here = key in self._born if self._below is None else key not in self._below
        if began_here:
            self.rows.pop(key, None)
        else:
            self.rows[key] = None

    def adopt(self, changes: "Table[_K, _R]") -> None:
        rows = self.rows
        for key, row in changes.rows.items():
            if row is not None:
                rows[key] = row
            elif self.is_complete:
                rows.pop(key, None)
            else:
                self.drop(key)


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""No variable of that name; null is a value."""


class Variables:
    """Values per scope and name."""

    __slots__ = ("_base", "_below", "_born", "dropped", "is_complete", "values", "whole")

    def __init__(self, base: "Variables | None", sheet: Sheet) -> None:
        self._base = base
        self.is_complete = sheet.is_complete
        self._born: AbstractSet[object] = sheet.born
        self.values: dict[str, dict[str, object]] = {}
        # Scopes of which all variables are here.
        self.whole: set[str] = set()
        self.dropped: set[str] = set()
        # As in `Table`.
        self._below: Mapping[str, dict[str, object]] | None = None
        if sheet.knows_all:
            self._below = _NOTHING if base is None else base.values

    def find(self, scope_id: str, name: str) -> object:
        """Read one variable of this very scope, or ABSENT. Raises: Unknown."""
        own = self.values.get(scope_id)
        if own is not None and name in own:
            return own[name]
        if scope_id in self.whole:
            return ABSENT
        if self._below is not None:
            below = self._below.get(scope_id)
            return ABSENT if below is None else below.get(name, ABSENT)
        if scope_id in self._born:
            return ABSENT
        if self._base is not None:
            return self._base.find(scope_id, name)
        raise Unknown((("variable", scope_id, name),))

    def may_hold(self, scope_id: str) -> bool:
        """Tell whether this very scope could have variables."""
        if scope_id in self.values:
            return True
        if scope_id in self.whole:
            return False
        if self._below is not None:
            return scope_id in self._below
        return scope_id not in self._born and (self._base is None or self._base.may_hold(scope_id))

    def all(self, scope_id: str) -> dict[str, object]:
        """Read all variables of this very scope. Raises: Unknown."""
        own = self.values.get(scope_id, {})
        if scope_id not in self.whole:
            if self._below is not None:
                return {**self._below.get(scope_id, {}), **own}
            if scope_id not in self._born:
                if self._base is None:
                    raise Unknown((("variables", scope_id),))
                own = {**self._base.all(scope_id), **own}
        return {name: value for name, value in own.items() if value is not ABSENT}

    def of(self, scope_id: str) -> dict[str, object]:
        """Give what was set here in this very scope, to set more."""
        own = self.values.get(scope_id)
        if own is None:
            own = self.values[scope_id] = {}
        return own

    def set(self, scope_id: str, name: str, value: object) -> None:
        self.of(scope_id)[name] = value

    def drop_scope(self, scope_id: str) -> None:
        self.values.pop(scope_id, None)
        began_here = scope_id in self._born if self._below is None else scope_id not in self._below
        if not began_here:
            self.whole.add(scope_id)
            self.dropped.add(scope_id)

    def adopt(self, changes: "Variables") -> None:
        for scope_id in changes.dropped:
            self.drop_scope(scope_id)
        for scope_id, values in changes.values.items():
            own = self.values.get(scope_id)
            if own is None:
                self.values[scope_id] = values
            else:
                own.update(values)


class Index:
    """Which waits belong to a key."""

    __slots__ = ("_base", "_kind", "added", "is_complete", "removed", "whole")

    def __init__(self, kind: str, base: "Index | None", sheet: Sheet) -> None:
        self._kind = kind
        self._base = base
        self.is_complete = sheet.is_complete
        self.added: dict[Key, dict[str, None]] = {}
        self.removed: dict[Key, set[str]] = {}
        # Keys of which all waits are here.
        self.whole: set[Key] = set()

    def ids(self, key: Key) -> list[str]:
        """List the waits of a key, oldest first as far as ids are ordered. Raises: Unknown."""
        own = self.added.get(key, {})
        if self.is_complete or key in self.whole:
            return sorted(own)
        if self._base is None:
            raise Unknown(((self._kind, *key),))
        removed = self.removed.get(key, ())
        return sorted({id_ for id_ in self._base.ids(key) if id_ not in removed}.union(own))

    def add(self, key: Key, id_: str) -> None:
        self.added.setdefault(key, {})[id_] = None

    def remove(self, key: Key, id_: str) -> None:
        own = self.added.get(key, {})
        if id_ not in own:
            self.removed.setdefault(key, set()).add(id_)
            return
        del own[id_]
        if not own:
            del self.added[key]

    def adopt(self, changes: "Index") -> None:
        for key, gone in changes.removed.items():
            for id_ in gone:
                self.remove(key, id_)
        for key, new in changes.added.items():
            for id_ in new:
                self.add(key, id_)


class Children:
    """Which element instances are in a scope, and how many per element; a store may give `counts` alone."""

    __slots__ = ("_base", "_born", "added", "counts", "is_complete", "removed", "whole")

    def __init__(self, base: "Children | None", sheet: Sheet) -> None:
        self._base = base
        self.is_complete = sheet.is_complete
        self._born: AbstractSet[object] = sheet.born
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
        if self.is_complete or scope_id in self._born or ("children", scope_id) in self.whole:
            return own
        if self._base is None:
            raise Unknown((("children", scope_id),))
        removed = self.removed.get(scope_id, {})
        return {
            id_: element for id_, element in self._base.elements_by_id(scope_id).items() if id_ not in removed
        } | own

    def occupied(self, scope_id: str) -> Iterable[str]:
        """Say one by one in which elements of a scope tokens are, without counting them all. Raises: Unknown."""
        yield from self.added.get(scope_id, {}).values()
        if scope_id in self._born or self.knows(scope_id):
            return
        removed = self.removed.get(scope_id, {})
        if self._base is None or not self._base.knows(scope_id):
            yield from self.positions(scope_id)
        else:
            children = self._base.elements_by_id(scope_id).items()
            yield from (element_id for id_, element_id in children if id_ not in removed)

    def knows(self, scope_id: str) -> bool:
        """Tell whether every element instance in a scope is known here, not only how many there are."""
        return self.is_complete or ("children", scope_id) in self.whole

    def positions(self, scope_id: str) -> dict[str, int]:
        """Count the element instances in a scope per element. Raises: Unknown."""
        if scope_id in self._born or self.knows(scope_id):
            return Counter(self.added.get(scope_id, {}).values())
        if ("positions", scope_id) in self.whole:
            return self.counts.get(scope_id, {})
        if self._base is None:
            raise Unknown((("positions", scope_id),))
        total = Counter(self._base.positions(scope_id))
        total.update(self.added.get(scope_id, {}).values())
        total.subtract(self.removed.get(scope_id, {}).values())
        return {element_id: number for element_id, number in total.items() if number}

    def read(self, elements: "Table[str, ElementInstance]") -> None:
        """Take in what the rows of element instances on the same sheet say, beside those below."""
        for id_, row in elements.rows.items():
            before = elements.before(id_)
            if row is not None and before is not None and row.element_id == before.element_id:
                continue
            if before is not None and before.scope_id is not None:
                self.remove(before.scope_id, id_, before.element_id)
            if row is not None and row.scope_id is not None:
                self.add(row.scope_id, id_, row.element_id)

    def reopen_scope(self, scope_id: str) -> None:
        if not self.is_complete:
            self.whole.add(("children", scope_id))

    def add(self, scope_id: str, id_: str, element_id: str) -> None:
        own = self.added.get(scope_id)
        if own is None:
            own = self.added[scope_id] = {}
        own[id_] = element_id

    def remove(self, scope_id: str, id_: str, element_id: str) -> None:
        own = self.added.get(scope_id)
        if own is None or own.pop(id_, None) is None:
            self.removed.setdefault(scope_id, {})[id_] = element_id
        elif not own:
            del self.added[scope_id]

    def adopt(self, changes: "Children") -> None:
        for scope_id, gone in changes.removed.items():
            for id_, element_id in gone.items():
                self.remove(scope_id, id_, element_id)
        for scope_id, new in changes.added.items():
            for id_, element_id in new.items():
                self.add(scope_id, id_, element_id)
