"""Built-ins on lists (DMN 1.5, clauses 10.3.4.4 and 10.3.4.9). Positions count items from 1, or from the end from -1."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

import functools
from collections.abc import Callable
from decimal import Decimal

from feel._builtins._signature import builtin
from feel._operations._calls import invoke
from feel._operations._comparison import order, same
from feel._run import Run
from feel._values import NUMBERS, Function
from feel.errors import Fault


def _numbers(items: list[object]) -> list[Decimal]:
    numbers = [item for item in items if isinstance(item, Decimal)]
    if len(numbers) != len(items):
        raise Fault("type", "every item must be a number")
    return numbers


def _contains(run: Run, items: list[object], element: object) -> bool:
    run.spend(len(items))
    return any(same(run, item, element) is True for item in items)


def _extreme(items: list[object], sign: int) -> object:
    if not items:
        raise Fault("value", "the list is empty")
    best = items[0]
    if len(items) == 1:
        order(best, best)
    for item in items[1:]:
        if order(item, best) == sign:
            best = item
    return best


def _min(items: list[object]) -> object:
    return _extreme(items, -1)


def _max(items: list[object]) -> object:
    return _extreme(items, 1)


def _sum(items: list[object]) -> Decimal:
    if not items:
        raise Fault("value", "the list is empty")
    return functools.reduce(NUMBERS.add, _numbers(items))


def _product(items: list[object]) -> Decimal:
    if not items:
        raise Fault("value", "the list is empty")
    return functools.reduce(NUMBERS.multiply, _numbers(items))


def _mean(items: list[object]) -> Decimal:
    return NUMBERS.divide(_sum(items), Decimal(len(items)))


def _median(items: list[object]) -> Decimal:
    ordered = sorted(_numbers(items))
    if not ordered:
        raise Fault("value", "the list is empty")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _stddev(items: list[object]) -> Decimal:
    """Sample standard deviation."""
    if len(items) < 2:
        raise Fault("value", "two numbers or more are needed")
    mean = _mean(items)
    differences = [NUMBERS.subtract(number, mean) for number in _numbers(items)]
    squares: list[object] = [NUMBERS.multiply(difference, difference) for difference in differences]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(items) - 1)))


def _mode(items: list[object]) -> list[object]:
    counts: dict[Decimal, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)  # type: ignore[return-value]


def _all(items: list[object]) -> bool | None:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else _no_boolean(items)


def _any(items: list[object]) -> bool | None:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else _no_boolean(items)


def _no_boolean(items: list[object]) -> None:
    if any(item is not None and type(item) is not bool for item in items):
        raise Fault("type", "every item must be a boolean")


def _at(items: list[object], position: Decimal, *, beyond: int = 0) -> int:
    """Turn a position into Python's index. Raises: Fault when it lies outside the list."""
    at = int(position)
    if at != position or not 0 < abs(at) <= len(items) + beyond:
        raise Fault("value", "the position lies outside the list")
    return at - 1 if at > 0 else len(items) + at


def _sublist(items: list[object], start: Decimal, length: Decimal | None = None) -> list[object]:
    first = _at(items, start)
    if length is None:
        return items[first:]
    if length < 1 or first + int(length) > len(items):
        raise Fault("value", "the length reaches beyond the list")
    return items[first : first + int(length)]


def _concatenate(run: Run, *lists: list[object]) -> list[object]:
    run.spend(sum(map(len, lists)))
    return [item for items in lists for item in items]


def _append(run: Run, items: list[object], *more: object) -> list[object]:
    run.spend(len(items))
    return [*items, *more]


def _insert_before(run: Run, items: list[object], position: Decimal, new: object) -> list[object]:
    run.spend(len(items))
    at = _at(items, position)
    return [*items[:at], new, *items[at:]]


def _remove(run: Run, items: list[object], position: Decimal) -> list[object]:
    run.spend(len(items))
    at = _at(items, position)
    return [*items[:at], *items[at + 1 :]]


