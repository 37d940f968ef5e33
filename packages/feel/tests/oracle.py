"""A naive evaluator of FEEL: it walks the tree, one function per construct, written from the standard alone.

It shares the parser and the nodes with the library, and nothing that computes.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from feel import MonthsDuration, Range
from feel import _nodes as n

from . import oracle_builtins as builtins
from .oracle_values import (
    COMPARISONS,
    Closure,
    Unspecified,
    all_of,
    any_of,
    apply,
    arithmetic,
    compare,
    compared,
    equal,
    in_range,
    is_instance,
    negation,
    number,
    part_of,
    temporal_literal,
)

Scope = Mapping[str, object]
MOST_ITEMS = 2_000


def value_of(node: n.Node, scope: Scope) -> object:
    """Give the value of an expression; whatever is wrong in it is null."""
    return _CONSTRUCTS[type(node)](node, scope)


def verdict_of(tests: n.Tests, value: object, scope: Scope) -> bool | None:
    """Judge a value by the cell of a decision table."""
    scope = {**scope, "?": value}
    verdict = any_of([_test(test, value, scope) for test in tests.tests]) if tests.tests else True
    return negation(verdict) if tests.negated else verdict


# Plain parts


def _literal(node: n.Literal, _scope: Scope) -> object:
    return node.value


def _temporal(node: n.Temporal, _scope: Scope) -> object:
    return temporal_literal(node.text)


def _name(node: n.Name, scope: Scope) -> object:
    return scope.get(node.name)


def _list(node: n.ListOf, scope: Scope) -> object:
    return [value_of(item, scope) for item in node.items]


def _context(node: n.ContextOf, scope: Scope) -> object:
    inner, result = dict(scope), dict[str, object]()
    if len({key for key, _ in node.entries}) < len(node.entries):
        return None
    for key, part in node.entries:
        # The function sees itself: its scope is the dictionary that gets it.
        inner = dict(inner)
        inner[key] = result[key] = value_of(part, inner)
    return result


def _range(node: n.RangeOf, scope: Scope) -> object:
    start = None if node.start is None else value_of(node.start, scope)
    end = None if node.end is None else value_of(node.end, scope)
    both = node.start is not None and node.end is not None
    if both and (start is None or end is None or compared(start, end) is None):
        return None
    if not both and (compared(start, start) if node.end is None else compared(end, end)) is None:
        raise Unspecified
    return Range(start, end, node.start_included, node.end_included, node.single)


# Arithmetic


def _negate(node: n.Negate, scope: Scope) -> object:
    value = value_of(node.operand, scope)
    if isinstance(value, Decimal):
        return number(-Fraction(value))
    if isinstance(value, MonthsDuration):
        return MonthsDuration(-value.months)
    return -value if isinstance(value, dt.timedelta) else None


def _binary(node: n.Binary, scope: Scope) -> object:
    left, right = value_of(node.left, scope), value_of(node.right, scope)
    if node.operator in COMPARISONS:
        return compare(node.operator, left, right)
    try:
        return arithmetic(node.operator, left, right)
    except OverflowError:
        raise Unspecified from None


# Comparison and logic


def _logic(node: n.Logic, scope: Scope) -> object:
    values = [value_of(operand, scope) for operand in node.operands]
    return all_of(values) if node.operator == "and" else any_of(values)


def _between(node: n.Between, scope: Scope) -> object:
    value, low, high = (value_of(part, scope) for part in (node.value, node.low, node.high))
    return all_of([compare(">=", value, low), compare("<=", value, high)])


def _in(node: n.In, scope: Scope) -> object:
    value = value_of(node.value, scope)
    return any_of([_test(test, value, scope) for test in node.tests.tests])


def _test(test: n.Node, value: object, scope: Scope) -> bool | None:
    if isinstance(test, n.Comparison):
        return compare(test.operator, value, value_of(test.operand, scope))
    if not isinstance(test, n.RangeOf) and n.mentions(test, "?"):
        verdict = value_of(test, {**scope, "?": value})
        return verdict if isinstance(verdict, bool) else None
    wanted = value_of(test, scope)
    if wanted is None and not isinstance(test, n.Literal):
        raise Unspecified
    if isinstance(wanted, Range):
        return in_range(value, wanted)
    if isinstance(wanted, list):
        return _in_list(value, wanted)
    if value is not None and wanted is not None and type(value) is not type(wanted):
        raise Unspecified
    return equal(value, wanted)


def _in_list(value: object, wanted: list[object]) -> bool:
    if isinstance(value, list | Range) or any(isinstance(item, Range) for item in wanted):
        raise Unspecified
    return any(equal(value, item) is True for item in wanted)


# Flow


def _if(node: n.If, scope: Scope) -> object:
    return value_of(node.then if value_of(node.condition, scope) is True else node.otherwise, scope)


def _rows(iterators: tuple[tuple[str, n.Node], ...], scope: Scope) -> Iterator[Scope]:
    if not iterators:
        yield scope
        return
    (name, domain), *rest = iterators
    for value in _items(value_of(domain, scope)):
        yield from _rows(tuple(rest), {**scope, name: value})


class _NoList(Exception):
    """There is nothing to go through."""


def _items(domain: object) -> list[object]:
    if domain is None:
        raise _NoList
    if isinstance(domain, Range):
        return _range_items(domain)
    return domain if isinstance(domain, list) else [domain]


def _range_items(domain: Range) -> list[object]:
    if isinstance(domain.start, dt.date) and not isinstance(domain.start, dt.datetime) and domain.end is not None:
        first, last = domain.start.toordinal(), domain.end.toordinal()  # type: ignore[attr-defined]
        make: Callable[[int], object] = dt.date.fromordinal
    elif isinstance(domain.start, Decimal) and isinstance(domain.end, Decimal):
        if domain.start != int(domain.start) or domain.end != int(domain.end):
            raise Unspecified
        first, last, make = int(domain.start), int(domain.end), Decimal
    else:
        raise _NoList
    if abs(last - first) > MOST_ITEMS:
        raise Unspecified
    step = 1 if first <= last else -1
    excluded = {*([] if domain.start_included else [first]), *([] if domain.end_included else [last])}
    return [make(at) for at in range(first, last + step, step) if at not in excluded]


def _for(node: n.For, scope: Scope) -> object:
    results: list[object] = []
    try:
        for row in _rows(node.iterators, scope):
            if len(results) >= MOST_ITEMS:
                raise Unspecified
            partial = {} if "partial" in dict(node.iterators) else {"partial": list(results)}
            results.append(value_of(node.body, {**row, **partial}))
    except _NoList:
        return None
    return results


def _quantified(node: n.Quantified, scope: Scope) -> object:
    decided = not node.every
    verdicts: list[object] = []
    try:
        for row in _rows(node.iterators, scope):
            verdicts.append(value_of(node.condition, row))
            if verdicts[-1] is decided or len(verdicts) > MOST_ITEMS:
                break
    except _NoList:
        return None
    return all_of(verdicts) if node.every else any_of(verdicts)


def _filter(node: n.Filter, scope: Scope) -> object:
    value = value_of(node.value, scope)
    items = value if isinstance(value, list) else [] if value is None else [value]
    verdicts = [value_of(node.condition, _filtered(scope, item)) for item in items]
    at = verdicts[0] if verdicts else value_of(node.condition, scope)
    if isinstance(at, Decimal):
        if any(verdict != at for verdict in verdicts):
            raise Unspecified
        return _item_at(items, at)
    if any(not isinstance(verdict, bool | None) for verdict in (*verdicts, at)):
        raise Unspecified
    if at is None and isinstance(node.condition, n.Binary | n.Negate):
        # An index that failed, or a condition that did: nobody can tell.
        raise Unspecified
    return [item for item, verdict in zip(items, verdicts, strict=True) if verdict is True]


def _filtered(scope: Scope, item: object) -> Scope:
    return {**scope, "item": item, **(item if isinstance(item, dict) else {})}


def _item_at(items: list[object], at: Decimal) -> object:
    if at != int(at) or not 1 <= abs(at) <= len(items):
        return None
    return items[int(at) - 1 if at > 0 else int(at)]


def _path(node: n.Path, scope: Scope) -> object:
    return part_of(value_of(node.value, scope), node.name)


# Functions and types


def _lambda(node: n.Lambda, scope: Scope) -> object:
    body = node.body
    if body is None:
        raise Unspecified

    def run(*arguments: object) -> object:
        named = dict(zip((name for name, _ in node.parameters), arguments, strict=True))
        return value_of(body, {**scope, **named})

    return Closure(node.parameters, run)


def _call(node: n.Call, scope: Scope) -> object:
    arguments = [value_of(argument, scope) for argument in node.arguments]
    if isinstance(node.callee, n.Name) and node.callee.name not in scope:
        return builtins.call(node.callee.name, arguments, node.named)
    function = value_of(node.callee, scope)
    if not isinstance(function, Closure):
        return None
    names = [name for name, _ in function.parameters]
    if node.named is not None:
        if sorted(node.named) != sorted(names):
            return None
        given = dict(zip(node.named, arguments, strict=True))
        arguments = [given[name] for name in names]
    return apply(function, arguments)


def _instance_of(node: n.InstanceOf, scope: Scope) -> object:
    value = value_of(node.value, scope)
    if value is None:
        raise Unspecified
    return is_instance(value, node.type)


_CONSTRUCTS: dict[type, Callable[..., object]] = {
    n.Literal: _literal,
    n.Temporal: _temporal,
    n.Name: _name,
    n.ListOf: _list,
    n.ContextOf: _context,
    n.RangeOf: _range,
    n.Negate: _negate,
    n.Binary: _binary,
    n.Logic: _logic,
    n.Between: _between,
    n.In: _in,
    n.If: _if,
    n.For: _for,
    n.Quantified: _quantified,
    n.Filter: _filter,
    n.Path: _path,
    n.Call: _call,
    n.Lambda: _lambda,
    n.InstanceOf: _instance_of,
}
