"""Which names an expression reads, and how names with spaces are found."""

from decimal import Decimal

import pytest

import feel

READS = [
    ("a + b.c", {"a", "b"}),
    ("for x in xs return x + y", {"xs", "y"}),
    ("some x in xs satisfies x > limit", {"xs", "limit"}),
    ("{a: 1, b: a}.b", set()),
    ("(function(x) x + y)(z)", {"y", "z"}),
    ("count(xs)", {"xs"}),
    ("count + 1", {"count"}),
    ("string length(s)", {"s"}),
    ("people[age > limit]", {"people", "age", "limit"}),
    ("xs[item > 1]", {"xs"}),
    ('@"2026-01-01" + 1', set()),
    ("if a then b else c", {"a", "b", "c"}),
    ("f(x: 1)", {"f"}),
]


@pytest.mark.parametrize(("text", "names"), READS)
def test_names_are_those_read_from_the_context(text: str, names: set[str]) -> None:
    assert feel.compile_expression(text).names == names


SPACED = [
    ("monthly salary * 12", {"monthly salary": 1}, 12),
    ("monthly   salary", {"monthly salary": 1}, 1),
    ("a-b", {"a-b": 7, "a": 1, "b": 1}, 7),
    ("a-b", {"a": 3, "b": 1}, 2),
    ("a b + a", {"a b": 1, "a": 10}, 11),
    ("date + 1", {"date": 1}, 2),
    ("for a b in [1, 2] return a b + 1", {}, [2, 3]),
    ("{x y: 1, z: x y + 1}.z", {}, 2),
    ("(function(a b) a b)(a b: 4)", {}, 4),
    ("der Kunde's Name", {"der Kunde's Name": 3}, 3),
    ("größe + 1", {"größe": 1}, 2),
    ("request.in", {"request": {"in": 5}}, 5),
    ("profit and loss", {"profit and loss": 9}, 9),
]


@pytest.mark.parametrize(("text", "context", "value"), SPACED)
def test_the_longest_name_in_scope_wins(text: str, context: dict[str, object], value: object) -> None:
    assert feel.evaluate(text, context).value == value


def test_names_given_when_compiling_count() -> None:
    expression = feel.compile_expression("net price * 2", names=["net price"])
    assert expression.names == {"net price"}
    assert expression({"net price": 4}) == Decimal(8)


def test_a_stray_key_is_harmless() -> None:
    context = {"__class__": 1, "__builtins__": 2, "run": 3, "v1": 4, "k1": 5}
    assert feel.evaluate("[__class__, __builtins__, run, v1, k1]", context).value == [1, 2, 3, 4, 5]
    assert feel.evaluate("x.__class__", {"x": {"__class__": 6}}).value == 6
    assert feel.evaluate("x.__class__", {"x": "text"}).value is None
    assert feel.evaluate("__import__").value is None


def test_entries_of_the_author_s_types_may_hold_operators() -> None:
    inner = feel.Type("context", (feel.Type("number"),), ("base+fee",))
    types = {"rates": inner, "loan": feel.Type("context", (feel.Type("number"), inner), ("interest-rate", "cost"))}
    context = {"loan": {"interest-rate": 5, "cost": {"base+fee": 7}}, "rate": 2, "loans": [{"interest-rate": 3}]}

    def value(text: str) -> object:
        return feel.compile_expression(text, names=context, types=types)(context)

    assert value("loan.interest-rate - rate") == 3
    assert value("loan.cost.base+fee+rate") == 9
    assert value("loans[interest-rate < rate + 2].interest-rate") == [3]
    assert value("{a-b: 1}.a-b - 1") == 0


def test_a_condition_of_items_knows_their_entries_as_a_filter_does() -> None:
    condition = feel.compile_expression("late fee > limit", of_items=True)
    assert condition.evaluate({"late fee": 5, "limit": 3}).value is True
