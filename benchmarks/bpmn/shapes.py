"""The processes that are measured, written once and printed for each engine in the language that it runs.

The first five have the shapes of BenchFlow's workflow patterns; the sixth is a complaint with people, services, a
decision, a subprocess and a deadline. `python shapes.py` prints them as JSON, for engines in other languages.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

Dialect = Literal["feel", "python", "javascript", "juel"]
_HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:java="urn:java" id="file" targetNamespace="urn:bench">'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """`visited` are the elements that one instance goes through, each as often as it does."""

    name: str
    parts: tuple["Part", ...]
    visited: tuple[str, ...]

    def xml(self, dialect: Dialect) -> str:
        """Write the file for one kind of engine."""
        body = "".join(part.xml(dialect) for part in self.parts)
        return f'{_HEAD}<bpmn:process id="{self.name}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'


@dataclass(frozen=True, slots=True)
class Part:
    """Any element; expressions in it are the same text in every language, but for the names in JavaScript."""

    tag: str
    id: str
    attributes: tuple[tuple[str, str], ...] = ()
    inside: tuple["Part", ...] = ()

    def xml(self, dialect: Dialect) -> str:
        return _element(self.tag, self.id, "".join(part.xml(dialect) for part in self.inside), dict(self.attributes))


@dataclass(frozen=True, slots=True)
class Script:
    """A script task: one variable becomes the value of an expression."""

    id: str
    variable: str
    expression: str

    def xml(self, dialect: Dialect) -> str:
        if dialect == "feel":
            script = f"<zeebe:script expression={quoteattr('=' + self.expression)} resultVariable='{self.variable}'/>"
            return _element("scriptTask", self.id, _extensions(script), {})
        if dialect == "python":
            return _element(
                "scriptTask", self.id, f"<bpmn:script>{self.variable} = {self.expression}</bpmn:script>", {}
            )
        if dialect == "juel":
            return _element("serviceTask", self.id, "", _computed(_juel(self.expression), self.variable))
        text = f"v.{self.variable} = {_javascript(self.expression)}"
        return _element("scriptTask", self.id, f"<bpmn:script>{text}</bpmn:script>", {"scriptFormat": "javascript"})


@dataclass(frozen=True, slots=True)
class Flow:
    source: str
    target: str
    condition: str = ""

    def xml(self, dialect: Dialect) -> str:
        text, kind = self.condition, 'xsi:type="bpmn:tFormalExpression"'
        if dialect == "javascript":
            text, kind = _javascript(text), f'{kind} language="javascript"'
        text = {"feel": f"={text}", "juel": f"${{{text}}}"}.get(dialect, text)
        body = f"<bpmn:conditionExpression {kind}>{escape(text)}</bpmn:conditionExpression>" if self.condition else ""
        ends = {"sourceRef": self.source, "targetRef": self.target}
        return _element("sequenceFlow", f"{self.source}_{self.target}", body, ends)


@dataclass(frozen=True, slots=True)
class Service:
    """A service task: the variable `result` becomes what `operation` gives for the variable `parameter`."""

    id: str
    operation: str
    parameter: str
    result: str

    def xml(self, dialect: Dialect) -> str:
        if dialect == "feel":
            return _element("serviceTask", self.id, _extensions(f'<zeebe:taskDefinition type="{self.operation}"/>'), {})
        if dialect == "javascript":
            return _element(
                "serviceTask", self.id, "", {"implementation": f"${{environment.services.{self.operation}}}"}
            )
        if dialect == "juel":
            return _element(
                "serviceTask", self.id, "", _computed(f"services.{self.operation}({self.parameter})", self.result)
            )
        parameter = f'<spiffworkflow:parameter id="{self.parameter}" type="any" value="{self.parameter}"/>'
        operator = (
            f'<spiffworkflow:serviceTaskOperator id="{self.operation}" resultVariable="{self.result}">'
            f"<spiffworkflow:parameters>{parameter}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        )
        return _element("serviceTask", self.id, _extensions(operator), {})


@dataclass(frozen=True, slots=True)
class Decision:
    """A business rule task; its outputs are variables."""

    id: str
    outputs: tuple[str, ...]

    def xml(self, dialect: Dialect) -> str:
        if dialect == "juel":
            # Neither of the two has a decision engine inside; a method in Java flatters them.
            return _element("serviceTask", self.id, "", {"java:expression": f"${{services.{self.id}(execution)}}"})
        if dialect == "python":
            called = f"<spiffworkflow:calledDecisionId>{self.id}</spiffworkflow:calledDecisionId>"
        elif dialect == "feel":
            taken = "".join(f'<zeebe:output source="=found.{name}" target="{name}"/>' for name in self.outputs)
            called = f'<zeebe:calledDecision decisionId="{self.id}" resultVariable="found"/>'
            called += f"<zeebe:ioMapping>{taken}</zeebe:ioMapping>"
        else:
            called = ""
        service = {"implementation": f"${{environment.services.{self.id}}}"} if dialect == "javascript" else {}
        return _element("businessRuleTask", self.id, _extensions(called) if called else "", service)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A timer on an activity that doesn't interrupt it."""

    id: str
    host: str
    duration: str

    def xml(self, dialect: Dialect) -> str:
        text = f'"{self.duration}"' if dialect == "python" else self.duration
        timer = (
            f'<bpmn:timerEventDefinition id="{self.id}_timer"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{text}'
            "</bpmn:timeDuration></bpmn:timerEventDefinition>"
        )
        return _element("boundaryEvent", self.id, timer, {"attachedToRef": self.host, "cancelActivity": "false"})


