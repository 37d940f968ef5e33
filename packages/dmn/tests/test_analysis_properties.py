"""What the check of a table finds is what trying every combination of values finds."""

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

import dmn
import feel

from .conftest import decision, definitions, table

numbers = st.integers(0, 4).map(str)
NUMBER = st.one_of(
    st.just("-"),
    numbers,
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), numbers),
    st.builds("{}{}..{}{}".format, st.sampled_from("[("), numbers, numbers, st.sampled_from("])")),
    st.builds("not({}, > {})".format, numbers, numbers),
    st.builds("{}, < {}".format, numbers, numbers),
    st.builds("? > {} and ? <= {}".format, numbers, numbers),
)
WORD = st.sampled_from(['"a"', '"b"', '"a", "b"', 'not("a")', 'not("a", "b")', "-", '? = "b" or ? = "c"', '< "b"'])
TRUTH = st.sampled_from(["true", "false", "-", "not(true)", "?"])
OPAQUE = st.sampled_from(["odd(?)", "-", "3"])

SAMPLES: dict[str, tuple[st.SearchStrategy[str], Sequence[object]]] = {
    "number": (NUMBER, [Decimal(half) / 2 for half in range(-2, 12)]),
    "string": (WORD, ["", "a", "aa", "b", "bb", "c", "cc", "other"]),
    "boolean": (TRUTH, [True, False]),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    kinds = draw(st.lists(st.sampled_from(list(SAMPLES)), min_size=1, max_size=3))
    rows = st.tuples(*(SAMPLES[kind][0] for kind in kinds)).map(list)
    return kinds, draw(st.lists(rows, min_size=1, max_size=5))


def findings(kinds: list[str], rows: list[list[str]], policy: str) -> list[dmn.Finding]:
    names = tuple(f"x{number}" for number in range(len(kinds)))
    logic = table([(row, [str(at)]) for at, row in enumerate(rows)], inputs=names, attributes=f'hitPolicy="{policy}"')
    for name, kind in zip(names, kinds, strict=True):
        logic = logic.replace(
            f'<input id="in-{name}"><inputExpression>', f'<input id="in-{name}"><inputExpression typeRef="{kind}">'
        )
    found = list(dmn.check_tables(dmn.load(definitions(decision("d", logic)))))
    assert "incomplete" not in {finding.kind for finding in found}
    return found


def points(kinds: list[str], rows: list[list[str]]) -> Iterator[tuple[tuple[object, ...], set[int]]]:
    """Try every combination: which rules match it, cell by cell."""
    cells = [[feel.compile_unary_tests(text) for text in row] for row in rows]
    outcomes = [
        [{at for at, row in enumerate(cells, 1) if row[column].evaluate(value).value is True} for value in values]
        for column, values in enumerate(SAMPLES[kind][1] for kind in kinds)
    ]
    samples = [list(zip(SAMPLES[kind][1], found, strict=True)) for kind, found in zip(kinds, outcomes, strict=True)]
    for combination in itertools.product(*samples):
        yield tuple(value for value, _ in combination), set.intersection(*(hits for _, hits in combination))


@settings(max_examples=50, deadline=None)
@given(tables())
def test_pairs_that_overlap_are_those_that_some_combination_matches(drawn: tuple[list[str], list[list[str]]]) -> None:
    kinds, rows = drawn
    found = findings(kinds, rows, "UNIQUE")
    pairs = {pair for _, hits in points(kinds, rows) for pair in itertools.combinations(sorted(hits), 2)}
    assert {finding.rules for finding in found if finding.kind == "overlap"} == pairs
    matching = set.union(*(hits for _, hits in points(kinds, rows)))
    assert {finding.rules[0] for finding in found if finding.kind == "never"} == set(range(1, len(rows) + 1)) - matching


@settings(max_examples=50, deadline=None)
@given(tables())
def test_gaps_are_the_combinations_that_no_rule_matches(drawn: tuple[list[str], list[list[str]]]) -> None:
    kinds, rows = drawn
    gaps = [finding for finding in findings(kinds, rows, "COLLECT") if finding.kind == "gap"]
    missing = {values for values, hits in points(kinds, rows) if not hits}
    proposed = [list(finding.cells) for finding in gaps]
    assert {values for values, hits in points(kinds, proposed) if hits} == missing if proposed else not missing


@settings(max_examples=50, deadline=None)
@given(tables())
def test_masked_rules_match_but_are_never_the_first(drawn: tuple[list[str], list[list[str]]]) -> None:
    kinds, rows = drawn
    found = findings(kinds, rows, "FIRST")
    tried = [hits for _, hits in points(kinds, rows) if hits]
    masked = set().union(*tried) - {min(hits) for hits in tried}
    assert {finding.rules[0] for finding in found if finding.kind == "masked"} == masked


@settings(max_examples=50, deadline=None)
@given(tables(), st.lists(OPAQUE, min_size=5, max_size=5))
def test_tests_that_cannot_be_analysed_never_give_a_wrong_finding(
    drawn: tuple[list[str], list[list[str]]], more: list[str]
) -> None:
    kinds, rows = drawn
    kinds, rows = ["number", *kinds], [[opaque, *row] for opaque, row in zip(more, rows, strict=False)]
    combinations = list(points(kinds, rows))
    for finding in findings(kinds, rows, "UNIQUE"):
        if finding.kind == "overlap":
            assert any(set(finding.rules) <= hits for _, hits in combinations)
        if finding.kind == "gap":
            inside = {values for values, hits in points(kinds, [list(finding.cells)]) if hits}
            assert inside
            assert not any(hits for values, hits in combinations if values in inside)
