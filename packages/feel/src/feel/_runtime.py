"""What compiled expressions call: null semantics, three-valued logic, comparison, arithmetic, paths, loops, calls.

Every operation gets the run and its own position first. It never raises for a value that doesn't fit: it notes a
diagnostic and gives null (DMN 1.5, clause 10.3.2.15).
"""

# Generated code calls these with positional arguments only.
# ruff: noqa: FBT001
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import TypeVar

from feel import _limits, _temporal
from feel._values import NUMBERS, Function, MonthsDuration, Range, from_python, type_name
from feel.errors import Diagnostic, Exhausted, Fault

_add, _subtract, _multiply, _divide, _power = (
    NUMBERS.add,
    NUMBERS.subtract,
    NUMBERS.multiply,
    NUMBERS.divide,
    NUMBERS.power,
)
_LEAST_SECONDS = 1e-4
Answer = TypeVar("Answer")
_MICROSECOND = dt.timedelta(microseconds=1)
_MOST_MONTHS = 10**12


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A value, and why parts of it are null."""

    value: object
    diagnostics: tuple[Diagnostic, ...] = ()


class Run:
    """One evaluation: what it reads, what it noted, and what it may still spend."""

    __slots__ = (
        "_context",
        "_now",
        "_search_seconds",
        "_seen",
        "_steps",
        "_values",
        "builtins",
        "calls",
        "diagnostics",
    )

    def __init__(
        self, context: Mapping[str, object], now: dt.datetime | None, builtins: Callable[[str], Function | None]
    ) -> None:
        self._context = context
        self._now = now
        self._values: dict[str, object] = {}
        self._steps = _limits.MAX_STEPS
        self._search_seconds = _limits.REGEX_SECONDS
        self._seen: set[tuple[str, int]] = set()
        self.builtins = builtins
        self.calls = 0
        self.diagnostics: list[Diagnostic] = []

    def read(self, position: int, name: str) -> object:
        """Read a name of the context, as a FEEL value."""
        try:
            return self._values[name]
        except KeyError:
            pass
        value: object
        if name in self._context:
            try:
                value = from_python(self._context[name])
            except Fault as fault:
                return self.note(fault.kind, position, f"{name}: {fault.message}")
        else:
            value = self.builtins(name)
            if value is None:
                return self.note("name", position, f"There is no “{name}” here")
        self._values[name] = value
        return value

    def note(self, kind: str, position: int, message: str) -> None:
        """Note why a value is null; once per place, so that a loop doesn't repeat itself."""
        if (kind, position) not in self._seen and len(self.diagnostics) < _limits.MAX_DIAGNOSTICS:
            self._seen.add((kind, position))
            self.diagnostics.append(Diagnostic(kind, message, position))

    def spend(self, steps: int) -> None:
        """Take steps from the budget. Raises: Exhausted."""
        self._steps -= steps
        if self._steps < 0:
            raise Exhausted(f"The evaluation needs more than {_limits.MAX_STEPS} steps")

    def search(self, find: Callable[[float], Answer]) -> Answer:
        """Run a search for a pattern within the time that is left for all of them. Raises: Exhausted."""
        began = time.perf_counter()
        try:
            return find(self._search_seconds)
        except TimeoutError:
            raise Exhausted("A pattern takes too long on this text") from None
        finally:
            self._search_seconds = max(self._search_seconds - (time.perf_counter() - began), _LEAST_SECONDS)

    def measure(self, value: object) -> None:
        """Pay for every part of a result, so that it can be stored or sent on. Raises: Exhausted."""
        pending = [value]
        while pending:
            part = pending.pop()
            if isinstance(part, list | dict):
                self.spend(len(part))
                pending.extend(part.values() if isinstance(part, dict) else part)

    def now(self) -> dt.datetime:
        """Tell the moment that the caller gave. Raises: Fault when it gave none."""
        if self._now is None:
            raise Fault("clock", "The current moment isn't known here")
        return self._now


# Equality and order


