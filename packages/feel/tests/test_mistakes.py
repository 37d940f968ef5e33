"""Authors' mistakes come all at once; run-time errors are null with a reason and a place."""

import pytest

import feel

MISTAKES = [
    ("", ["expected_expression"]),
    ("1 +", ["expected_expression"]),
    ("1 2", ["unexpected"]),
    ("[1 +, 2 *, (3]", ["expected_expression", "expected_expression", "expected"]),
    ('"abc', ["unterminated_string"]),
    ("1 § 2", ["unexpected_character", "unexpected"]),
    ("if a + then b - else c", ["expected_expression", "expected_expression"]),
    ("for in xs return 1", ["expected_name"]),
    ("f(1, b: 2)", ["mixed_arguments"]),
    ("{a 1}", ["expected_name"]),
    ("a.", ["expected_name"]),
    ("@5", ["expected"]),
    ("[1..", ["expected_expression"]),
    ("/* open", ["unterminated_comment", "expected_expression"]),
    ("x instance of 5", ["expected_type"]),
]


@pytest.mark.parametrize(("text", "codes"), MISTAKES)
def test_every_mistake_is_reported(text: str, codes: list[str]) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_expression(text)
    found = [problem.code for problem in caught.value.problems]
    assert found == codes or found[: len(codes)] == codes[: len(found)]
    assert all(0 <= problem.position <= len(text) for problem in caught.value.problems)


def test_positions_point_at_the_mistake() -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_expression("[1 +, 2 *]")
    assert [problem.position for problem in caught.value.problems] == [4, 9]


def test_mistakes_in_cells_are_reported_too() -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_unary_tests("< , > ")
    assert len(caught.value.problems) == 2


HINTS = [
    ("a == 1", "write “=” once"),
    ("a <> 1", "“!=”"),
    ("a =< 1", "“<=”"),
    ("a && b", "“and”"),
    ("a || b", "“or”"),
    ("!a", "“not(…)”"),
    ("a ^ 2", "“**”"),
    ("a % 2", "modulo"),
    ("'abc'", 'in "…"'),
    ("“abc”", 'in "…"'),
    ("a = 1 ? 2 : 3", "if … then"),
    ("a not in b", "not(a in …)"),
    ("a is not null", "“!=”"),
    ("a is null", "equal is “=”"),
    ("a instanceof number", "instance of"),
    ("1,5 + 2", "a point: 1.5"),
    ("[1; 2]", "write “,”"),
    ("1..5", "in brackets"),
    ("monthly fee * 2", "a name with spaces must be known"),
]


@pytest.mark.parametrize(("text", "hint"), HINTS)
def test_what_other_languages_write_is_told_in_feels_words(text: str, hint: str) -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_expression(text)
    assert hint in caught.value.problems[0].message
    assert sum(hint in problem.message for problem in caught.value.problems) == 1


def test_a_mistake_that_is_nothing_elsewhere_has_no_hint() -> None:
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_expression("1 + + 2")
    assert [problem.message for problem in caught.value.problems] == ["An expression is expected, not “+”"]


def test_tests_joined_like_conditions_are_told_in_feels_words() -> None:
    with pytest.raises(feel.FeelSyntaxError, match="tests stand apart by “,”"):
        feel.compile_unary_tests("> 5 and < 10")


RUN_TIME = [
    ("1 + a", "name", 4),
    ('1 + "x"', "type", 2),
    ("1 / 0", "arithmetic", 2),
    ("a.b", "name", 0),
    ("{a: 1}.b", "property", 6),
    ("[1][5]", "value", 3),
    ('date("nonsense")', "value", 0),
    ('@"nonsense"', "value", 0),
    ("{a: 1, a: 2}", "value", 0),
    ("abs(1, 2, 3)", "call", 0),
    ('abs("x")', "type", 0),
    ("(5)(1)", "call", 1),
    ("(function(a) a)(1, 2)", "call", 1),
    ('matches("a", "(")', "value", 0),
    ("9 ** 9 ** 9 ** 9 ** 9", "arithmetic", 17),
    ("for x in null return x", "value", 0),
    ('@"999999999-12-31" + @"P1D"', "arithmetic", 19),
]


@pytest.mark.parametrize(("text", "kind", "position"), RUN_TIME)
def test_run_time_error_is_null_with_a_reason(text: str, kind: str, position: int) -> None:
    evaluation = feel.compile_expression(text).evaluate({})
    assert evaluation.value is None
    assert (evaluation.diagnostics[0].kind, evaluation.diagnostics[0].position) == (kind, position)


def test_an_untouched_branch_reports_nothing() -> None:
    assert feel.evaluate("if true then 1 else missing").diagnostics == ()
    assert feel.evaluate("x != null and x > 5", {"x": None}) == feel.Evaluation(value=False)
