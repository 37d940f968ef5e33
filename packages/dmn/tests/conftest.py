"""Models are written in code: a table, or any elements inside <definitions>."""

import os
from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, settings

import dmn

# The same examples in every run; how long one takes depends on the machine, so nothing asks for it.
settings.register_profile(
    "steady",
    derandomize="FIRSTLINE_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("steady")

NAMESPACE = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(body: str, namespace: str = NAMESPACE) -> bytes:
    return (
        f'<definitions xmlns="{namespace}" id="model" name="model" namespace="urn:test">{body}</definitions>'.encode()
    )


def literal(text: str) -> str:
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(name: str, logic: str, *requires: str) -> str:
    required = "".join(
        f'<informationRequirement><requiredDecision href="#{target}"/></informationRequirement>' for target in requires
    )
    return f'<decision id="{name}" name="{name}">{required}{logic}</decision>'


def table(
    rules: list[tuple[list[str], list[str]]],
    *,
    inputs: tuple[str, ...] = ("x",),
    outputs: tuple[str, ...] = ("out",),
    attributes: str = "",
    output_values: dict[str, str] | None = None,
    defaults: dict[str, str] | None = None,
    input_values: str = "",
) -> str:
    def text(kind: str, content: str, attribute: str = "") -> str:
        return f"<{kind}{attribute}><text>{escape(content)}</text></{kind}>"

    columns = "".join(
        f'<input id="in-{name}">{text("inputExpression", name)}'
        + (text("inputValues", input_values) if input_values else "")
        + "</input>"
        for name in inputs
    )
    for name in outputs:
        allowed = text("outputValues", output_values[name]) if output_values and name in output_values else ""
        default = text("defaultOutputEntry", defaults[name]) if defaults and name in defaults else ""
        columns += f'<output name="{name}">{allowed}{default}</output>'
    rows = "".join(
        f'<rule id="r{number}">'
        + "".join(text("inputEntry", cell, f' id="r{number}i{at}"') for at, cell in enumerate(tests, 1))
        + "".join(text("outputEntry", cell, f' id="r{number}o{at}"') for at, cell in enumerate(results, 1))
        + "</rule>"
        for number, (tests, results) in enumerate(rules, 1)
    )
    return f'<decisionTable id="table" {attributes}>{columns}{rows}</decisionTable>'


Evaluate = Callable[..., dmn.Result]


@pytest.fixture
def evaluate() -> Evaluate:
    """Evaluate the decision `d` whose logic is given."""

    def evaluate_logic(logic: str, **context: object) -> dmn.Result:
        return dmn.load(definitions(decision("d", logic))).evaluate("d", context)

    return evaluate_logic
