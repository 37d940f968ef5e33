"""What a check of a table finds, without any data."""

import pytest

import dmn
from dmn import _analysis

from .conftest import decision, definitions, table


def check(logic: str) -> tuple[dmn.Finding, ...]:
    return dmn.check_tables(dmn.load(definitions(decision("d", logic))))


def brief(findings: tuple[dmn.Finding, ...]) -> list[tuple[str, tuple[int, ...], dict[str, str]]]:
    return [(found.kind, found.rules, dict(found.example)) for found in findings]


ONE_INPUT = [
    (["< 10", ">= 10"], []),
    (["< 10", "> 10"], [("gap", (), {"x": "10"})]),
    (["<= 10", ">= 10"], [("overlap", (1, 2), {"x": "10"})]),
    (["[1..5]", "(5..9]", "not([1..9])"], []),
    (['"a"', 'not("a", "b")'], [("gap", (), {"x": '"b"'})]),
    (['"a"', '"b"'], [("gap", (), {"x": '"other"'})]),
    (["true"], [("gap", (), {"x": "false"})]),
    (["true", "not(true)"], []),
    (["null", "not(null)"], []),
    (['<= date("2026-01-01")', '>= date("2026-01-02")'], []),
    (['<= date("2026-01-01")', '>= date("2026-01-03")'], [("gap", (), {"x": '@"2026-01-02"'})]),
    (['< duration("P1D")', '> @"PT24H"'], [("gap", (), {"x": '@"P1D"'})]),
    (['<= duration("P1M")', '>= duration("P2M")'], []),
    (['< time("12:00:00")', '>= time("12:00:00")'], []),
    (['< @"2026-01-01T12:00:00"', '>= @"2026-01-01T12:00:00"'], []),
    (["? < 3 or ? > 7", "? >= 3 and ? <= 7"], []),
    (["-"], []),
    (["[5..3]", "-"], [("never", (1,), {})]),
    (["odd(?)", "< 3", ">= 3"], [("not_analysed", (1,), {})]),
    (["> limit", "< 3"], [("not_analysed", (1,), {})]),
    ([], [("gap", (), {"x": "null"})]),
]


@pytest.mark.parametrize(("tests", "found"), ONE_INPUT)
def test_overlaps_and_gaps_come_with_an_example(tests: list[str], found: list[object]) -> None:
    assert brief(check(table([([test], ["1"]) for test in tests]))) == found


def test_the_cells_of_a_gap_are_those_of_the_rule_that_is_missing() -> None:
    rules = [(["< 10", '"a"'], ["1"]), (["> 20", "-"], ["2"]), (["[10..20]", 'not("a")'], ["3"])]
    cells = [found.cells for found in check(table(rules, inputs=("x", "y")))]
    assert cells == [("< 10", 'not("a")'), ("[10..20]", '"a"')]
    more = [(list(missing), ["0"]) for missing in cells]
    assert check(table(rules + more, inputs=("x", "y"))) == ()


def test_allowed_values_bound_the_search_and_tests_of_them_are_tried() -> None:
    found = check(
        table([(['"b"'], ["1"]), (['starts with(?, "a")'], ["2"]), (['"z"'], ["3"])], input_values='"ab","b","c"')
    )
    assert brief(found) == [("never", (3,), {}), ("gap", (), {"x": '"c"'})]


def test_a_default_output_leaves_no_gap() -> None:
    assert check(table([(["< 10"], ["1"])], defaults={"out": "0"})) == ()


def test_rules_of_any_may_overlap_when_they_agree() -> None:
    rules = [(["< 10"], ["1"]), (["< 5"], ["2 - 1"]), ([">= 9"], ["x - 8"])]
    assert check(table(rules, attributes='hitPolicy="ANY"')) == ()
    rules[1] = (["< 5"], ["2"])
    assert brief(check(table(rules, attributes='hitPolicy="ANY"'))) == [("overlap", (1, 2), {"x": "4"})]
    rules[1] = (["< 5"], ["elsewhere"])
    assert brief(check(table(rules, attributes='hitPolicy="ANY"'))) == [("not_analysed", (1, 2), {})]


def test_a_rule_behind_others_that_cover_it_is_masked() -> None:
    rules = [(["< 5"], ['"a"']), ([">= 5"], ['"b"']), (["[1..9]"], ['"c"'])]
    found = check(table(rules, attributes='hitPolicy="FIRST"'))
    assert brief(found) == [("masked", (3, 1, 2), {"x": "1"})]
    assert "rule 3 never decides, as rules 1 and 2 always come before it" in found[0].message


def test_a_rule_whose_output_has_less_priority_is_masked() -> None:
    rules = [(["4"], ['"low"']), (["-"], ['"high"']), (["> 5"], ["x"])]
    found = check(table(rules, attributes='hitPolicy="PRIORITY"', output_values={"out": '"high", "low"'}))
    assert brief(found) == [("masked", (1, 2), {"x": "4"})]


