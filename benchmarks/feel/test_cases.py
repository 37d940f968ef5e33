"""The cases that are measured have the results that they say, with ours."""

import importlib.util
import sys
from pathlib import Path

import pytest

import dmn
import feel

_spec = importlib.util.spec_from_file_location("benchmark_cases", Path(__file__).with_name("cases.py"))
assert _spec is not None
assert _spec.loader is not None
cases = sys.modules["benchmark_cases"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_a_case_has_its_result(case: object) -> None:
    expression = feel.compile_expression(case.text, names=case.context)
    assert cases.same(expression(case.context), case.result)
    assert cases.same(expression.compiled(feel.values(case.context)), case.result)
    assert cases.same(feel.evaluate(case.text, case.context).value, case.result)


def test_the_table_answers_every_question() -> None:
    for policy in ("FIRST", "UNIQUE"):
        model = dmn.load(cases.dmn_xml(policy).encode())
        for inputs, wanted in cases.questions():
            assert model.evaluate("route", inputs).value == wanted
