"""What finds rows by something else than their keys: waits by signal or condition, element instances by scope; whole or in part."""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from bpmn._rows import ElementInstance
from bpmn._tables import Key, Sheet, Table, Unknown


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
            before = elements.before(id_) if self._base is not None else None
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
