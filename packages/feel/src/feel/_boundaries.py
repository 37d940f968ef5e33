"""Where the outcome of unary tests can change, read off their tree: what an analysis of decision tables stands on.

Tests that only compare the input with constants have the same outcome for all values between two neighbouring
boundaries, so trying each boundary and one value between each two of them tells everything about the tests.
"""

from collections.abc import Callable, Iterator

from feel import _nodes as n
from feel._values import Range

Constant = Callable[[n.Node], object]
"""Gives the value of a node that reads nothing; raises Unknown for any other."""

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONVERSIONS = frozenset({"date", "time", "date and time", "duration", "years and months duration"})


class Unknown(Exception):
    """The text doesn't tell where the outcome changes."""


def boundaries(tests: n.Tests, constant: Constant) -> tuple[object, ...] | None:
    """Give the constants that the input is compared with, in the text's order; None when that isn't all it does."""

    def value(node: n.Node) -> object:
        if not _is_simple(node):
            raise Unknown
        return constant(node)

    try:
        return tuple(_of_tests(tests, value))
    except Unknown:
        return None


def _is_simple(node: n.Node | None) -> bool:
    """Tell whether a node is written out, so that its value costs nothing; loops and searches may cost anything."""
    match node:
        case None | n.Literal() | n.Temporal():
            return True
        case n.Negate():
            return _is_simple(node.operand)
        case n.Binary():
            return _is_simple(node.left) and _is_simple(node.right)
        case n.RangeOf():
            return _is_simple(node.start) and _is_simple(node.end)
        case n.ListOf():
            return all(map(_is_simple, node.items))
        case n.Call(callee=n.Name(name=name)) if name in _CONVERSIONS:
            return all(map(_is_simple, node.arguments))
    return False


def _of_tests(tests: n.Tests, constant: Constant) -> Iterator[object]:
    for test in tests.tests:
        yield from _of_test(test, constant)


def _of_test(test: n.Node, constant: Constant) -> Iterator[object]:
    if isinstance(test, n.Comparison):
        yield from _scalar(constant(test.operand))
    elif _is_condition(test):
        yield from _of_condition(test, constant)
    else:
        yield from _of_value(constant(test))


def _is_condition(node: n.Node) -> bool:
    return _is_input(node) or any(_is_condition(part) for part in _parts(node))


def _parts(node: n.Node) -> tuple[n.Node, ...]:
    """Give the parts in which the input may stand without making the outcome unpredictable."""
    match node:
        case n.Logic():
            return node.operands
        case n.Binary():
            return (node.left, node.right)
        case n.Between() | n.In():
            return (node.value,)
        case n.Call():
            return node.arguments
    return ()


def _of_condition(node: n.Node, constant: Constant) -> Iterator[object]:
    match node:
        case n.Name(name="?"):
            yield True
        case n.Logic():
            for operand in node.operands:
                yield from _of_condition(operand, constant)
        case n.Binary() if node.operator in _COMPARISONS and _is_input(node.left):
            yield from _scalar(constant(node.right))
        case n.Binary() if node.operator in _COMPARISONS and _is_input(node.right):
            yield from _scalar(constant(node.left))
        case n.Between() if _is_input(node.value):
            yield from _scalar(constant(node.low))
            yield from _scalar(constant(node.high))
        case n.In() if _is_input(node.value):
            yield from _of_tests(node.tests, constant)
        case n.Call(callee=n.Name(name="not"), arguments=(inner,)):
            yield from _of_condition(inner, constant)
        case _:
            raise Unknown


def _is_input(node: n.Node) -> bool:
    return isinstance(node, n.Name) and node.name == "?"


def _of_value(value: object) -> Iterator[object]:
    """Give the boundaries of a test that is a value: the input is it, or lies in it."""
    if isinstance(value, list):
        for item in value:
            yield from _of_value(item)
    elif isinstance(value, Range):
        yield from (end for end in (value.start, value.end) if end is not None)
    else:
        yield from _scalar(value)


def _scalar(value: object) -> Iterator[object]:
    if isinstance(value, list | dict | Range):
        raise Unknown
    yield value
