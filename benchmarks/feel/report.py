"""The results as a page."""

from typing import Any

from cases import CASES, TABLE
from page import table
from peers import ENGINES, NOT_FEEL

_OURS = "firstline"
_NAMES = [engine.name for engine in ENGINES]
_PEERS = [name for name in _NAMES if name not in {"floor", _OURS}]
_SCALARS = [case.name for case in CASES if case.scalar]
_ALL = [*(case.name for case in CASES), TABLE]
Results = dict[str, Any]

_HEAD = """# FEEL side by side

Written by `.venv/bin/python benchmarks/feel`. Evaluations per second of processor time on one core, the median of
{rounds} in which all engines took their turn; every result was checked first. {cpu}, {cores} cores, {system},
Python {python}, Node {node}; load {load:.1f} when the run ended.

The floor is each case written by hand in Python, with `Decimal` of 34 digits, as FEEL's numbers are, and its constants
made once. It gets its numbers as `Decimal`; so does ours in the column “ours : floor”. Otherwise all engines get
plain Python or JavaScript values; of ours much of that column is turning floats and integers into decimals, which
`feel.values` does once for all evaluations over a context.
"""


def report(results: Results) -> str:
    """Write the page."""
    parts = [_HEAD.format(rounds=_rounds(results["rounds"]), **results["machine"])]
    parts += [_targets(results), _compiled(results), _from_text(results), _engines(results)]
    return "\n".join(parts)


def _rate(results: Results, engine: str, case: str, *ways: str) -> float | None:
    found = results["rates"].get(engine, {}).get(case, {})
    return next((found[way] for way in ways if way in found), None)


def _rounds(count: object) -> str:
    return "one round" if count == 1 else f"{count} rounds"


def _shown(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:,.0f}"


def _ratio(one: float | None, other: float | None) -> str:
    if one is None or not other:
        return "–"
    return f"{one / other:.2f}" if one / other < 10 else f"{one / other:,.0f}"


def _best(results: Results, case: str, names: list[str]) -> tuple[str, float | None]:
    rates = {name: _rate(results, name, case, "compiled", "parse and evaluate") for name in names}
    known = {name: rate for name, rate in rates.items() if rate is not None}
    best = max(known, key=lambda name: known[name], default="")
    return best, known.get(best)


def _targets(results: Results) -> str:
    rows = []
    feels = [name for name in _PEERS if name not in NOT_FEEL]
    for case in _ALL:
        ours = _rate(results, _OURS, case, "compiled")
        with_values = _rate(results, _OURS, case, "compiled, FEEL values", "compiled")
        best, rate = _best(results, case, feels)
        rows.append(
            [
                case,
                _shown(ours),
                _shown(with_values),
                _ratio(with_values, _rate(results, "floor", case, "compiled")),
                f"{_ratio(ours, rate)} ({best})" if best else "–",
                _ratio(ours, _rate(results, "zen-engine", case, "compiled")),
            ]
        )
    head = ["compiled", "ours", "ours, FEEL values", "ours : floor", "ours : best other FEEL", "ours : zen-engine"]
    return "## Ours, compiled\n\n" + table(head, rows) + "\n" + _judged(results)


def _judged(results: Results) -> str:
    """Say which targets aren't met: a third of the floor on scalars, ahead of every other FEEL, the table's two."""
    missed = []
    for case in _ALL:
        ours = _rate(results, _OURS, case, "compiled") or 0
        with_values = _rate(results, _OURS, case, "compiled, FEEL values", "compiled") or 0
        if case in _SCALARS and with_values * 3 < (_rate(results, "floor", case, "compiled") or 0):
            missed.append(f"{case}: less than a third of the floor")
        missed += [
            f"{case}: behind {name}"
            for name in _PEERS
            if name not in NOT_FEEL and (_rate(results, name, case, "compiled", "parse and evaluate") or 0) > ours
        ]
    answers = _rate(results, _OURS, TABLE, "compiled") or 0
    factors = {"zen-engine": 5, "SpiffWorkflow": 50, "pyDMNrules": 50}
    missed += [
        f"{TABLE}: less than {factor} times {name}"
        for name, factor in factors.items()
        if answers < factor * (_rate(results, name, TABLE, "compiled") or 0)
    ]
    targets = (
        "at least a third of the floor on scalars; ahead of every other FEEL; the table 5 times zen-engine and 50 "
    )
    targets += "times any other DMN in Python"
    return f"Targets: {targets}. {'Missed: ' + '; '.join(missed) if missed else 'All are met'} in this run.\n"


def _compiled(results: Results) -> str:
    names = [name for name in _NAMES if any(_rate(results, name, case, "compiled") for case in _ALL)]
    rows = [[case, *(_shown(_rate(results, name, case, "compiled")) for name in names)] for case in _ALL]
    return "## Compiled before\n\n" + table(["", *names], rows)


def _from_text(results: Results) -> str:
    names = [name for name in _NAMES if any(_rate(results, name, case, "parse and evaluate") for case in _ALL)]
    cases = [case.name for case in CASES]
    rows = [
        [
            case,
            _shown(_rate(results, _OURS, case, "evaluate")),
            *(_shown(_rate(results, name, case, "parse and evaluate")) for name in names),
        ]
        for case in cases
    ]
    return (
        "## From the text, each time\n\nThe first column is `feel.evaluate`, which keeps the last few hundred texts"
        " compiled. The others make everything anew each time: then making code, as ours does, can take longer than walking"
        " a tree once; a text that is evaluated a single time gains nothing from it.\n\n"
        + table(["", "feel.evaluate", *names], rows)
    )


def _engines(results: Results) -> str:
    lines = ["## The engines\n"]
    for name in _NAMES:
        said: dict[str, str] = results["said"].get(name, {})
        if name in results["missing"]:
            lines.append(f"- {name}: {results['missing'][name]}")
            continue
        notes = [said["note"]] if said.get("note") else []
        notes += [f"{key.removeprefix('note ')}: {text}" for key, text in said.items() if key.startswith("note ")]
        notes += [
            f"{key.removeprefix('refused ')} isn't possible ({text})"
            for key, text in said.items()
            if key.startswith("refused ")
        ]
        notes += [f"failed: {said['failed']}"] if "failed" in said else []
        lines.append(f"- {name} {said.get('version', '')}: {'; '.join(notes) or 'all cases'}")
    return "\n".join(lines) + "\n"
