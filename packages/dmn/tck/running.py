# ruff: noqa: INP001 -- a program of its own, run from its folder
"""Runs cases of the Technology Compatibility Kit and compares as its own runner does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from cases import Case
from lxml import etree

import dmn

TOLERANCE = Decimal("1e-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`failure` says which result differs and how; None when the case passed."""

    case: Case
    failure: str | None


def run_cases(cases: Iterable[Case]) -> Iterator[Outcome]:
    """Run each case; whatever goes wrong is that case's failure."""
    for case in cases:
        yield Outcome(case=case, failure=_failure(case))


def _failure(case: Case) -> str | None:
    try:
        model = _load(case.model)
        answers = _answers(model, case)
    except Exception as error:  # noqa: BLE001 -- also a crash is a failure of this case alone
        return f"{type(error).__name__}: {error}"
    for name, expected in case.results.items():
        value, why = answers[name]
        if not is_equal(value, expected):
            return f"{name}: expected {expected!r}, not {value!r}{why}"
    return None


@lru_cache(maxsize=4)
def _load(path: Path) -> dmn.Model:
    others = [other.read_bytes() for other in sorted(path.parent.glob("*.dmn")) if other != path]
    try:
        return dmn.load(path.read_bytes(), imports={_namespace(other): other for other in others})
    except dmn.DmnProblems as error:
        # What isn't FEEL is null, as the standard says; that is a matter of the decisions that read it.
        if error.model is None:
            raise
        return error.model


def _namespace(xml: bytes) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(xml, parser).get("namespace", "")


def _answers(model: dmn.Model, case: Case) -> dict[str, tuple[object, str]]:
    now = datetime.now(UTC)  # noqa: TID251 -- this is the shell, which tells the time
    if case.invocable is None:
        return {name: _told(model.evaluate(name, case.inputs, now=now)) for name in case.results}
    value, why = _told(model.evaluate(case.invocable, case.inputs, now=now))
    several = isinstance(value, dict) and value.keys() >= case.results.keys()
    return {name: (value[name] if several and isinstance(value, dict) else value, why) for name in case.results}


def _told(result: dmn.Result) -> tuple[object, str]:
    return result.value, "".join(f"; {found.message}" for found in result.diagnostics[:3])


def is_equal(value: object, expected: object) -> bool:
    """Compare as the suite says: numbers within 1e-8, lists in their order, contexts by their keys."""
    if isinstance(expected, Decimal) and isinstance(value, Decimal):
        return abs(value - expected) <= TOLERANCE
    if isinstance(expected, list) and isinstance(value, list):
        return len(value) == len(expected) and all(map(is_equal, value, expected))
    if isinstance(expected, dict) and isinstance(value, dict):
        return value.keys() == expected.keys() and all(is_equal(value[key], expected[key]) for key in expected)
    return type(value) is type(expected) and value == expected
