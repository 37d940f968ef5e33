"""Texts that mean harm end quickly, as a problem or a diagnostic."""

import time

import pytest

import feel

TOO_MUCH = {
    "brackets": "(" * 40_000 + "1" + ")" * 40_000,
    "lists": "[" * 50_000,
    "minus": "-" * 50_000 + "1",
    "calls": "not(" * 5_000 + "true" + ")" * 5_000,
    "sum": "+".join(["1"] * 20_000),
    "path": "a" + ".b" * 20_000,
    "filters": "a" + "[1]" * 20_000,
    "called": "f" + "()" * 20_000,
    "tests": "1 in (" * 5_000,
    "conditions": "if " * 5_000 + "x",
    "types": "x instance of " + "list<" * 5_000,
    "long": "x" * 200_000,
    "characters": "§" * 90_000,
    "quotes": '"' * 99_999,
    "mistakes": "[" + ",".join(["1+"] * 20_000) + "]",
    "digits": "1" * 50_000,
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_monstrous_text_is_refused_quickly(name: str) -> None:
    began = time.perf_counter()
    with pytest.raises(feel.FeelSyntaxError) as caught:
        feel.compile_expression(TOO_MUCH[name])
    assert 1 <= len(caught.value.problems) <= 100
    assert time.perf_counter() - began < 5


def _doubling(step: str, first: str) -> str:
    entries = ", ".join(f"a{i}: " + step.replace("#", f"a{i - 1}") for i in range(1, 50))
    return f"{{a0: {first}, {entries}}}.a49"


ENDLESS = {
    "range": "for i in 1..1000000000 return i",
    "huge numbers": "for i in 1..1e6000 return i",
    "nested": "count(for i in 1..1000, j in 1..1000, k in 1..1000 return i)",
    "large body": "for i in 1..1000000 return [" + ",".join(["i * i"] * 3000) + "]",
    "doubled list": _doubling("[#, #]", "[1]"),
    "concatenated": _doubling("concatenate(#, #)", "[1]"),
    "doubled string": _doubling("# + #", '"xxxxxxxxxxxxxxxx"'),
    "compared": "{x: " + _doubling("[#, #]", "[1]") + ", y: " + _doubling("[#, #]", "[1]") + ", z: x = y}.z",
    "written": "string(" + _doubling("[#, #]", "[1]") + ")",
    "recursion": "{f: function(n) f(n), r: f(1)}.r",
    "fibonacci": "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r",
    "pattern": 'matches("' + "a" * 40 + 'b", "^(a|aa)+$")',
    "patterns": 'for i in 1..1000 return matches("' + "a" * 30 + 'b", "^(a|aa)+$")',
    "replacement": 'replace("' + "a" * 40 + 'b", "^(a|aa)+$", "")',
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_work_ends_as_a_diagnostic(name: str) -> None:
    began = time.perf_counter()
    evaluation = feel.evaluate(ENDLESS[name])
    assert evaluation.value is None
    assert "limit" in {found.kind for found in evaluation.diagnostics}
    assert time.perf_counter() - began < 10


def test_what_people_write_is_within_the_bounds() -> None:
    chain = " else ".join(f"if x = {number} then {number}" for number in range(60)) + " else null"
    assert feel.evaluate(chain, {"x": 59}).value == 59
    assert feel.evaluate(" or ".join(f"x = {number}" for number in range(3000)), {"x": 2999}).value is True
    assert feel.evaluate("sum(for i in 1..10000 return i * 2)").value == 100_010_000


def test_deeply_nested_values_are_refused() -> None:
    value: object = 1
    for _ in range(5000):
        value = [value]
    evaluation = feel.evaluate("x", {"x": value})
    assert (evaluation.value, evaluation.diagnostics[0].kind) == (None, "limit")
