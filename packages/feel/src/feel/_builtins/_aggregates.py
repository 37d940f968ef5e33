"""Built-ins that make one value of many (DMN 1.5, clause 10.3.4.4). They take a list, or its items as arguments."""

import functools
from collections.abc import Callable
from decimal import Decimal

from feel._builtins._signature import Builtin, builtin
from feel._operations._comparison import order
from feel._values import NUMBERS
from feel.errors import Fault


def _count(items: list[object]) -> Decimal:
    """Count the items of a list, null among them.

    count([1, 2, null]) → 3
    count([]) → 0
    """
    return Decimal(len(items))


def _min(items: list[object]) -> object:
    """Find the least of numbers, strings, dates, times or durations.

    Null for an empty list and for items that have no order.

        min([3, 1, 2]) → 1
        min("b", "a") → "a"
        min([1, "a"]) → null
    """
    return _extreme(items, -1)


def _max(items: list[object]) -> object:
    """Find the greatest of numbers, strings, dates, times or durations.

    Null for an empty list and for items that have no order.

        max([3, 1, 2]) → 3
        max(@"P1D", @"PT36H") → @"PT36H"
        max([]) → null
    """
    return _extreme(items, 1)


def _extreme(items: list[object], sign: int) -> object:
    best = _some(items)[0]
    if len(items) == 1:
        order(best, best)
    for item in items[1:]:
        if order(item, best) == sign:
            best = item
    return best


def _some(items: list[object]) -> list[object]:
    if not items:
        raise Fault("value", "the list is empty")
    return items


def _numbers(items: list[object]) -> list[Decimal]:
    numbers = [item for item in items if isinstance(item, Decimal)]
    if len(numbers) != len(items):
        raise Fault("type", "every item must be a number")
    return numbers


def _sum(items: list[object]) -> Decimal:
    """Add numbers. Null for an empty list and when an item is no number.

    sum([1, 2, 3]) → 6
    sum(1, 2) → 3
    sum([]) → null
    sum([1, null]) → null
    """
    return functools.reduce(NUMBERS.add, _numbers(_some(items)))


def _product(items: list[object]) -> Decimal:
    """Multiply numbers. Null for an empty list and when an item is no number.

    product([2, 3, 4]) → 24
    product(2, 3) → 6
    """
    return functools.reduce(NUMBERS.multiply, _numbers(_some(items)))


def _mean(items: list[object]) -> Decimal:
    """Take the arithmetic mean of numbers. Null for an empty list and when an item is no number.

    mean([1, 2, 6]) → 3
    """
    return NUMBERS.divide(_sum(items), Decimal(len(items)))


def _median(items: list[object]) -> Decimal:
    """Find the number in the middle, or the mean of the two there.

    Null for an empty list and when an item is no number.

        median([8, 2, 5, 3, 4]) → 4
        median([6, 1, 2, 3]) → 2.5
    """
    ordered = sorted(_numbers(_some(items)))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _stddev(items: list[object]) -> Decimal:
    """Take the standard deviation of a sample (divisor: one less than their count).

    Null for fewer than two items and when an item is no number.

        stddev([2, 4, 7, 5]) → 2.081665999466132735282297706979931
        stddev([47]) → null
    """
    if len(items) < 2:
        raise Fault("value", "two numbers or more are needed")
    mean = _mean(items)
    differences = [NUMBERS.subtract(number, mean) for number in _numbers(items)]
    squares: list[object] = [NUMBERS.multiply(difference, difference) for difference in differences]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(items) - 1)))


def _mode(items: list[object]) -> list[Decimal]:
    """List the numbers that come most often, in ascending order. Null when an item is no number.

    mode([6, 3, 9, 6, 6]) → [6]
    mode([6, 1, 9, 6, 1]) → [1, 6]
    mode([]) → []
    """
    counts: dict[Decimal, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


def _all(items: list[object]) -> bool | None:
    """Tell whether all items are true: false as soon as one is false.

    Null when none is false but one isn't true either.

        all([true, true]) → true
        all([false, null]) → false
        all([true, null]) → null
        all([]) → true
    """
    if any(item is False for item in items):
        return False
    _check_booleans(items)
    return True if all(item is True for item in items) else None


def _any(items: list[object]) -> bool | None:
    """Tell whether one of the items is true.

    Null when none is true but one isn't false either.

        any([false, true]) → true
        any([true, null]) → true
        any([false, null]) → null
        any([]) → false
    """
    if any(item is True for item in items):
        return True
    _check_booleans(items)
    return False if all(item is False for item in items) else None


def _check_booleans(items: list[object]) -> None:
    if any(item is not None and type(item) is not bool for item in items):
        raise Fault("type", "every item must be a boolean")


def _both_ways(name: str, items: str, call: Callable[[list[object]], object]) -> tuple[Builtin, Builtin]:
    """Let a function of a list be called with the items as arguments, too."""
    return (
        builtin(f"{name}(list: list)", call),
        builtin(f"{name}(*{items}: any)", lambda *given: call(list(given))),
    )


AGGREGATE_BUILTINS = (
    builtin("count(list: list)", _count),
    *_both_ways("min", "c", _min),
    *_both_ways("max", "c", _max),
    *_both_ways("sum", "n", _sum),
    *_both_ways("mean", "n", _mean),
    *_both_ways("median", "n", _median),
    *_both_ways("product", "n", _product),
    *_both_ways("stddev", "n", _stddev),
    *_both_ways("mode", "n", _mode),
    *_both_ways("all", "b", _all),
    *_both_ways("any", "b", _any),
)
