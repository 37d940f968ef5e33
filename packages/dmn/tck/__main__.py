# ruff: noqa: INP001, T201 -- a program of its own, which prints
"""`python packages/dmn/tck FOLDER [--result FILE] [--only WORD]`: run a copy of the DMN Technology Compatibility Kit."""

import argparse
import json
import sys
from pathlib import Path

from cases import content_hash, read_suite
from running import Outcome, run_cases
from score import score


def main() -> int:
    """Run, print, and write the result; the exit code is 1 when a case of the levels 2 and 3 failed."""
    asked = _arguments()
    suite: Path = asked.folder
    cases = [case for case in read_suite(suite) if asked.only in case.directory] if suite.is_dir() else []
    if not cases:
        print(f"There are no test cases in {suite}. Give the folder of a copy of the suite.", file=sys.stderr)
        return 2
    outcomes = list(run_cases(cases))
    for outcome in outcomes:
        if outcome.failure:
            print(f"{outcome.case.directory} {outcome.case.id}: {outcome.failure[:400]}")
    _report(outcomes, suite, asked.result)
    return int(any(outcome.failure and outcome.case.level.startswith("compliance") for outcome in outcomes))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--result", type=Path, help="write the score here, as JSON")
    parser.add_argument("--only", default="", help="run the directories whose name contains this")
    return parser.parse_args()


def _report(outcomes: list[Outcome], suite: Path, result: Path | None) -> None:
    found = score(outcomes, suite_sha256=content_hash(suite))
    for key in ("overall", "without_expected_null"):
        counted = found[key]
        assert isinstance(counted, dict)
        share = counted["passed"] / max(counted["total"], 1)
        print(f"{key.replace('_', ' ')}: {counted['passed']}/{counted['total']} ({share:.2%})")
    print(f"mean over directories: {found['mean_over_directories']:.2%}")
    if result is not None:
        result.parent.mkdir(parents=True, exist_ok=True)
        result.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