def same(run: Run, left: object, right: object) -> bool | None:
    """Compare two values; null when they are of different types."""
    if left is None or right is None:
        return left is right
    if type(left) is not type(right):
        return None
    if isinstance(left, list) and isinstance(right, list):
        run.spend(len(left))
        return len(left) == len(right) and all(same(run, a, b) is True for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        run.spend(len(left))
        return left.keys() == right.keys() and all(same(run, left[key], right[key]) is True for key in left)
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        return _moments_equal(left, right)
    return left == right


def _moments_equal(left: dt.datetime, right: dt.datetime) -> bool | None:
    first, second = _temporal.as_moment(left), _temporal.as_moment(right)
    return first == second if (first.tzinfo is None) == (second.tzinfo is None) else None


def equal(run: Run, position: int, left: object, right: object) -> bool | None:
    result = same(run, left, right)
    if result is None:
        run.note("type", position, f"{_a(left)} and {_a(right)} can't be compared")
    return result


def not_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    result = equal(run, position, left, right)
    return None if result is None else not result


def order(left: object, right: object) -> int:
    """Tell -1, 0 or 1 as `left` stands before, at or after `right`. Raises: Fault when they have no order."""
    if type(left) is type(right):
        if type(left) is Decimal or type(left) is str or type(left) is dt.date or type(left) is dt.timedelta:
            return (left > right) - (left < right)  # type: ignore[operator]
        if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
            return (left > right) - (left < right)
        if isinstance(left, dt.datetime | dt.time):
            gap = _temporal.difference(left, right)
            return (gap > dt.timedelta()) - (gap < dt.timedelta())
    raise Fault("type", f"{_a(left)} and {_a(right)} have no order")


def _ordered(run: Run, position: int, left: object, right: object) -> int | None:
    try:
        return order(left, right)
    except Fault as fault:
        run.note(fault.kind, position, fault.message)
        return None


def less(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left < right
    result = _ordered(run, position, left, right)
    return None if result is None else result < 0


def less_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left <= right
    result = _ordered(run, position, left, right)
    return None if result is None else result <= 0


def greater(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left > right
    result = _ordered(run, position, left, right)
    return None if result is None else result > 0


def greater_equal(run: Run, position: int, left: object, right: object) -> bool | None:
    if type(left) is Decimal and type(right) is Decimal:
        return left >= right
    result = _ordered(run, position, left, right)
    return None if result is None else result >= 0


def in_range(value: object, bounds: Range) -> bool:
    """Tell whether a value lies in a range. Raises: Fault when they have no order."""
    start, end = bounds.start, bounds.end
    if type(value) is Decimal and type(start) is Decimal and type(end) is Decimal:
        low_enough = value < end or (bounds.end_included and value == end)
        return low_enough and (value > start or (bounds.start_included and value == start))
    if bounds.start is not None:
        low = order(value, bounds.start)
        if low < 0 or (low == 0 and not bounds.start_included):
            return False
    if bounds.end is not None:
        high = order(value, bounds.end)
        if high > 0 or (high == 0 and not bounds.end_included):
            return False
    return True


def within(run: Run, position: int, value: object, bounds: object) -> bool | None:
    if not isinstance(bounds, Range):
        return None
    try:
        return in_range(value, bounds)
    except Fault as fault:
        run.note(fault.kind, position, fault.message)
        return None


def make_range(
    run: Run, position: int, start: object, end: object, start_included: bool, end_included: bool, closed: bool
) -> Range | None:
    """Build a range; `closed` when both ends are written, so that null at one of them is a mistake."""
    if closed:
        if start is None or end is None:
            return run.note("value", position, "A range needs both its ends")
        if _ordered(run, position, start, end) is None:
            return None
    return Range(start, end, start_included, end_included)


# Logic


def all_of(run: Run, position: int, *values: object) -> bool | None:
    if any(value is False for value in values):
        return False
    return True if all(value is True for value in values) else _no_boolean(run, position, "and", values)


def any_of(run: Run, position: int, *values: object) -> bool | None:
    if any(value is True for value in values):
        return True
    return False if all(value is False for value in values) else _no_boolean(run, position, "or", values)


def _no_boolean(run: Run, position: int, operator: str, values: tuple[object, ...]) -> None:
    for value in values:
        if value is not None and type(value) is not bool:
            run.note("type", position, f"“{operator}” needs booleans, not {_a(value)}")


def negation(value: object) -> bool | None:
    return not value if type(value) is bool else None


def verdict(run: Run, position: int, value: object) -> bool | None:
    """Take the value of a unary test that speaks of its input: it says itself whether it holds."""
    if value is None or isinstance(value, bool):
        return value
    return run.note("type", position, f"A test must be true or false, not {_a(value)}")


def match(run: Run, position: int, value: object, test: object) -> bool | None:
    """Judge a unary test that is a plain expression (DMN 1.5, clause 7.3.3 and table 55)."""
    if isinstance(test, Range):
        return within(run, position, value, test)
    if isinstance(test, list):
        return _in_list(run, position, value, test)
    if type(test) is bool and type(value) is not bool:
        return test
    return same(run, value, test)


def _in_list(run: Run, position: int, value: object, tests: list[object]) -> bool:
    run.spend(len(tests))
    if same(run, value, tests) is True:
        return True
    return any(
        within(run, position, value, test) is True if isinstance(test, Range) else same(run, value, test) is True
        for test in tests
    )


# Arithmetic


def add(run: Run, position: int, left: object, right: object) -> object:
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return _add(left, right)
        except DecimalException:
            return run.note("arithmetic", position, "The sum is too large")
    return _calculate(run, position, "+", _plus, left, right)


def subtract(run: Run, position: int, left: object, right: object) -> object:
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return _subtract(left, right)
        except DecimalException:
            return run.note("arithmetic", position, "The difference is too large")
    return _calculate(run, position, "-", _minus, left, right)


def multiply(run: Run, position: int, left: object, right: object) -> object:
    if type(left) is Decimal and type(right) is Decimal:
        try:
            return _multiply(left, right)
        except DecimalException:
            return run.note("arithmetic", position, "The product is too large")
    return _calculate(run, position, "*", _times, left, right)


def divide(run: Run, position: int, left: object, right: object) -> object:
    return _calculate(run, position, "/", _over, left, right)


def power(run: Run, position: int, left: object, right: object) -> object:
    return _calculate(run, position, "**", _raised, left, right)


def negate(run: Run, position: int, value: object) -> object:
    if type(value) is Decimal:
        return value.copy_negate() if value else value
    if isinstance(value, dt.timedelta):
        return -value
    if isinstance(value, MonthsDuration):
        return MonthsDuration(-value.months)
    return run.note("type", position, f"“-” needs a number or a duration, not {_a(value)}")


def _calculate(
    run: Run,
    position: int,
    operator: str,
    operation: Callable[[Run, object, object], object],
    left: object,
    right: object,
) -> object:
    try:
        result = operation(run, left, right)
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)
    except (DecimalException, OverflowError):
        reason = "The divisor is zero" if operator == "/" and not right else f"“{operator}” has no result here"
        return run.note("arithmetic", position, reason)
    if result is NotImplemented:
        return run.note("type", position, f"“{operator}” can't be applied to {_a(left)} and {_a(right)}")
    return result


def _plus(run: Run, left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return joined(run, left, right)
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return _months(left.months + right.months)
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        return left + right
    if isinstance(right, dt.timedelta | MonthsDuration) and isinstance(left, dt.date | dt.time):
        return _temporal.add_duration(left, right)
    if isinstance(left, dt.timedelta | MonthsDuration) and isinstance(right, dt.date | dt.time):
        return _temporal.add_duration(right, left)
    return NotImplemented


def joined(run: Run, *parts: str) -> str:
    """Put strings together within the budget. Raises: Fault when the result is too long."""
    length = sum(map(len, parts))
    if length > _limits.MAX_STRING:
        raise Fault("limit", f"The string is longer than {_limits.MAX_STRING} characters")
    run.spend(1 + length // 64)
    return "".join(parts)


def _minus(_run: Run, left: object, right: object) -> object:
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return _months(left.months - right.months)
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        return left - right
    if isinstance(left, dt.date | dt.time):
        if isinstance(right, dt.timedelta):
            return _temporal.add_duration(left, -right)
        if isinstance(right, MonthsDuration):
            return _temporal.add_duration(left, MonthsDuration(-right.months))
        if isinstance(right, dt.date | dt.time):
            return _temporal.difference(left, right)
    return NotImplemented


def _times(_run: Run, left: object, right: object) -> object:
    if isinstance(left, Decimal):
        left, right = right, left
    if isinstance(right, Decimal):
        if isinstance(left, dt.timedelta):
            return _duration(_multiply(_microseconds(left), right))
        if isinstance(left, MonthsDuration):
            return _months(int(_multiply(Decimal(left.months), right)))
    return NotImplemented


def _over(_run: Run, left: object, right: object) -> object:
    if isinstance(left, dt.timedelta):
        if isinstance(right, dt.timedelta):
            return _divide(_microseconds(left), _microseconds(right))
        if isinstance(right, Decimal):
            return _duration(_divide(_microseconds(left), right))
    if isinstance(left, MonthsDuration):
        if isinstance(right, MonthsDuration):
            return _divide(Decimal(left.months), Decimal(right.months))
        if isinstance(right, Decimal):
            return _months(int(_divide(Decimal(left.months), right)))
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _divide(left, right)
    return NotImplemented


def _raised(_run: Run, left: object, right: object) -> object:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _power(left, right)
    return NotImplemented


def _microseconds(value: dt.timedelta) -> Decimal:
    return Decimal(value // _MICROSECOND)


def _duration(microseconds: Decimal) -> dt.timedelta:
    return dt.timedelta(microseconds=int(microseconds))


def _months(count: int) -> MonthsDuration:
    if abs(count) > _MOST_MONTHS:
        raise Fault("arithmetic", "The duration is too long")
    return MonthsDuration(count)


# Paths, filters, loops


def has(value: object, key: str) -> bool:
    """Tell whether a value is a context with this key."""
    return type(value) is dict and key in value


def path(run: Run, position: int, value: object, name: str) -> object:
    if type(value) is dict:
        if name in value:
            return value[name]
        return run.note("property", position, f"The context has no “{name}”")
    if isinstance(value, list):
        run.spend(len(value))
        return [path(run, position, item, name) for item in value]
    part = _temporal.PARTS.get(type(value), {}).get(name)
    if part is not None:
        return part(value)
    if isinstance(value, Range) and name in _RANGE_PARTS:
        return getattr(value, _RANGE_PARTS[name])
    return run.note("property", position, f"{_a(value)} has no “{name}”")


_RANGE_PARTS = {
    "start": "start",
    "end": "end",
    "start included": "start_included",
    "end included": "end_included",
}


def _as_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def item_at(run: Run, position: int, value: object, index: object) -> object:
    items = _as_list(value)
    if type(index) is not Decimal or index != int(index) or not index:
        return run.note("value", position, "An index is a whole number, counted from 1 or, from the end, from -1")
    at = int(index)
    if abs(at) > len(items):
        return run.note("value", position, f"The list has no item {at}")
    return items[at - 1 if at > 0 else at]


def select(run: Run, position: int, value: object, condition: Callable[[object], object], cost: int) -> object:
    items = _as_list(value)
    run.spend(len(items) * cost)
    if not items:
        return []
    first = condition(items[0])
    if type(first) is Decimal:
        return item_at(run, position, value, first)
    chosen = items[:1] if first is True else []
    chosen += [item for item in items[1:] if condition(item) is True]
    return chosen


def _turns(run: Run, domain: object) -> Iterator[object]:
    """Give the values that a variable takes, each paid for."""
    if isinstance(domain, Range):
        yield from _range_turns(run, domain)
        return
    if domain is None:
        raise Fault("value", "There is nothing to go through: the list is null")
    for item in domain if isinstance(domain, list) else [domain]:
        run.spend(1)
        yield item


def _range_turns(run: Run, domain: Range) -> Iterator[object]:
    at, end = domain.start, domain.end
    if isinstance(at, Decimal) and isinstance(end, Decimal):
        step: object = Decimal(1)
    elif type(at) is dt.date and type(end) is dt.date:
        step = _temporal.DAY
    else:
        raise Fault("type", "Only a range of numbers or dates can be gone through")
    up = order(at, end) <= 0
    while (order(at, end) <= 0) if up else (order(at, end) >= 0):
        run.spend(1)
        if in_range_ends(at, domain):
            yield at
        try:
            at = _stepped(at, step, up=up)
        except OverflowError:
            return


def _stepped(at: object, step: object, *, up: bool) -> object:
    if isinstance(at, Decimal) and isinstance(step, Decimal):
        return _add(at, step) if up else _subtract(at, step)
    return at + step if up else at - step  # type: ignore[operator]


def in_range_ends(value: object, bounds: Range) -> bool:
    """Leave out an excluded end."""
    if value == bounds.start and not bounds.start_included:
        return False
    return not (value == bounds.end and not bounds.end_included)


def _rows(
    run: Run, domains: tuple[Callable[..., object], ...], values: tuple[object, ...]
) -> Iterator[tuple[object, ...]]:
    """Go through the variables of a loop, the last one fastest; a later domain may read earlier variables."""
    domain = domains[len(values)](*values)
    for value in _turns(run, domain):
        row = (*values, value)
        if len(row) == len(domains):
            yield row
        else:
            yield from _rows(run, domains, row)


def for_each(
    run: Run,
    position: int,
    domains: tuple[Callable[..., object], ...],
    body: Callable[..., object],
    cost: int,
    partial: bool,
) -> object:
    results: list[object] = []
    try:
        if len(domains) == 1:
            only = domains[0]()
            if isinstance(only, list) and not partial:
                run.spend(len(only) * (1 + cost))
                return [body(item) for item in only]
            domains = (lambda: only,)
        for row in _rows(run, domains, ()):
            run.spend(cost)
            if partial:
                run.spend(len(results))
                results.append(body(*row, list(results)))
            else:
                results.append(body(*row))
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)
    return results


def quantify(
    run: Run,
    position: int,
    domains: tuple[Callable[..., object], ...],
    condition: Callable[..., object],
    cost: int,
    wanted: bool,
) -> bool | None:
    """Look for one row whose condition is `wanted`: `some` wants true, `every` looks for false."""
    unknown = False
    try:
        for row in _rows(run, domains, ()):
            run.spend(cost)
            result = condition(*row)
            if result is wanted:
                return wanted
            unknown = unknown or type(result) is not bool
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)
    return None if unknown else not wanted


# Calls and types


def refuse(run: Run, position: int, message: str) -> None:
    """Give null for what was already seen to be wrong when it was compiled."""
    run.note("value", position, message)


def call(
    run: Run, position: int, function: object, arguments: tuple[object, ...], names: tuple[str, ...] | None
) -> object:
    if not isinstance(function, Function):
        return run.note("call", position, f"{_a(function)} can't be called")
    try:
        values = arguments if names is None else _by_name(function, arguments, names)
        if function.parameters != ("*",) and len(values) != len(function.parameters):
            count = len(function.parameters)
            return run.note("call", position, f"The function takes {count} arguments, not {len(values)}")
        return _enter(run, function, values)
    except Fault as fault:
        return run.note(fault.kind, position, fault.message)


def _by_name(function: Function, arguments: tuple[object, ...], names: tuple[str, ...]) -> tuple[object, ...]:
    given = dict(zip(names, arguments, strict=True))
    if given.keys() != set(function.parameters) or len(given) != len(names):
        raise Fault("call", f"The function's parameters are: {', '.join(function.parameters)}")
    return tuple(given[name] for name in function.parameters)


def _enter(run: Run, function: Function, values: tuple[object, ...]) -> object:
    if run.calls >= _limits.MAX_CALLS:
        raise Fault("limit", f"Functions call each other more than {_limits.MAX_CALLS} levels deep")
    run.calls += 1
    run.spend(function.cost)
    try:
        return function.call(*values)
    finally:
        run.calls -= 1


def invoke(run: Run, function: Function, *arguments: object) -> object:
    """Call a function from a built-in. Raises: Fault."""
    if function.parameters != ("*",) and len(arguments) != len(function.parameters):
        raise Fault("call", f"A function of {len(arguments)} parameters is needed")
    return _enter(run, function, arguments)


TypeTest = Callable[[object], bool]

_SIMPLE_TYPES: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": dt.date,
    "time": dt.time,
    "date and time": dt.datetime,
    "days and time duration": dt.timedelta,
    "years and months duration": MonthsDuration,
    "list": list,
    "context": dict,
    "range": Range,
    "function": Function,
}


def type_test(name: str, arguments: tuple[TypeTest, ...], fields: tuple[str, ...]) -> TypeTest | None:
    """Build the test for a type; None when the type isn't known."""
    if name == "Any":
        return lambda value: value is not None
    if name not in _SIMPLE_TYPES:
        return None
    kind = _SIMPLE_TYPES[name]
    if name == "list" and arguments:
        return lambda value: isinstance(value, list) and all(item is None or arguments[0](item) for item in value)
    if name == "range" and arguments:
        return lambda value: (
            isinstance(value, Range) and all(end is None or arguments[0](end) for end in (value.start, value.end))
        )
    if name == "context" and fields:
        tests = dict(zip(fields, arguments, strict=True))
        return lambda value: (
            isinstance(value, dict)
            and all(key in value and (value[key] is None or test(value[key])) for key, test in tests.items())
        )
    return lambda value: type(value) is kind


def instance_of(run: Run, position: int, value: object, test: TypeTest | None) -> bool | None:
    if test is None:
        return run.note("type", position, "The type isn't known here")
    return test(value)


def make_function(
    names: tuple[str, ...], body: Callable[..., object], cost: int, tests: tuple[TypeTest | None, ...]
) -> Function:
    """Build the value of a FEEL lambda; arguments that don't fit their types are a fault of the call."""
    if not any(tests):
        return Function(names, body, cost=cost)

    def checked(*values: object) -> object:
        return body(*(_fitting(value, test) for value, test in zip(values, tests, strict=True)))

    return Function(names, checked, cost=cost)


def _fitting(value: object, test: TypeTest | None) -> object:
    if test is None or value is None or test(value):
        return value
    if isinstance(value, list) and len(value) == 1 and test(value[0]):
        return value[0]
    if test([value]):
        return [value]
    raise Fault("type", f"{_a(value)} isn't of the parameter's type")


def no_external(*_values: object) -> object:
    """Stand in for an external function."""
    raise Fault("call", "External functions aren't run")


def _a(value: object) -> str:
    name = type_name(value)
    return name if value is None else f"a {name}"
