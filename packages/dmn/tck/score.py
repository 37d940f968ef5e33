# ruff: noqa: INP001 -- a program of its own, run from its folder
"""What a run of the Technology Compatibility Kit came to."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

from running import Outcome


def score(outcomes: Sequence[Outcome], *, suite_sha256: str) -> dict[str, object]:
    """Count what passed: overall, without the cases that expect null, by level, and as the mean over directories."""
    directories: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        directories[outcome.case.directory].append(outcome)
    return {
        "suite_sha256": suite_sha256,
        "overall": _counted(outcomes),
        "without_expected_null": _counted([outcome for outcome in outcomes if not outcome.case.expects_null]),
        "mean_over_directories": round(fmean(map(_share, directories.values())), 6) if directories else 0.0,
        "levels": _by_level(outcomes),
        "directories": {name: _counted(found) for name, found in sorted(directories.items())},
        "failures": [
            f"{outcome.case.directory} {outcome.case.file} {outcome.case.id}" for outcome in outcomes if outcome.failure
        ],
    }


def _by_level(outcomes: Sequence[Outcome]) -> dict[str, dict[str, int]]:
    levels: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        levels[outcome.case.level].append(outcome)
    return {name: _counted(found) for name, found in sorted(levels.items())}


def _counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return {"passed": sum(outcome.failure is None for outcome in outcomes), "total": len(outcomes)}


def _share(outcomes: Sequence[Outcome]) -> float:
    return sum(outcome.failure is None for outcome in outcomes) / len(outcomes)