@pytest.mark.parametrize("policy", ["COLLECT", "RULE ORDER", "OUTPUT ORDER", "PRIORITY", "FIRST"])
def test_other_policies_let_rules_overlap(policy: str) -> None:
    assert check(table([(["< 10"], ["1"]), (["-"], ["2"])], attributes=f'hitPolicy="{policy}"')) == ()


def test_columns_of_the_same_input_are_one() -> None:
    rules = [([">= 0", "< 10"], ["1"]), ([">= 10", "-"], ["2"]), (["-", "< 0"], ["3"])]
    assert check(table(rules, inputs=("x", "x"))) == ()


@pytest.mark.parametrize(
    ("inputs", "certain"),
    [(("x", "y"), True), (("a.x", "a.y"), True), (("a", "a.y"), False), (("x", "x + 1"), False), (("o", "x"), False)],
)
def test_an_input_that_is_computed_makes_a_finding_uncertain(inputs: tuple[str, ...], certain: bool) -> None:
    body = decision("o", "<literalExpression><text>1</text></literalExpression>")
    logic = decision("d", table([(["> 1", "> 1"], ["1"])], inputs=inputs))
    assert {found.certain for found in dmn.check_tables(dmn.load(definitions(body + logic)))} == {certain}


def test_tests_that_mean_nothing_for_the_type_never_match() -> None:
    logic = table([(['"a"'], ["1"]), (["-"], ["2"])]).replace("<inputExpression>", '<inputExpression typeRef="number">')
    assert brief(check(logic)) == [("never", (1,), {})]


def test_moments_are_told_apart_however_they_are_written() -> None:
    rules = [(['< @"2026-01-01T13:00:00+01:00"'], ["1"]), (['>= @"2026-01-01T12:00:00Z"'], ["2"])]
    assert check(table(rules)) == ()


def test_labels_that_are_alike_give_way_to_expressions() -> None:
    logic = table([(["1", "1"], ["1"])], inputs=("x", "y")).replace("<input ", '<input label="Amount" ')
    assert set(check(logic)[0].example) == {"x", "y"}


def test_what_another_table_gives_is_all_that_an_input_can_have() -> None:
    first = decision("Risk", table([(["< 5"], ['"low"']), ([">= 5"], ['"high"'])]))
    second = decision("d", table([(['"low"'], ["1"]), (['"high"'], ["2"])], inputs=("Risk",)), "Risk")
    model = dmn.load(definitions(first + second))
    assert dmn.check_tables(model) == ()
    less = decision("d", table([(['"low"'], ["1"])], inputs=("Risk",)), "Risk")
    (found,) = dmn.check_tables(dmn.load(definitions(first + less)))
    assert (found.example, found.certain) == ({"Risk": '"high"'}, False)


def test_a_type_bounds_the_search() -> None:
    level = (
        '<itemDefinition name="Level"><typeRef>string</typeRef>'
        '<allowedValues><text>"high", "low"</text></allowedValues></itemDefinition>'
    )
    rules = [(['"high"'], ["1"]), (['"low"'], ["2"]), (['"medium"'], ["3"])]
    logic = table(rules).replace("<inputExpression>", '<inputExpression typeRef="Level">')
    assert brief(dmn.check_tables(dmn.load(definitions(level + decision("d", logic))))) == [("never", (3,), {})]


def test_lists_are_not_analysed() -> None:
    logic = table([(['"a"'], ["1"]), (["-"], ["2"])]).replace("<inputExpression>", '<inputExpression typeRef="list">')
    assert brief(check(logic)) == [("not_analysed", (1,), {})]


def test_findings_beyond_a_hundred_of_a_kind_are_cut() -> None:
    kinds = [found.kind for found in check(table([(["-"], ["1"])] * 20))]
    assert (kinds.count("overlap"), kinds.count("incomplete")) == (100, 1)


def test_a_search_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_analysis, "MAX_STEPS", 40)
    rules = [([f"< {number}", f">= {number}"], ["1"]) for number in range(1, 20)]
    found = check(table(rules, inputs=("x", "y"), attributes='hitPolicy="FIRST"'))
    assert [finding.kind for finding in found] == ["incomplete", "incomplete"]
    assert "rules that never decide was cut short" in found[0].message


def test_tests_that_could_take_long_are_not_tried() -> None:
    slow = "count(for i in 1..1000000 return i) > ?"
    logic = table([([slow], ["1"]), (["1"], ["2"]), ([f"[{slow}]"], ["3"])], input_values="1, 2")
    assert brief(check(logic)) == [("not_analysed", (1, 3), {})]
    limited = table([(["1"], ["1"]), (["1"], ["2"])], input_values=slow)
    assert check(limited) == ()
