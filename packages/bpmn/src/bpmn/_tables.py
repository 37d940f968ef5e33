"""Tables of rows, whole or in part.

A fork lies over another table: it sees through to it and keeps every change to itself. Asking a part for what it doesn't hold
raises `Unknown`.
"""

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, Generic, Protocol, Self, TypeVar

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
        row = self.rows.get(key)
        if row is None:
            row = self._below.get(key) if self._below is not None and key not in self.rows else self.find(key)
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
