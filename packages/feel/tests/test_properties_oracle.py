"""Compiled expressions give what a naive evaluator gives, and what is printed reads as it was."""

from collections.abc import Callable

from hypothesis import assume, event, given, note

import feel
from feel import Function, Range, _parser, _printer
from feel import _nodes as n

from .generating import VARIABLES, expressions, unary_tests
from .generating_settings import examples
from .oracle import value_of, verdict_of
from .oracle_values import Closure, Unspecified

NAMES = frozenset(VARIABLES)
CONTEXT = {name: value for name, (_, value) in VARIABLES.items()}
INPUTS = (7, "Ada", None)


def _expected(evaluate: Callable[[], object]) -> object:
    try:
        return _plain(evaluate())
    except (Unspecified, RecursionError):
        event("left open by the standard")
        assume(False)
    return None


def _plain(value: object) -> object:
    """Make values comparable: with their types, which Python's own equality doesn't look at, and functions as such."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Range):
        return (Range, _plain(value.start), _plain(value.end), value.start_included, value.end_included, value.single)
    if isinstance(value, Function | Closure):
        return Function
    return type(value), value


@examples(500)
@given(expressions())
def test_compiled_expressions_agree_with_the_naive_evaluator(node: n.Node) -> None:
    expected = _expected(lambda: value_of(node, CONTEXT))
    text = _printer.text_of(node, NAMES)
    note(text)
    evaluation = feel.compile_expression(text, names=NAMES).evaluate(CONTEXT)
    assert _plain(evaluation.value) == expected, evaluation.diagnostics


@examples(200)
@given(unary_tests())
def test_compiled_tests_agree_with_the_naive_evaluator(node: n.Tests) -> None:
    text = _printer.text_of(node, NAMES)
    note(text)
    compiled = feel.compile_unary_tests(text, names=NAMES)
    for value in INPUTS:
        given_value = feel.evaluate("v", {"v": value}).value
        expected = _expected(lambda given_value=given_value: verdict_of(node, given_value, CONTEXT))
        assert _plain(compiled.evaluate(value, CONTEXT).value) == expected, value


@examples(150)
@given(expressions())
def test_what_is_printed_reads_as_the_same_expression(node: n.Node) -> None:
    text = _printer.text_of(node, NAMES)
    note(text)
    assert _printer.shape(_parser.parse_expression(text, NAMES, _printer.SPACED_BUILTINS)) == _printer.shape(node)
    assert feel.format_expression(text, names=NAMES) == text


@examples(200)
@given(unary_tests())
def test_what_is_printed_reads_as_the_same_tests(node: n.Tests) -> None:
    text = _printer.text_of(node, NAMES)
    note(text)
    assert _printer.shape(_parser.parse_unary_tests(text, NAMES, _printer.SPACED_BUILTINS)) == _printer.shape(node)
    assert feel.format_unary_tests(text, names=NAMES) == text
