"""Built-ins on lists (DMN 1.5, clauses 10.3.4.4 and 10.3.4.9).

Positions count items from 1, or from the end from -1; a fraction of a position is cut off. A value that is no list
stands for the list of it alone.
"""

import functools
from decimal import Decimal

from feel._builtins._signature import builtin
from feel._operations._calls import invoke
from feel._operations._comparison import order, same
from feel._run import Run
from feel._values import Function
from feel.errors import Fault


def _contains(run: Run, items: list[object], element: object) -> bool:
    """Tell whether a list holds a value, which may be null.

    list contains([1, 2, 3], 2) → true
    list contains([1, null], null) → true
    list contains([1, 2], "1") → false
    """
    run.spend(len(items))
    return any(same(run, item, element) is True for item in items)


def _is_empty(items: list[object]) -> bool:
    """Tell whether a list has no items. Not in the standard.

    is empty([]) → true
    is empty([null]) → false
    """
    return not items


def _at(items: list[object], position: Decimal) -> int:
    """Turn a position into Python's index. Raises: Fault when it lies outside the list."""
    at = int(position)
    if not 0 < abs(at) <= len(items):
        raise Fault("value", "the position lies outside the list")
    return at - 1 if at > 0 else len(items) + at


def _sublist(items: list[object], start: Decimal, length: Decimal | None = None) -> list[object]:
    """Take the items from a position on, as many as `length` says, or all.

    Null when the position is 0 or outside the list, or the length is below 1 or reaches beyond the end.

        sublist([4, 5, 6], 2) → [5, 6]
        sublist([4, 5, 6], -2, 1) → [5]
        sublist([4, 5, 6], 2, 3) → null
    """
    first = _at(items, start)
    if length is None:
        return items[first:]
    if length < 1 or first + int(length) > len(items):
        raise Fault("value", "the length reaches beyond the list")
    return items[first : first + int(length)]


def _append(run: Run, items: list[object], *more: object) -> list[object]:
    """Put values at the end of a list.

    append([1], 2, 3) → [1, 2, 3]
    append([1], [2]) → [1, [2]]
    """
    run.spend(len(items))
    return [*items, *more]


def _concatenate(run: Run, *lists: list[object]) -> list[object]:
    """Put lists one behind the other.

    concatenate([1, 2], [2, 3], 4) → [1, 2, 2, 3, 4]
    """
    run.spend(sum(map(len, lists)))
    return [item for items in lists for item in items]


def _insert_before(run: Run, items: list[object], position: Decimal, new: object) -> list[object]:
    """Put a value before the item at a position. Null when there is no such item.

    insert before([1, 3], 1, 2) → [2, 1, 3]
    insert before([1, 3], -1, 2) → [1, 2, 3]
    insert before([1, 3], 3, 2) → null
    """
    run.spend(len(items))
    at = _at(items, position)
    return [*items[:at], new, *items[at:]]


def _remove(run: Run, items: list[object], position: Decimal) -> list[object]:
    """Leave out the item at a position. Null when there is no such item.

    remove([1, 2, 3], 2) → [1, 3]
    remove([1, 2, 3], -1) → [1, 2]
    remove([1, 2, 3], 4) → null
    """
    run.spend(len(items))
    at = _at(items, position)
    return [*items[:at], *items[at + 1 :]]


def _replace_at(run: Run, items: list[object], position: Decimal, new: object) -> list[object]:
    """Put a value in the place of the item at a position, or of every item that a function of both chooses.

    Null when there is no such item, or when the function takes other than two arguments or gives no boolean.

        list replace([2, 4, 7], 3, 6) → [2, 4, 6]
        list replace([2, 4, 7], function(item, newItem) item < newItem, 5) → [5, 5, 7]
        list replace([2, 4, 7], 4, 6) → null
    """
    run.spend(len(items))
    at = _at(items, position)
    return [*items[:at], new, *items[at + 1 :]]


