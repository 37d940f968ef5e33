"""The floor: each case written by hand in Python, with Decimal for numbers as FEEL has them."""

import decimal
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from platform import python_version

from cases import Case, rules
from measure import Call, measure_all, measure_table, say

D2, D4, D12 = Decimal(2), Decimal(4), Decimal(12)
D50, D100, D500, D1000 = Decimal(50), Decimal(100), Decimal(500), Decimal(1000)
ONE = Decimal(1)
DAY, DAYS = date(2026, 11, 21), timedelta(days=30)
Values = dict[str, object]

WRITTEN: dict[str, Callable[[Values], object]] = {
    "arithmetic": lambda c: (c["amount"] * c["rate"] + c["fee"]) / D12 - c["discount"] ** D2,
    "if": lambda c: "A" if c["amount"] > D1000 and c["segment"] == "gold" else "B" if c["amount"] > D100 else "C",
    "strings": lambda c: "@" in c["email"] and c["name"].startswith("Bri") and len(c["name"][0:4].upper()) == 4,
    "dates": lambda c: DAY - c["due"] > DAYS,
    "unary tests": lambda c: D100 <= c["amount"] <= D500 and D2 <= c["severity"] <= D4 and c["channel"] in CHANNELS,
    "filter over 100": lambda c: [i for i in c["items"] if i > D50],
    "for over 100": lambda c: [x * D2 + ONE for x in c["items"]],
}
CHANNELS = ("email", "web")


def as_feel(value: object) -> object:
    """Turn the numbers of a context into those of FEEL, before anything is measured."""
    if isinstance(value, list):
        return [as_feel(item) for item in value]
    return Decimal(str(value)) if isinstance(value, int | float) else value


def ways(case: Case) -> Iterator[tuple[str, Call]]:
    """Give the one way: a function of the context."""
    function = WRITTEN[case.name]
    context = {key: as_feel(value) for key, value in case.context.items()}
    yield "compiled", lambda: function(context)


def table() -> Callable[[Values], object]:
    """Write the table as one function, a row after the other."""
    lines = ["def decide(c):"]
    lines += [f"  {name} = c['{name}']" for name in ("amount", "severity", "segment", "channel", "age")]
    names = {"Decimal": Decimal}
    for number, (amount, severity, segment, channel, age, output) in enumerate(rules()):
        low, high = amount.strip("[]").split("..")
        names |= {f"l{number}": Decimal(low), f"h{number}": Decimal(high), f"s{number}": Decimal(severity)}
        tests = [f"l{number} <= amount <= h{number}", f"severity == s{number}"]
        tests += [f"segment in ({segment})"] if segment != "-" else []
        tests += [f"channel in ({channel})"] if channel != "-" else []
        tests += ["age >= adult"] if age != "-" else []
        lines.append(f"  if {' and '.join(tests)}: return {output}")
    names["adult"] = Decimal(18)
    exec("\n".join(lines), names)
    return names["decide"]


decimal.getcontext().prec = 34
say(version=python_version())
measure_all(ways)
measure_table("compiled", table(), prepare=lambda inputs: {key: as_feel(value) for key, value in inputs.items()})
