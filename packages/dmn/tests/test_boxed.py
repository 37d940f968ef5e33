"""Boxed expressions (DMN 1.5, clause 10.2)."""

import pytest

import dmn

from .conftest import Evaluate, decision, definitions, literal


def loop(kind: str, domain: str, part: str, text: str) -> str:
    body = f"<{part}>{literal(text)}</{part}>"
    return f'<{kind} iteratorVariable="i"><in>{literal(domain)}</in>{body}</{kind}>'


def filtered(domain: str, text: str) -> str:
    return f"<filter><in>{literal(domain)}</in><match>{literal(text)}</match></filter>"


def conditional(text: str) -> str:
    return f"<conditional><if>{literal(text)}</if><then>{literal('1')}</then><else>{literal('2')}</else></conditional>"


def invoked(function: str, **bindings: str) -> str:
    bound = "".join(
        f'<binding><parameter name="{name.replace("_", " ")}"/>{literal(text)}</binding>'
        for name, text in bindings.items()
    )
    return f"<invocation>{literal(function)}{bound}</invocation>"


VALUES = [
    (loop("for", "[1, 2]", "return", "i * x"), [7, 14]),
    (loop("for", "[1..3]", "return", "i"), [1, 2, 3]),
    (loop("for", "7", "return", "i"), [7]),
    (loop("for", "[1, 2, 3]", "return", "i + count(partial)"), [1, 3, 5]),
    (loop("for", "[]", "return", "i"), []),
    (loop("some", "[1, 9]", "satisfies", "i > x"), True),
    (loop("some", "[]", "satisfies", "i > x"), False),
    (loop("some", "[null, 9]", "satisfies", "i > x"), True),
    (loop("every", "[8, 9]", "satisfies", "i > x"), True),
    (loop("every", "[8, 1]", "satisfies", "i > x"), False),
    (loop("every", "[]", "satisfies", "i > x"), True),
    (filtered("[1, 9]", "item > x"), [9]),
    (filtered("[{a: 1}, {a: 9}]", "a > x"), [{"a": 9}]),
    (filtered('[{"late fee": 1}, {"late fee": 9}]', "late fee > x"), [{"late fee": 9}]),
    (filtered('[{k: {"late fee": 9}}]', "k.late fee > x"), [{"k": {"late fee": 9}}]),
    (filtered("[{item: 1}, {item: 9}]", "item > x"), [{"item": 9}]),
    (filtered("9", "item > x"), [9]),
    (filtered("[]", "item > x"), []),
    (conditional("x > 5"), 1),
    (conditional("x > 9"), 2),
    (conditional("null"), 2),
    # Built-ins are invoked by the names of their parameters, whatever their order
    (invoked("substring", start_position="2", string='"hello"'), "ello"),
    (invoked("sum", list="[1, 2]"), 3),
    ("<context/>", {}),
    ("<list/>", []),
]


@pytest.mark.parametrize(("logic", "value"), VALUES)
def test_boxed_expression_has_the_value(evaluate: Evaluate, logic: str, value: object) -> None:
    assert evaluate(logic, x=7).value == value


WRONG = [
    (loop("for", "null", "return", "i"), "value"),
    (loop("some", '["a", 1]', "satisfies", "i"), "type"),
    (loop("some", "null", "satisfies", "true"), "value"),
    (loop("every", "[1]", "satisfies", '"yes"'), "type"),
    (filtered("[1, 2]", '"yes"'), "type"),
    (filtered("[1, 2]", "item"), "type"),
    (conditional('"yes"'), "type"),
    (invoked("x"), "call"),
    (invoked("substring", text='"a"'), "call"),
    (loop("for", "[1..60000]", "return", "count(partial)"), "limit"),
]


@pytest.mark.parametrize(("logic", "kind"), WRONG)
def test_boxed_expression_is_null_with_a_reason(evaluate: Evaluate, logic: str, kind: str) -> None:
    result = evaluate(logic, x=7)
    assert (result.value, kind in {found.kind for found in result.diagnostics}) == (None, True)


MISTAKES = [
    ("<conditional/>", "missing_part"),
    ("<for><in/></for>", "missing_part"),
    (invoked("f", a="1", b="2").replace('name="b"', 'name="a"'), "duplicate"),
    (f'<relation><column name="a"/><row>{literal("1")}{literal("2")}</row></relation>', "row_width"),
    ('<relation><column name="a"/><column name="a"/></relation>', "duplicate"),
    ('<functionDefinition kind="Perl"/>', "function_kind"),
    ('<functionDefinition><formalParameter name="a"/><formalParameter name="a"/></functionDefinition>', "duplicate"),
    ('<context><contextEntry><variable name="a"/></contextEntry></context>', "missing_part"),
    (
        "<context>" + f'<contextEntry><variable name="a"/>{literal("1")}</contextEntry>' * 2 + "</context>",
        "duplicate",
    ),
    ("<literalExpression><importedValues/></literalExpression>", "imported_values"),
    ("<invocation/>", "missing_part"),
]


@pytest.mark.parametrize(("logic", "code"), MISTAKES)
def test_mistakes_in_boxed_expressions_are_reported(logic: str, code: str) -> None:
    with pytest.raises(dmn.DmnProblems) as caught:
        dmn.load(definitions(decision("d", logic)))
    assert code in {problem.code for problem in caught.value.problems}


def test_entries_of_filtered_items_are_nothing_to_warn_of() -> None:
    model = dmn.load(definitions(decision("d", filtered("[{late fee: 9}]", "late fee > 3"))))
    assert model.warnings == ()