def _replace_at(run: Run, items: list[object], position: Decimal, new: object) -> list[object]:
    run.spend(len(items))
    at = _at(items, Decimal(int(position)))
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


def _index_of(run: Run, items: list[object], element: object) -> list[object]:
    run.spend(len(items))
    return [Decimal(at) for at, item in enumerate(items, 1) if same(run, item, element) is True]


def _distinct(run: Run, items: list[object]) -> list[object]:
    results: list[object] = []
    for item in items:
        run.spend(len(results) + 1)
        if not any(same(run, item, known) is True for known in results):
            results.append(item)
    return results


def _union(run: Run, *lists: list[object]) -> list[object]:
    return _distinct(run, _concatenate(run, *lists))


def _flatten(run: Run, items: list[object]) -> list[object]:
    results: list[object] = []
    for item in items:
        run.spend(1)
        results += _flatten(run, item) if isinstance(item, list) else [item]
    return results


def _sort(run: Run, items: list[object], precedes: Function | None = None) -> list[object]:
    def compare(left: object, right: object) -> int:
        run.spend(1)
        if precedes is None:
            return order(left, right)
        if invoke(run, precedes, left, right) is True:
            return -1
        return 1 if invoke(run, precedes, right, left) is True else 0

    return sorted(items, key=functools.cmp_to_key(compare))


def _partition(run: Run, items: list[object], size: Decimal) -> list[object]:
    run.spend(len(items))
    width = int(size)
    if width < 1:
        raise Fault("value", "the size must be 1 or more")
    return [items[at : at + width] for at in range(0, len(items), width)]


def _spread(call: Callable[[list[object]], object]) -> Callable[..., object]:
    """Let a function of a list be called with the items as arguments."""

    def spread(*items: object) -> object:
        if not items:
            raise Fault("call", "it needs an argument")
        return call(list(items))

    return spread


LIST_BUILTINS = (
    builtin("list contains(list: list, element: any)", _contains, run=True),
    builtin("count(list: list)", lambda items: Decimal(len(items))),
    builtin("is empty(list: list)", lambda items: not items),
    builtin("min(list: list)", _min),
    builtin("min(*c: any)", _spread(_min)),
    builtin("max(list: list)", _max),
    builtin("max(*c: any)", _spread(_max)),
    builtin("sum(list: list)", _sum),
    builtin("sum(*n: any)", _spread(_sum)),
    builtin("mean(list: list)", _mean),
    builtin("mean(*n: any)", _spread(_mean)),
    builtin("median(list: list)", _median),
    builtin("median(*n: any)", _spread(_median)),
    builtin("product(list: list)", _product),
    builtin("product(*n: any)", _spread(_product)),
    builtin("stddev(list: list)", _stddev),
    builtin("stddev(*n: any)", _spread(_stddev)),
    builtin("mode(list: list)", _mode),
    builtin("mode(*n: any)", _spread(_mode)),
    builtin("all(list: list)", _all),
    builtin("all(*b: any)", _spread(_all)),
    builtin("any(list: list)", _any),
    builtin("any(*b: any)", _spread(_any)),
    builtin("sublist(list: list, start position: number, length: number? =)", _sublist),
    builtin("append(list: list, *item: any)", _append, run=True),
    builtin("concatenate(*list: list)", _concatenate, run=True),
    builtin("insert before(list: list, position: number, newItem: any)", _insert_before, run=True),
    builtin("remove(list: list, position: number)", _remove, run=True),
    builtin("list replace(list: list, position: number, newItem: any)", _replace_at, run=True),
    builtin("list replace(list: list, match: function, newItem: any)", _replace_where, run=True),
    builtin("reverse(list: list)", lambda items: items[::-1]),
    builtin("index of(list: list, match: any)", _index_of, run=True),
    builtin("union(*list: list)", _union, run=True),
    builtin("distinct values(list: list)", _distinct, run=True),
    builtin("flatten(list: list)", _flatten, run=True),
    builtin("sort(list: list, precedes: function? =)", _sort, run=True),
    builtin("partition(list: list, size: number)", _partition, run=True),
)
