"""The cases: expressions over a few variables, and one decision table; with the results that they must give.

`python cases.py` prints them as JSON, for engines in other languages. A date is written {"date": "2026-01-15"} there.
"""

import datetime as dt
import json
import random
from dataclasses import asdict, dataclass
from xml.sax.saxutils import escape

_ITEMS = tuple(range(1, 101))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`scalar`: no list is gone through, so the target is a third of the hand-written floor."""

    name: str
    text: str
    context: dict[str, object]
    result: object
    scalar: bool = True


CASES = (
    Case(
        name="arithmetic",
        text="(amount * rate + fee) / 12 - discount ** 2",
        context={"amount": 180, "rate": 0.07, "fee": 12.5, "discount": 3},
        result=-6.908333333333333,
    ),
    Case(
        name="if",
        text='if amount > 1000 and segment = "gold" then "A" else if amount > 100 then "B" else "C"',
        context={"amount": 180, "segment": "gold"},
        result="B",
    ),
    Case(
        name="strings",
        text='contains(email, "@") and starts with(name, "Bri") '
        "and string length(upper case(substring(name, 1, 4))) = 4",
        context={"email": "brigitte@example.com", "name": "Brigitte Dupont"},
        result=True,
    ),
    Case(
        name="dates",
        text='date("2026-11-21") - due > duration("P30D")',
        context={"due": dt.date(2026, 1, 15)},
        result=True,
    ),
    Case(
        name="unary tests",
        text='amount between 100 and 500 and severity in [2..4] and channel in ("email", "web")',
        context={"amount": 180, "severity": 2, "channel": "email"},
        result=True,
    ),
    Case(
        name="filter over 100",
        text="items[item > 50]",
        context={"items": list(_ITEMS)},
        result=list(_ITEMS[50:]),
        scalar=False,
    ),
    Case(
        name="for over 100",
        text="for x in items return x * 2 + 1",
        context={"items": list(_ITEMS)},
        result=[x * 2 + 1 for x in _ITEMS],
        scalar=False,
    ),
)

TABLE = "table, 5 inputs, 50 rows"
INPUTS = {"amount": "number", "severity": "number", "segment": "string", "channel": "string", "age": "number"}
_SEGMENTS, _CHANNELS = ("gold", "silver", "base"), ("email", "phone", "web")
Question = tuple[dict[str, object], str]


def rules() -> list[list[str]]:
    """Give the rows: five tests and the output. Ten bands of the amount times five severities, so that one row fits."""
    return [
        [
            f"[{band * 100}..{band * 100 + 99}]",
            str(severity),
            "-" if (band + severity) % 2 else '"gold","silver","base"',
            "-" if band % 3 else '"email","phone","web"',
            "-" if severity % 2 else ">= 18",
            f'"R{band}_{severity}"',
        ]
        for band in range(10)
        for severity in range(1, 6)
    ]


def questions(count: int = 200) -> list[Question]:
    """Give inputs of the table and the output that each must have, spread over all rows."""
    chance = random.Random(1)
    found: list[Question] = []
    for _ in range(count):
        band, severity = chance.randrange(10), chance.randrange(1, 6)
        inputs = {
            "amount": band * 100 + chance.randrange(100),
            "severity": severity,
            "segment": chance.choice(_SEGMENTS),
            "channel": chance.choice(_CHANNELS),
            "age": chance.randrange(18, 80),
        }
        found.append((inputs, f"R{band}_{severity}"))
    return found


def dmn_xml(policy: str, *, cell: str = "-", namespace: str = "https://www.omg.org/spec/DMN/20191111/MODEL/") -> str:
    """Write the table as DMN; `cell` is how the peer wants an empty one."""
    parts = [
        f'<definitions xmlns="{namespace}" id="t" name="t" namespace="urn:benchmark"><decision id="route" name="route">',
        f'<decisionTable id="table" hitPolicy="{policy}">',
    ]
    parts += [
        f'<input id="i{name}" label="{name}"><inputExpression id="e{name}" typeRef="{kind}"><text>{name}</text>'
        "</inputExpression></input>"
        for name, kind in INPUTS.items()
    ]
    parts.append('<output id="o" name="route" typeRef="string"/>')
    for number, row in enumerate(rules()):
        tests = "".join(
            f'<inputEntry id="r{number}i{column}"><text>{escape(cell if text == "-" else text)}</text></inputEntry>'
            for column, text in enumerate(row[:5])
        )
        output = f'<outputEntry id="r{number}o"><text>{escape(row[5])}</text></outputEntry>'
        parts.append(f'<rule id="r{number}">{tests}{output}</rule>')
    parts.append("</decisionTable></decision></definitions>")
    return "".join(parts)


def same(found: object, wanted: object) -> bool:
    """Compare a result with what it must be; numbers within 1e-8, as the DMN conformance suite does."""
    if isinstance(wanted, list):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return False
        return all(same(a, b) for a, b in zip(found, wanted, strict=True))
    if isinstance(wanted, float | int) and not isinstance(wanted, bool):
        return found is not None and abs(float(str(found)) - wanted) < 1e-8
    return bool(found == wanted)


def _plain(value: object) -> object:
    return {"date": value.isoformat()} if isinstance(value, dt.date) else str(value)


def as_json() -> str:
    """Write everything for an engine in another language."""
    everything = {
        "cases": [asdict(case) for case in CASES],
        "table": TABLE,
        "inputs": list(INPUTS),
        "rules": rules(),
        "questions": questions(),
        "dmn11": dmn_xml("UNIQUE", namespace="http://www.omg.org/spec/DMN/20151101/dmn.xsd"),
    }
    return json.dumps(everything, default=_plain)


if __name__ == "__main__":
    print(as_json())