def _element(tag: str, id_: str, body: str, attributes: dict[str, str]) -> str:
    written = "".join(f" {name}={quoteattr(value)}" for name, value in {"id": id_, **attributes}.items())
    return f"<bpmn:{tag}{written}>{body}</bpmn:{tag}>"


def _extensions(body: str) -> str:
    return f"<bpmn:extensionElements>{body}</bpmn:extensionElements>"


def _javascript(expression: str) -> str:
    """Put `v.` before each name, but not inside texts."""
    return re.sub(r'"[^"]*"|[a-z]\w*', lambda found: found[0] if found[0][0] == '"' else f"v.{found[0]}", expression)


def _computed(expression: str, variable: str) -> dict[str, str]:
    """Write what Camunda and Flowable, which don't agree on the name of the last one, want of a service task."""
    named = dict.fromkeys(("java:resultVariable", "java:resultVariableName"), variable)
    return {"java:expression": f"${{{expression}}}", **named}


def _juel(expression: str) -> str:
    """Write a list, of which the language has no literal, as a call."""
    return re.sub(r"\[(.*)\]", r"services.list(\1)", expression)


def _path(*ids: str) -> tuple[Flow, ...]:
    return tuple(Flow(source, target) for source, target in pairwise(ids))


def _start(id_: str = "start") -> Part:
    return Part("startEvent", id_)


def _end(id_: str = "end") -> Part:
    return Part("endEvent", id_)


def _xor(id_: str) -> Part:
    return Part("exclusiveGateway", id_)


def _and(id_: str) -> Part:
    return Part("parallelGateway", id_)


SEQ = Shape(
    name="SEQ",
    parts=(
        _start(),
        Script("one", "x", "1"),
        Script("two", "y", "x + 1"),
        _end(),
        *_path("start", "one", "two", "end"),
    ),
    visited=("start", "one", "two", "end"),
)
EXC = Shape(
    name="EXC",
    parts=(
        *(_start(), Script("draw", "x", "7"), _xor("choose"), Script("low", "y", "1"), Script("high", "y", "2")),
        *(_xor("merge"), _end(), *_path("start", "draw", "choose"), Flow("choose", "low", "x < 5")),
        *(Flow("choose", "high", "x >= 5"), *_path("low", "merge", "end"), *_path("high", "merge")),
    ),
    visited=("start", "draw", "choose", "high", "merge", "end"),
)
PAR = Shape(
    name="PAR",
    parts=(
        *(_start(), _and("split"), Script("one", "x", "1"), Script("two", "y", "2"), _and("join"), _end()),
        *(*_path("start", "split", "one", "join", "end"), *_path("split", "two", "join")),
    ),
    visited=("start", "split", "one", "two", "join", "end"),
)
CYC = Shape(
    name="CYC",
    parts=(
        *(_start(), Script("zero", "i", "0"), _xor("again"), Script("count", "i", "i + 1"), _xor("enough"), _end()),
        *(*_path("start", "zero", "again", "count", "enough"), Flow("enough", "again", "i < 10")),
        Flow("enough", "end", "i >= 10"),
    ),
    visited=("start", "zero", *("again", "count", "enough") * 10, "end"),
)
EXT = Shape(
    name="EXT",
    parts=(
        *(_start(), _and("split"), Script("one", "x", "1"), Script("two", "y", "2"), Part("userTask", "wait")),
        *(_end("late"), Part("endEvent", "stop", (), (Part("terminateEventDefinition", "all"),))),
        *(*_path("start", "split", "two", "wait", "late"), *_path("split", "one", "stop")),
    ),
    visited=("start", "split", "two", "wait", "one", "stop"),
)