def _replace_where(run: Run, items: list[object], chosen: Function, new: object) -> list[object]:
    run.spend(len(items))
    results = []
    for item in items:
        hit = invoke(run, chosen, item, new)
        if type(hit) is not bool:
            raise Fault("type", "the function must give true or false")
        results.append(new if hit else item)
    return results


def _reverse(items: list[object]) -> list[object]:
    """Turn a list round.

    reverse([1, 2, 3]) → [3, 2, 1]
    """
    return items[::-1]


def _index_of(run: Run, items: list[object], element: object) -> list[object]:
    """List the positions at which a value stands, which may be null.

    index of([1, 2, 3, 2], 2) → [2, 4]
    index of([1, 2], 9) → []
    """
    run.spend(len(items))
    return [Decimal(at) for at, item in enumerate(items, 1) if same(run, item, element) is True]


def _union(run: Run, *lists: list[object]) -> list[object]:
    """Put lists one behind the other and keep each value once, where it stands first.

    union([1, 2], [2, 3]) → [1, 2, 3]
    """
    return _distinct(run, _concatenate(run, *lists))


def _distinct(run: Run, items: list[object]) -> list[object]:
    """Keep each value of a list once, where it stands first.

    distinct values([1, 2, 3, 2, 1, null, null]) → [1, 2, 3, null]
    """
    results: list[object] = []
    for item in items:
        run.spend(len(results) + 1)
        if not any(same(run, item, known) is True for known in results):
            results.append(item)
    return results


def _flatten(run: Run, items: list[object]) -> list[object]:
    """Take the items out of all lists inside a list, however deep.

    flatten([[1, 2], [[3]], 4]) → [1, 2, 3, 4]
    """
    results: list[object] = []
    for item in items:
        run.spend(1)
        results += _flatten(run, item) if isinstance(item, list) else [item]
    return results


def _sort(run: Run, items: list[object], precedes: Function | None = None) -> list[object]:
    """Sort a list: `precedes` tells of two items whether the first belongs before the second. Equal items stay put.

    Without a function (which the standard asks for) the items' own order holds; null when they have none.

        sort([3, 1, 2], function(x, y) x > y) → [3, 2, 1]
        sort(["b", "a"]) → ["a", "b"]
        sort([1, "a"]) → null
    """

    def compare(left: object, right: object) -> int:
        run.spend(1)
        if precedes is None:
            return order(left, right)
        return -1 if invoke(run, precedes, left, right) is True else 0

    return sorted(items, key=functools.cmp_to_key(compare))


def _partition(run: Run, items: list[object], size: Decimal) -> list[object]:
    """Cut a list into lists of a size, the last one perhaps shorter. Null for a size below 1. Not in the standard.

    partition([1, 2, 3], 2) → [[1, 2], [3]]
    """
    run.spend(len(items))
    width = int(size)
    if width < 1:
        raise Fault("value", "the size must be 1 or more")
    return [items[at : at + width] for at in range(0, len(items), width)]


LIST_BUILTINS = (
    builtin("list contains(list: list, element: any)", _contains, run=True),
    builtin("is empty(list: list)", _is_empty),
    builtin("sublist(list: list, start position: number, length: number? =)", _sublist),
    builtin("append(list: list, *item: any)", _append, run=True),
    builtin("concatenate(*list: list)", _concatenate, run=True),
    builtin("insert before(list: list, position: number, newItem: any)", _insert_before, run=True),
    builtin("remove(list: list, position: number)", _remove, run=True),
    builtin("list replace(list: list, position: number, newItem: any)", _replace_at, run=True),
    builtin("list replace(list: list, match: function, newItem: any)", _replace_where, run=True),
    builtin("reverse(list: list)", _reverse),
    builtin("index of(list: list, match: any)", _index_of, run=True),
    builtin("union(*list: list)", _union, run=True),
    builtin("distinct values(list: list)", _distinct, run=True),
    builtin("flatten(list: list)", _flatten, run=True),
    builtin("sort(list: list, precedes: function? =)", _sort, run=True),
    builtin("partition(list: list, size: number)", _partition, run=True),
)
