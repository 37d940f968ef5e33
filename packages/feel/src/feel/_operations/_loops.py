"""`for`, `some` and `every` (DMN 1.5, clause 10.3.2.14)."""

# Generated code calls these with positional arguments only.
# ruff: noqa: FBT001
# `return run.note(...)`: note the reason and give null, in one line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal

from feel._run import Run
from feel._values import NUMBERS, Range
from feel._wide import WideDate, date_of
from feel.errors import Fault

_add, _subtract = NUMBERS.add, NUMBERS.subtract
_ONE = Decimal(1)
_DATES = (dt.date, WideDate)


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
    start, end = domain.start, domain.end
    if isinstance(start, Decimal) and isinstance(end, Decimal):
        values: Iterator[object] = _numbers(start, end)
    elif type(start) in _DATES and type(end) in _DATES:
        values = _days(start.toordinal(), end.toordinal())  # type: ignore[attr-defined]
    else:
        raise Fault("type", "Only a range of numbers or dates can be gone through")
    for value in values:
        run.spend(1)
        if in_range_ends(value, domain):
            yield value


def _numbers(at: Decimal, end: Decimal) -> Iterator[Decimal]:
    up = at <= end
    while at <= end if up else at >= end:
        yield at
        at = _add(at, _ONE) if up else _subtract(at, _ONE)


def _days(start: int, end: int) -> Iterator[object]:
    step = 1 if start <= end else -1
    return (date_of(day) for day in range(start, end + step, step))


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
