"""Texts that mean harm end as a problem or a diagnostic, within the memory of a small machine.

They run in a process of their own, which gets many times the memory that it needs; one that hangs is ended after
minutes. How long anything takes depends on the machine, so nothing here asks for it.
"""

import json
import subprocess
import sys

import pytest

import feel
from feel import _limits

MEMORY = 2_000_000_000
HANGS_AFTER_SECONDS = 900

_CHILD = """
import json, resource, sys
import feel

if sys.platform == "linux":
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

def codes(text):
    try:
        evaluation = feel.evaluate(text)
    except feel.FeelSyntaxError as error:
        return [problem.code for problem in error.problems]
    assert evaluation.value is None
    return [found.kind for found in evaluation.diagnostics]

json.dump({name: codes(text) for name, text in json.load(sys.stdin).items()}, sys.stdout)
"""


def _found(texts: dict[str, str]) -> dict[str, list[str]]:
    """Evaluate each text in a bounded process and tell the codes of what was found wrong."""
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(MEMORY)],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=HANGS_AFTER_SECONDS,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    found: dict[str, list[str]] = json.loads(child.stdout)
    return found


TOO_MUCH = {
    "brackets": ("(" * 40_000 + "1" + ")" * 40_000, "too_deep"),
    "lists": ("[" * 50_000, "too_deep"),
    "minus": ("-" * 50_000 + "1", "too_deep"),
    "calls": ("not(" * 5_000 + "true" + ")" * 5_000, "too_deep"),
    "sum": ("+".join(["1"] * 20_000), "too_deep"),
    "path": ("a" + ".b" * 20_000, "too_deep"),
    "filters": ("a" + "[1]" * 20_000, "too_deep"),
    "called": ("f" + "()" * 20_000, "too_deep"),
    "tests": ("1 in (" * 5_000, "too_deep"),
    "conditions": ("if " * 5_000 + "x", "too_deep"),
    "loops": ("for " + ", ".join(f"a{at} in b" for at in range(5_000)) + " return 1", "too_deep"),
    "types": ("x instance of " + "list<" * 5_000, "too_deep"),
    "long": ("x" * 200_000, "too_long"),
    "characters": ("§" * 90_000, "unexpected_character"),
    "quotes": ('"' * 99_999, "unexpected"),
    "mistakes": ("[" + ",".join(["1+"] * 20_000) + "]", "expected_expression"),
    "digits": ("1" * 50_000, "number"),
}


def test_monstrous_text_is_refused() -> None:
    found = _found({name: text for name, (text, _) in TOO_MUCH.items()})
    assert {name: codes[0] for name, codes in found.items()} == {name: code for name, (_, code) in TOO_MUCH.items()}
    assert all(len(codes) <= _limits.MAX_PROBLEMS for codes in found.values())


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
    "written again and again": "string(for i in 1..10000 return "
    + _doubling("# + #", '"x"').replace(".a49", ".a19")
    + ")",
    "recursion": "{f: function(n) f(n), r: f(1)}.r",
    "fibonacci": "{f: function(n) if n < 2 then n else f(n - 1) + f(n - 2), r: f(60)}.r",
    "pattern": 'matches("' + "a" * 40 + 'b", "^(a|aa)+$")',
    "patterns": 'for i in 1..1000 return matches("' + "a" * 30 + 'b", "^(a|aa)+$")',
    "replacement": 'replace("' + "a" * 40 + 'b", "^(a|aa)+$", "")',
}


def test_endless_work_ends_as_a_diagnostic() -> None:
    found = _found(ENDLESS)
    assert {name for name, kinds in found.items() if "limit" in kinds} == set(ENDLESS)
    assert all(len(kinds) <= _limits.MAX_DIAGNOSTICS for kinds in found.values())


def test_what_people_write_is_within_the_bounds() -> None:
    chain = " else ".join(f"if x = {number} then {number}" for number in range(60)) + " else null"
    assert feel.evaluate(chain, {"x": 59}).value == 59
    assert feel.evaluate(" or ".join(f"x = {number}" for number in range(3000)), {"x": 2999}).value is True
    assert feel.evaluate("sum(for i in 1..10000 return i * 2)").value == 100_010_000
    assert feel.evaluate("for a in 1..2, b in 1..2, c in 1..2 return a * b * c").value == [1, 2, 2, 4, 2, 4, 4, 8]


def test_deeply_nested_values_are_refused() -> None:
    value: object = 1
    for _ in range(5000):
        value = [value]
    evaluation = feel.evaluate("x", {"x": value})
    assert (evaluation.value, evaluation.diagnostics[0].kind) == (None, "limit")


@pytest.mark.parametrize(("count", "refused"), [(60, False), (80, True)])
def test_the_variables_of_a_loop_are_bounded(count: int, refused: bool) -> None:
    text = "for " + ", ".join(f"a{at} in [{at}]" for at in range(count)) + " return a0"
    codes: list[str] = []
    try:
        assert feel.evaluate(text).value == [0]
    except feel.FeelSyntaxError as error:
        codes = [problem.code for problem in error.problems]
    assert codes == (["too_deep"] if refused else [])
