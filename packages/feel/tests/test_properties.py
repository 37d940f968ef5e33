"""Facts that hold for every input: the compiled code agrees with a naive evaluator, and nothing ever raises."""

from decimal import Context, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

import feel
from feel._builtins import BUILTINS

NUMBERS = st.integers(-50, 50).map(Decimal)
CONTEXT = Context(prec=34)

Tree = tuple[str, object]


def _tree(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    def combine(parts: tuple[str, Tree, Tree]) -> Tree:
        operator, (left, a), (right, b) = parts
        return f"({left} {operator} {right})", _naive(operator, a, b)

    return st.tuples(st.sampled_from(["+", "-", "*", "<", "<=", "=", "and", "or"]), children, children).map(combine)


def _naive(operator: str, a: object, b: object) -> object:
    if operator in {"and", "or"}:
        certain = operator == "or"
        if a is certain or b is certain:
            return certain
        return (not certain) if a is (not certain) and b is (not certain) else None
    if operator == "=":
        if a is None or b is None:
            return a is b
        return a == b if type(a) is type(b) else None
    if not (isinstance(a, Decimal) and isinstance(b, Decimal)):
        return None
    return {
        "+": lambda: CONTEXT.add(a, b),
        "-": lambda: CONTEXT.subtract(a, b),
        "*": lambda: CONTEXT.multiply(a, b),
        "<": lambda: a < b,
        "<=": lambda: a <= b,
    }[operator]()


LEAVES: st.SearchStrategy[Tree] = st.one_of(
    NUMBERS.map(lambda number: (str(number), number)),
    st.sampled_from([("true", True), ("false", False), ("null", None)]),
)


@settings(max_examples=200, deadline=None)
@given(st.recursive(LEAVES, _tree, max_leaves=12))
def test_compiled_code_agrees_with_a_naive_evaluator(tree: Tree) -> None:
    text, value = tree
    assert feel.evaluate(text).value == value


TOKENS = [
    *("1", "2.5", '"a"', "x", "xs", "true", "null", "item", "?", "@", '"2026-01-01"', ".", "..", ",", ":"),
    *("+", "-", "*", "/", "**", "=", "<", "(", ")", "[", "]", "{", "}", "and", "or", "between", "in", "if", "then"),
    *("else", "for", "return", "some", "satisfies", "function", "instance", "of", "number", "not", "count", "external"),
]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join))
def test_any_text_is_either_a_value_or_a_list_of_mistakes(text: str) -> None:
    mistakes: tuple[feel.Problem, ...] = ()
    try:
        feel.compile_expression(text).evaluate({"x": 1, "xs": [1, {"a": 2}]})
        assert feel.compile_unary_tests(text).evaluate(1, {"x": 1}).value in {True, False, None}
    except feel.FeelSyntaxError as error:
        mistakes = error.problems or (feel.Problem("none", "", -1),)
    assert all(0 <= problem.position <= len(text) for problem in mistakes)


VALUES = st.recursive(
    st.sampled_from(
        [
            *(
                "null",
                "true",
                "-1",
                "0",
                "2.5",
                "1e6000",
                '""',
                '"ab"',
                '"("',
                "[1..3]",
                "(> 1)",
                '@"2026-01-31"',
                '@"10:00:00"',
            ),
            *(
                '@"10:00:00+01:00"',
                '@"2026-01-31T10:00:00"',
                '@"2026-01-31T10:00:00@Europe/Berlin"',
                '@"P1D"',
                '@"-P1Y"',
            ),
            *("function(a) a", "function(a, b) a < b", "{}", "count"),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]") | inner.map("{{a: {}}}".format)
    ),
    max_leaves=4,
)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(VALUES, max_size=4))
def test_no_call_of_a_builtin_ever_raises(name: str, arguments: list[str]) -> None:
    feel.evaluate(f"{name}({', '.join(arguments)})")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"]), VALUES, VALUES)
def test_no_operator_ever_raises(operator: str, left: str, right: str) -> None:
    feel.evaluate(f"({left}) {operator} ({right})")
