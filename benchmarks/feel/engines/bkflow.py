"""bkflow-feel: a part of FEEL in Python. It can't mix whole numbers with fractions, so all are written as fractions."""

from collections.abc import Iterator
from importlib.metadata import version

from bkflow_feel import parser, transformer
from bkflow_feel.api import parse_expression
from cases import Case
from measure import Call, measure_all, say

TEXTS = {
    "arithmetic": "(amount * rate + fee) / 12.0 - discount ** 2.0",
    "unary tests": 'amount between 100 and 500 and severity in [2..4] and channel in ["email", "web"]',
}


def ways(case: Case) -> Iterator[tuple[str, Call]]:
    """Evaluate the tree that its parser gives, and from the text."""
    text, context = TEXTS.get(case.name, case.text), case.context
    if case.name == "arithmetic":
        context = {key: float(str(value)) for key, value in context.items()}
    tree = transformer.transform(parser.parse(text))
    yield "compiled", lambda: tree.evaluate(context)
    yield "parse and evaluate", lambda: parse_expression(text, context)


say(version=version("bkflow-feel"))
measure_all(ways)
