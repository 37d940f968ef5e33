"""Nothing that is called or computed ever raises, whatever it is given."""

from hypothesis import given
from hypothesis import strategies as st

import feel
from feel._builtins import BUILTINS

from .generating_settings import examples

SIMPLE = [
    *("null", "true", "-1", "0", "2.5", "1e6000", '""', '"ab"', '"("', "[1..3]", "(> 1)", "{}", "count"),
    *('@"2026-01-31"', '@"10:00:00"', '@"10:00:00+01:00"', '@"2026-01-31T10:00:00"', '@"P1D"', '@"-P1Y"'),
    *('@"2026-01-31T10:00:00@Europe/Berlin"', '@"-999999999-01-01"', "function(a) a", "function(a, b) a < b"),
]
VALUES = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]") | inner.map("{{a: {}}}".format)
    ),
    max_leaves=4,
)


@examples(1000)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(VALUES, max_size=4))
def test_no_call_of_a_builtin_ever_raises(name: str, arguments: list[str]) -> None:
    evaluation = feel.evaluate(f"{name}({', '.join(arguments)})")
    assert all(found.message for found in evaluation.diagnostics)


@examples(300)
@given(st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"]), VALUES, VALUES)
def test_no_operator_ever_raises(operator: str, left: str, right: str) -> None:
    evaluation = feel.evaluate(f"({left}) {operator} ({right})")
    assert all(found.message for found in evaluation.diagnostics)
