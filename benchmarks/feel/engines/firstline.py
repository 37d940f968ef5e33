"""Ours: `feel` for the expressions, `dmn` for the table."""

from collections.abc import Iterator
from importlib.metadata import version

from cases import Case, dmn_xml
from measure import Call, measure_all, measure_table, say

import dmn
import feel


def ways(case: Case) -> Iterator[tuple[str, Call]]:
    """Evaluate compiled with Python's values and with FEEL's, then from the text: known already, and new each time."""
    context = case.context
    expression = feel.compile_expression(case.text, names=context)
    values = feel.values(context)

    compiled = expression.compiled
    yield "compiled", lambda: compiled(context)
    yield "compiled, FEEL values", lambda: compiled(values)
    yield "evaluate", lambda: feel.evaluate(case.text, context).value
    yield "parse and evaluate", lambda: feel.compile_expression(case.text, names=context).evaluate(context).value


say(version=version("firstline-feel"))
measure_all(ways)
model = dmn.load(dmn_xml("FIRST").encode())
measure_table(
    "compiled",
    lambda inputs: model.evaluate("route", inputs).value,
    note="the trace is kept, and would be written when it is read",
)
