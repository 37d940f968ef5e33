"""Variables per scope and name: tables of them, whole or in part, as those in `_tables`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from bpmn._tables import Unknown
from feel import Values


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""No variable of that name; null is a value."""

_NOTHING = Values()
_NO_SCOPES: Mapping[str, Values] = {}
_FEW = 50


class Variables(ABC):
    """Values per scope and name."""

    __slots__ = ("dropped", "values", "whole")

    def __init__(self) -> None:
        self.values: dict[str, Values] = {}
        # Scopes of which all variables are here.
        self.whole: set[str] = set()
        self.dropped: set[str] = set()

    @abstractmethod
    def find(self, scope_id: str, name: str) -> object:
        """Read one variable of this very scope, or ABSENT. Raises: Unknown."""

    @abstractmethod
    def may_hold(self, scope_id: str) -> bool:
        """Tell whether this very scope could have variables."""

    @abstractmethod
    def in_one_place(self, scope_id: str) -> Values | None:
        """Give all variables of this very scope where they lie together, not to be changed; None where they don't."""

    @abstractmethod
    def all(self, scope_id: str) -> dict[str, object]:
        """Read all variables of this very scope. Raises: Unknown."""

    @abstractmethod
    def drop_scope(self, scope_id: str) -> None:
        """Forget the variables of a scope."""

    def of(self, scope_id: str) -> Values:
        """Give what lies here of this very scope, to set more."""
        own = self.values.get(scope_id)
        if own is None:
            own = self.values[scope_id] = Values()
        return own

    def set(self, scope_id: str, name: str, value: object) -> None:
        self.of(scope_id)[name] = value

    def adopt(self, changes: "Variables") -> None:
        """Take over the changes of a fork of this very table."""
        for scope_id in changes.dropped:
            self.drop_scope(scope_id)
        for scope_id, values in changes.values.items():
            own = None if scope_id in changes.whole else self.values.get(scope_id)
            if own is None:
                self.values[scope_id] = values
            else:
                own.update(values)


class WholeVariables(Variables):
    """All variables there are: those here, and below them those that aren't changed here.

    A scope of few variables is taken along as a whole when the first of them changes: then most that reads them finds them in
    one place.
    """

    __slots__ = ("_below",)

    def __init__(self, below: Variables | None) -> None:
        self.values = {}
        self.whole = set()
        self.dropped = set()
        self._below: Mapping[str, Values] = _NO_SCOPES if below is None else below.values

    def find(self, scope_id: str, name: str) -> object:
        own = self.values.get(scope_id)
        if own is not None and name in own:
            return own[name]
        return ABSENT if scope_id in self.whole else self._below.get(scope_id, _NOTHING).get(name, ABSENT)

    def may_hold(self, scope_id: str) -> bool:
        return scope_id in self.values or (scope_id in self._below and scope_id not in self.whole)

    def in_one_place(self, scope_id: str) -> Values | None:
        own = self.values.get(scope_id)
        if own is None:
            return _NOTHING if scope_id in self.dropped else self._below.get(scope_id, _NOTHING)
        return own if scope_id in self.whole or scope_id not in self._below else None

    def all(self, scope_id: str) -> dict[str, object]:
        below = _NOTHING if scope_id in self.whole else self._below.get(scope_id, _NOTHING)
        return {**below, **self.values.get(scope_id, _NOTHING)}

    def drop_scope(self, scope_id: str) -> None:
        self.values.pop(scope_id, None)
        if scope_id in self._below:
            self.whole.add(scope_id)
            self.dropped.add(scope_id)

    def of(self, scope_id: str) -> Values:
        own = self.values.get(scope_id)
        if own is None:
            below = self._below.get(scope_id)
            if below is None or len(below) > _FEW or scope_id in self.whole:
                own = Values()
            else:
                own = Values(below)
                self.whole.add(scope_id)
            self.values[scope_id] = own
        return own


class VariablesInPart(Variables):
    """The variables that a slice holds, or changes to them; ABSENT stands for one that is known not to exist."""

    __slots__ = ("_base", "_born")

    def __init__(self, base: Variables | None, born: AbstractSet[object]) -> None:
        super().__init__()
        self._base = base
        self._born = born

    def find(self, scope_id: str, name: str) -> object:
        own = self.values.get(scope_id)
        if own is not None and name in own:
            return own[name]
        if scope_id in self.whole or scope_id in self._born:
            return ABSENT
        if self._base is not None:
            return self._base.find(scope_id, name)
        raise Unknown((("variable", scope_id, name),))

    def may_hold(self, scope_id: str) -> bool:
        if scope_id in self.values:
            return True
        if scope_id in self.whole or scope_id in self._born:
            return False
        return self._base is None or self._base.may_hold(scope_id)

    def in_one_place(self, scope_id: str) -> Values | None:
        return None

    def all(self, scope_id: str) -> dict[str, object]:
        own: dict[str, object] = self.values.get(scope_id, _NOTHING)
        if scope_id not in self.whole and scope_id not in self._born:
            if self._base is None:
                raise Unknown((("variables", scope_id),))
            own = {**self._base.all(scope_id), **own}
        return {name: value for name, value in own.items() if value is not ABSENT}

    def drop_scope(self, scope_id: str) -> None:
        self.values.pop(scope_id, None)
        if scope_id not in self._born:
            self.whole.add(scope_id)
            self.dropped.add(scope_id)
