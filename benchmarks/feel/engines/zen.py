"""GoRules' zen-engine: a language of its own and tables in its own format, run in Rust."""

import json
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version

import zen
from cases import INPUTS, Case, rules
from measure import Call, measure_all, measure_table, say

TEXTS = {
    "arithmetic": "(amount * rate + fee) / 12 - discount ^ 2",
    "if": "amount > 1000 and segment == 'gold' ? 'A' : amount > 100 ? 'B' : 'C'",
    "strings": "contains(email, '@') and startsWith(name, 'Bri') and len(upper(name[0:3])) == 4",
    "dates": "d('2026-11-21').diff(due, 'day') > 30",
    "unary tests": "amount in [100..500] and severity in [2..4] and channel in ['email', 'web']",
    "filter over 100": "filter(items, # > 50)",
    "for over 100": "map(items, # * 2 + 1)",
}


def ways(case: Case) -> Iterator[tuple[str, Call]]:
    """Evaluate compiled, and from the text."""
    text = TEXTS[case.name]
    context = {key: value.isoformat() if isinstance(value, date) else value for key, value in case.context.items()}
    expression = zen.compile_expression(text)
    yield "compiled", lambda: expression.evaluate(context)
    yield "parse and evaluate", lambda: zen.evaluate_expression(text, context)


def table() -> str:
    """Write the table in zen's format."""
    place = {"position": {"x": 0, "y": 0}}
    columns = [{"id": name, "name": name, "type": "expression", "field": name} for name in INPUTS]
    content = {
        "hitPolicy": "first",
        "inputs": columns,
        "outputs": [{"id": "route", "name": "route", "type": "expression", "field": "route"}],
        "rules": [
            {"_id": f"r{number}", "route": row[5]}
            | {name: "" if cell == "-" else cell for name, cell in zip(INPUTS, row, strict=False)}
            for number, row in enumerate(rules())
        ],
    }
    nodes = [
        {"id": "i", "type": "inputNode", "name": "in", **place},
        {"id": "t", "type": "decisionTableNode", "name": "t", "content": content, **place},
        {"id": "o", "type": "outputNode", "name": "out", **place},
    ]
    edges = [{"id": "e1", "sourceId": "i", "targetId": "t"}, {"id": "e2", "sourceId": "t", "targetId": "o"}]
    return json.dumps({"nodes": nodes, "edges": [{"type": "edge", **edge} for edge in edges]})


say(version=version("zen-engine"), note="its own language, not FEEL")
measure_all(ways)
decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(table()))
measure_table("compiled", lambda inputs: decision.evaluate(inputs)["result"]["route"])
