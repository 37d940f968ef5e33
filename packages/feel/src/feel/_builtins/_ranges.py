"""Built-ins on ranges and points: how two of them lie to each other (DMN 1.5, clause 10.3.4.8, table 78)."""

from collections.abc import Callable

from feel._builtins._signature import Builtin, builtin
from feel._operations._comparison import in_range, order
from feel._values import Range

Relation = Callable[..., bool]


# An end that is left open lies beyond every point, so the comparisons of the table are answered for it too.


def _starts_apart(first: Range, second: Range) -> int:
    if first.start is None or second.start is None:
        return (second.start is None) - (first.start is None)
    return order(first.start, second.start)


def _ends_apart(first: Range, second: Range) -> int:
    if first.end is None or second.end is None:
        return (first.end is None) - (second.end is None)
    return order(first.end, second.end)


def _end_from_start(first: Range, second: Range) -> int:
    """Tell where the first one's end lies, seen from the second one's start."""
    return 1 if first.end is None or second.start is None else order(first.end, second.start)


def _point_before_range(point: object, bounds: Range) -> bool:
    if bounds.start is None:
        return False
    gap = order(point, bounds.start)
    return gap < 0 or (gap == 0 and not bounds.start_included)


def _range_before_point(bounds: Range, point: object) -> bool:
    if bounds.end is None:
        return False
    gap = order(bounds.end, point)
    return gap < 0 or (gap == 0 and not bounds.end_included)


def _range_before(first: Range, second: Range) -> bool:
    """Tell whether a point or range lies wholly before another.

    before(1, 10) → true
    before([1..5], [6..9]) → true
    before([1..5), 5) → true
    before(5, [5..9]) → false
    """
    gap = _end_from_start(first, second)
    return gap < 0 or (gap == 0 and not (first.end_included and second.start_included))


def _range_after(first: Range, second: Range) -> bool:
    """Tell whether a point or range lies wholly after another.

    after(10, 1) → true
    after([6..9], [1..5]) → true
    after(5, [1..5)) → true
    """
    return _range_before(second, first)


def _meets(first: Range, second: Range) -> bool:
    """Tell whether a range ends where another starts, both with that point.

    meets([1..5], [5..9]) → true
    meets([1..5), [5..9]) → false
    """
    return _end_from_start(first, second) == 0 and first.end_included and second.start_included


def _met_by(first: Range, second: Range) -> bool:
    """Tell whether a range starts where another ends, both with that point.

    met by([5..9], [1..5]) → true
    """
    return _meets(second, first)


def _overlaps(first: Range, second: Range) -> bool:
    """Tell whether two ranges have a point in common.

    overlaps([1..5], [3..9]) → true
    overlaps([1..5), [5..9]) → false
    """
    return not _range_before(first, second) and not _range_before(second, first)


def _starts_before(first: Range, second: Range) -> bool:
    gap = _starts_apart(first, second)
    return gap < 0 or (gap == 0 and first.start_included and not second.start_included)


def _ends_before(first: Range, second: Range) -> bool:
    gap = _ends_apart(first, second)
    return gap < 0 or (gap == 0 and second.end_included and not first.end_included)


def _overlaps_before(first: Range, second: Range) -> bool:
    """Tell whether a range starts before another and ends inside it.

    overlaps before([1..5], [3..9]) → true
    overlaps before([3..9], [1..5]) → false
    """
    return _starts_before(first, second) and _overlaps(first, second) and not _ends_before(second, first)


def _overlaps_after(first: Range, second: Range) -> bool:
    """Tell whether a range starts inside another and ends after it.

    overlaps after([3..9], [1..5]) → true
    """
    return _overlaps_before(second, first)


def _same_start(first: Range, second: Range) -> bool:
    return _starts_apart(first, second) == 0 and first.start_included == second.start_included


def _same_end(first: Range, second: Range) -> bool:
    return _ends_apart(first, second) == 0 and first.end_included == second.end_included


def _point_finishes(point: object, bounds: Range) -> bool:
    return bounds.end_included and order(point, bounds.end) == 0