_INVESTIGATE = (
    *(
        _start("begin"),
        Script("collect", "found", "[amount, severity]"),
        Script("assess", "score", "amount * severity"),
    ),
    *(_end("begun"), *_path("begin", "collect", "assess", "begun")),
)
COMPLAINT = Shape(
    name="COMPLAINT",
    parts=(
        *(_start("received"), Part("userTask", "register"), Service("lookup", "op_lookup", "customer_id", "customer")),
        *(Decision("triage", ("priority", "goodwill")), _xor("valid"), Script("reject", "outcome", '"rejected"')),
        *(_and("split"), Script("notify", "notified", "1"), Part("subProcess", "investigate", (), _INVESTIGATE)),
        *(Part("userTask", "handle"), Deadline("late", "handle", "P2D"), Script("escalate", "escalated", "1")),
        *(_end("told"), _and("join"), _xor("owing"), Service("pay", "op_pay", "amount", "payment"), _xor("merge")),
        *(Script("close", "outcome", '"closed"'), _end("done"), _end("rejected")),
        *_path("received", "register", "lookup", "triage", "valid"),
        *(Flow("valid", "reject", "priority <= 0"), Flow("valid", "split", "priority > 0"), Flow("reject", "rejected")),
        *(*_path("split", "notify", "join"), *_path("split", "investigate", "handle", "join", "owing")),
        *(*_path("late", "escalate", "told"), Flow("owing", "pay", "goodwill > 0")),
        *(Flow("owing", "merge", "goodwill <= 0"), *_path("pay", "merge", "close", "done")),
    ),
    visited=(
        *("received", "register", "lookup", "triage", "valid", "split", "notify", "investigate", "begin", "collect"),
        *("assess", "begun", "handle", "late", "join", "owing", "pay", "merge", "close", "done"),
    ),
)
SHAPES: Sequence[Shape] = (SEQ, EXC, PAR, CYC, EXT, COMPLAINT)

REGISTERED: dict[str, object] = {
    "customer_id": "C-1001",
    "severity": 2,
    "amount": 180,
    "text": "Delivery was late and the box was open",
    "channel": "email",
}
"""What the user task `register` of a complaint brings."""
CUSTOMER: dict[str, object] = {"segment": "gold", "since": 2009}

_RULES = (
    ("<= 1", "< 50", "-", "1", "0"),
    ("<= 1", ">= 50", "-", "2", "10"),
    ("2", "-", '"gold"', "3", "50"),
    ("2", "-", "-", "2", "20"),
    (">= 3", "-", "-", "4", "100"),
)


def decision_xml(dialect: Dialect) -> str:
    """Write the decision table of a complaint, for an engine that has decisions."""
    segment = 'customer["segment"]' if dialect == "python" else "customer.segment"
    asked = "".join(
        f'<input id="i{n}" label="{n}"><inputExpression id="e{n}"><text>{escape(text)}</text></inputExpression></input>'
        for n, text in enumerate(("severity", "amount", segment))
    )
    given = "".join(f'<output id="o{n}" name="{name}"/>' for n, name in enumerate(("priority", "goodwill")))
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">'
        f'<decision id="triage" name="triage"><decisionTable id="t" hitPolicy="FIRST">{asked}{given}'
        f"{''.join(_rule(number, cells, dialect) for number, cells in enumerate(_RULES))}"
        "</decisionTable></decision></definitions>"
    )


def _rule(number: int, cells: tuple[str, ...], dialect: Dialect) -> str:
    any_ = "" if dialect == "python" else "-"
    tests = "".join(
        f'<inputEntry id="r{number}i{n}"><text>{escape(any_ if cell == "-" else cell)}</text></inputEntry>'
        for n, cell in enumerate(cells[:3])
    )
    values = "".join(
        f'<outputEntry id="r{number}o{n}"><text>{cell}</text></outputEntry>' for n, cell in enumerate(cells[3:])
    )
    return f'<rule id="r{number}">{tests}{values}</rule>'


def as_json() -> str:
    """Write everything for an engine in JavaScript."""
    shapes = [
        {"name": shape.name, "xml": shape.xml("javascript"), "visited": sorted(shape.visited)} for shape in SHAPES
    ]
    return json.dumps({"shapes": shapes, "registered": REGISTERED, "customer": CUSTOMER})


if __name__ == "__main__":
    print(as_json())
