"""Arithmetic on numbers, strings, dates and durations (DMN 1.5, clause 10.3.2.16, tables 50 to 53)."""

# Generated code calls these with positional arguments only.
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow

from feel import _limits, _temporal
from feel._run import Run
from feel._temporal import AnyDuration, Point
from feel._values import NUMBERS, MonthsDuration, described
from feel._wide import Duration
from feel.errors import Fault

_add, _subtract, _multiply, _divide = NUMBERS.add, NUMBERS.subtract, NUMBERS.multiply, NUMBERS.divide
# Powers are taken with digits to spare and rounded once: with 34, Python's last digit may be off by one.
_WIDE = Context(prec=80, Emin=-20_000, Emax=20_000, traps=[DivisionByZero, InvalidOperation, Overflow])


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
    if isinstance(value, AnyDuration):
        return _temporal.negated(value)
    return run.note("type", position, f"“-” needs a number or a duration, not {described(value)}")


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
        return run.note("type", position, f"“{operator}” can't be applied to {described(left)} and {described(right)}")
    return result


def _plus(run: Run, left: object, right: object) -> object:
    if isinstance(left, str) and isinstance(right, str):
        return joined(run, left, right)
    if isinstance(left, MonthsDuration) and isinstance(right, MonthsDuration):
        return _temporal.make_months(left.months + right.months)
    if isinstance(left, Duration) and isinstance(right, Duration):
        return _temporal.total(left, right)
    if isinstance(left, Point) and isinstance(right, AnyDuration):
        return _temporal.add_duration(left, right)
    if isinstance(left, AnyDuration) and isinstance(right, Point):
        return _temporal.add_duration(right, left)
    return NotImplemented


def joined(run: Run, *parts: str) -> str:
    """Put strings together within the budget. Raises: Fault when the result is too long."""
    length = sum(map(len, parts))
    if length > _limits.MAX_STRING:
        raise Fault("limit", f"The string is longer than {_limits.MAX_STRING} characters")
    run.spend(1 + length // 64)
    return "".join(parts)


def _minus(run: Run, left: object, right: object) -> object:
    if isinstance(right, AnyDuration):
        return _plus(run, left, _temporal.negated(right))
    if isinstance(left, Point) and isinstance(right, Point):
        return _temporal.difference(left, right)
    return NotImplemented


def _times(_run: Run, left: object, right: object) -> object:
    if isinstance(left, Decimal):
        left, right = right, left
    if isinstance(right, Decimal):
        if isinstance(left, Duration):
            return _temporal.multiplied(left, right)
        if isinstance(left, MonthsDuration):
            return _temporal.make_months(int(_multiply(Decimal(left.months), right)))
    return NotImplemented


def _over(_run: Run, left: object, right: object) -> object:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return _divide(left, right)
    if isinstance(left, Duration):
        if isinstance(right, Duration):
            return _temporal.ratio(left, right)
        if isinstance(right, Decimal):
            return _temporal.divided(left, right)
    if isinstance(left, MonthsDuration):
        if isinstance(right, MonthsDuration):
            return _divide(Decimal(left.months), Decimal(right.months))
        if isinstance(right, Decimal):
            return _temporal.make_months(int(_divide(Decimal(left.months), right)))
    return NotImplemented


def _raised(_run: Run, left: object, right: object) -> object:
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return raised(left, right)
    return NotImplemented


def raised(base: Decimal, exponent: Decimal) -> Decimal:
    """Compute a power, rounded once. Raises: Fault, DecimalException."""
    if not base and exponent < 0:
        # Python gives infinity for it, without a signal.
        raise Fault("arithmetic", "Zero has no power below zero")
    return NUMBERS.plus(_WIDE.power(base, exponent))