def _finishes(first: Range, second: Range) -> bool:
    """Tell whether a point is the end of a range, or a range ends with another and starts no earlier.

    finishes(5, [1..5]) → true
    finishes([3..5], [1..5]) → true
    finishes([3..5), [1..5]) → false
    """
    return _same_end(first, second) and not _starts_before(first, second)


def _finished_by(first: Range, second: Range) -> bool:
    """Tell whether a range ends with a point or with another range that starts no earlier.

    finished by([1..5], 5) → true
    finished by([1..5], [3..5]) → true
    """
    return _finishes(second, first)


def _point_starts(point: object, bounds: Range) -> bool:
    return bounds.start_included and order(point, bounds.start) == 0


def _starts(first: Range, second: Range) -> bool:
    """Tell whether a point is the start of a range, or a range starts with another and ends no later.

    starts(1, [1..5]) → true
    starts([1..3], [1..5]) → true
    starts((1..3], [1..5]) → false
    """
    return _same_start(first, second) and not _ends_before(second, first)


def _started_by(first: Range, second: Range) -> bool:
    """Tell whether a range starts with a point or with another range that ends no later.

    started by([1..5], 1) → true
    started by([1..5], [1..3]) → true
    """
    return _starts(second, first)


def _includes(outer: Range, inner: Range) -> bool:
    """Tell whether a point or range lies wholly in a range.

    includes([1..5], 5) → true
    includes([1..5], [2..5)) → true
    includes([1..5), [2..5]) → false
    """
    return not _starts_before(inner, outer) and not _ends_before(outer, inner)


def _during(inner: Range, outer: Range) -> bool:
    """Tell whether a point or range lies wholly in a range.

    during(5, [1..5]) → true
    during([2..3], [1..5]) → true
    """
    return _includes(outer, inner)


def _coincides(first: Range, second: Range) -> bool:
    """Tell whether two points or ranges are the same.

    coincides([1..5], [1..5]) → true
    coincides(3, 4) → false
    """
    return _same_start(first, second) and _same_end(first, second)


def _turned(relation: Relation) -> Relation:
    return lambda first, second: relation(second, first)


def _points(relation: Callable[[int], bool]) -> Relation:
    return lambda first, second: relation(order(first, second))


def _pair(name: str, first: str, second: str, relation: Relation) -> Builtin:
    names = {"range": ("range1", "range2"), "any": ("point1", "point2")}
    if first == second:
        left, right = names[first]
    else:
        left, right = first.replace("any", "point"), second.replace("any", "point")
    return builtin(f"{name}({left}: {first}, {right}: {second})", relation)


RANGE_BUILTINS = (
    _pair("before", "range", "range", _range_before),
    _pair("before", "range", "any", _range_before_point),
    _pair("before", "any", "range", _point_before_range),
    _pair("before", "any", "any", _points(lambda gap: gap < 0)),
    _pair("after", "range", "range", _range_after),
    _pair("after", "range", "any", _turned(_point_before_range)),
    _pair("after", "any", "range", _turned(_range_before_point)),
    _pair("after", "any", "any", _points(lambda gap: gap > 0)),
    _pair("meets", "range", "range", _meets),
    _pair("met by", "range", "range", _met_by),
    _pair("overlaps", "range", "range", _overlaps),
    _pair("overlaps before", "range", "range", _overlaps_before),
    _pair("overlaps after", "range", "range", _overlaps_after),
    _pair("finishes", "range", "range", _finishes),
    _pair("finishes", "any", "range", _point_finishes),
    _pair("finished by", "range", "range", _finished_by),
    _pair("finished by", "range", "any", _turned(_point_finishes)),
    _pair("includes", "range", "range", _includes),
    _pair("includes", "range", "any", lambda bounds, point: in_range(point, bounds)),
    _pair("during", "range", "range", _during),
    _pair("during", "any", "range", in_range),
    _pair("starts", "range", "range", _starts),
    _pair("starts", "any", "range", _point_starts),
    _pair("started by", "range", "range", _started_by),
    _pair("started by", "range", "any", _turned(_point_starts)),
    _pair("coincides", "range", "range", _coincides),
    _pair("coincides", "any", "any", _points(lambda gap: gap == 0)),
)
