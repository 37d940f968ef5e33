"""Tables of rows, whole or in part.

A fork lies over another table: it sees through to it and keeps every change to itself. Asking a part for what it doesn't hold
raises `Unknown`.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Generic, Protocol, Self, TypeVar

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
_FEW = 50
_K = TypeVar("_K", bound=Hashable)
_R = TypeVar("_R", bound=_Row)


class Table(ABC, Generic[_K, _R]):
    """The rows of one kind; None stands for a row that is known not to exist."""

    __slots__ = ()
    is_complete: bool
    rows: dict[_K, _R | None]

    @abstractmethod
    def find(self, key: _K) -> _R | None:
        """Read a row, not to be changed; None when there is none. Raises: Unknown."""

    def if_few(self) -> Mapping[_K, _R | None] | None:
        """Give all rows if they are known, and so few that looking at each is quick."""
        return None

    @abstractmethod
    def before(self, key: _K) -> _R | None:
        """Read a row as it is below this sheet; None also when nobody knows."""

    @abstractmethod
    def drop(self, key: _K) -> None:
        """Take a row away."""

    def get(self, key: _K) -> _R:
        """Read a row that must exist."""
        row = self.find(key)
        if row is None:
            raise KeyError(f"no row {key}")
        return row

    def edit(self, key: _K) -> _R:
        """Get a row that must exist, to change it here alone."""
        own = self.rows.get(key)
        if own is None:
            own = self.rows[key] = self.get(key).copy()
        return own

    def put(self, key: _K, row: _R) -> None:
        self.rows[key] = row

    def adopt(self, changes: "Table[_K, _R]") -> None:
        """Take over the changes of a fork of this very table."""
        for key, row in changes.rows.items():
            if row is not None:
                self.rows[key] = row
            else:
                self.drop(key)


class Whole(Table[_K, _R]):
    """All rows there are: those here, and below them those of another whole table that aren't changed here."""

    __slots__ = ("_below", "is_complete", "rows")

    def __init__(self, below: Table[_K, _R] | None = None) -> None:
        self.rows = {}
        self.is_complete = below is None
        self._below: Mapping[_K, _R | None] = _NOTHING if below is None else below.rows

    def find(self, key: _K) -> _R | None:
        row = self.rows.get(key)
        return row if row is not None or key in self.rows else self._below.get(key)

    def get(self, key: _K) -> _R:
        # As in general, in one call: this is asked most.
        row = self.rows.get(key)
        if row is None and key not in self.rows:
            row = self._below.get(key)
        if row is None:
            raise KeyError(f"no row {key}")
        return row

    def if_few(self) -> Mapping[_K, _R | None] | None:
        if len(self.rows) + len(self._below) > _FEW:
            return None
        return {**self._below, **self.rows} if self._below else self.rows

    def before(self, key: _K) -> _R | None:
        return self._below.get(key)

    def drop(self, key: _K) -> None:
        if key in self._below:
            self.rows[key] = None
        else:
            self.rows.pop(key, None)

    def adopt(self, changes: Table[_K, _R]) -> None:
        # As in general, in one call.
        rows, below = self.rows, self._below
        for key, row in changes.rows.items():
            if row is not None or key in below:
                rows[key] = row
            else:
                rows.pop(key, None)


class Part(Table[_K, _R]):
    """The rows that a slice holds, or changes to them; of keys that are `born` on this very sheet what isn't here is nowhere."""

    __slots__ = ("_base", "_born", "_kind", "is_complete", "rows")

    def __init__(self, kind: str, base: Table[_K, _R] | None, born: AbstractSet[object]) -> None:
        self.rows = {}
        self.is_complete = False
        self._kind = kind
        self._base = base
        self._born = born

    def find(self, key: _K) -> _R | None:
        row = self.rows.get(key)
        if row is not None or key in self.rows:
            return row
        if key in self._born:
            return None
        if self._base is not None:
            return self._base.find(key)
        raise Unknown(((self._kind, *key) if isinstance(key, tuple) else (self._kind, str(key)),))

    def before(self, key: _K) -> _R | None:
        try:
            return self._base.find(key) if self._base is not None else None
        except Unknown:
            return None

    def drop(self, key: _K) -> None:
        if key in self._born:
            self.rows.pop(key, None)
        else:
            self.rows[key] = None


def table(kind: str, base: Table[Any, Any] | None, sheet: Sheet) -> Table[Any, Any]:
    """Make the table of one kind for a state."""
    return Whole(base) if sheet.knows_all else Part(kind, base, sheet.born)
