"""Every hit policy gives what a naive reading of clause 8 gives, for tables and inputs at random."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

import dmn
import feel

from .conftest import decision, definitions, table

Row = tuple[list[str], list[int]]
Hits = Sequence[Sequence[int]]

PRIORITIES = [3, 1, 2]
CELLS = st.sampled_from(["-", "< 3", ">= 2", "not(1)", "[1..3]", "2, 4", "null", "? = y", "odd(?)"])
ROWS = st.lists(
    st.tuples(st.lists(CELLS, min_size=2, max_size=2), st.lists(st.integers(1, 3), min_size=2, max_size=2)),
    max_size=6,
)


def ranked(hits: Hits) -> list[Sequence[int]]:
    return sorted(hits, key=lambda values: [PRIORITIES.index(value) for value in values])


def aggregated(function: Callable[[Sequence[int]], int]) -> Callable[[Hits], object]:
    return lambda hits: result([function(column) for column in zip(*hits, strict=True)])


def result(values: Sequence[int]) -> object:
    return values[0] if len(values) == 1 else {"a": values[0], "b": values[1]}


def results(hits: Hits) -> object:
    return [result(values) for values in hits]


NAIVE: dict[str, Callable[[Hits], object]] = {
    "UNIQUE": lambda hits: result(hits[0]) if len(hits) == 1 else None,
    "ANY": lambda hits: result(hits[0]) if all(list(one) == list(hits[0]) for one in hits) else None,
    "FIRST": lambda hits: result(hits[0]),
    "PRIORITY": lambda hits: result(ranked(hits)[0]),
    "RULE ORDER": results,
    "OUTPUT ORDER": lambda hits: results(ranked(hits)),
    "COLLECT": results,
    "C+": aggregated(sum),
    "C&lt;": aggregated(min),
    "C>": aggregated(max),
    "C#": len,
}


@settings(deadline=None)
@given(
    ROWS,
    st.sampled_from(list(NAIVE)),
    st.integers(1, 2),
    st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=2, max_size=2),
)
def test_a_table_gives_what_its_hit_policy_says(
    rows: list[Row], policy: str, outputs: int, values: list[int | None]
) -> None:
    names = ("a", "b")[:outputs]
    context = dict(zip(("x", "y"), values, strict=True))
    logic = table(
        [(tests, [str(value) for value in found[:outputs]]) for tests, found in rows],
        inputs=("x", "y"),
        outputs=names,
        attributes=f'hitPolicy="{policy}"',
        output_values=dict.fromkeys(names, ", ".join(map(str, PRIORITIES))),
    )
    numbers = {name: None if value is None else Decimal(value) for name, value in context.items()}
    hits = [
        found[:outputs]
        for tests, found in rows
        if all(
            feel.compile_unary_tests(test).evaluate(value, numbers).value is True
            for test, value in zip(tests, numbers.values(), strict=True)
        )
    ]
    made = dmn.load(definitions(decision("d", logic))).evaluate("d", context)
    assert made.value == (NAIVE[policy](hits) if hits else None)
    assert (made.value is None) == ({found.kind for found in made.diagnostics} >= {"hit_policy"} or not hits)
