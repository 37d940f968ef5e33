"""Run a conformance suite: `python run.py [FOLDER]`, where FOLDER holds `tests.json` and the models that it names.

The default is `bpmn/conformance` in the folder of the environment variable FIRSTLINE_DATA, else in `../shared/data` beside the
project. Writes `result.json` beside this file for the default suite: passed and total per group, each case, and a hash over all
that was read, so that a result can be told from an older one.
"""

import hashlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from translate import translate
from world import Job, JobError, World, thorough

from bpmn import ModelProblems, compile_model
from bpmn.testing import Play

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ERRORS = frozenset({"ERROR_runtime", "ERROR_deployment"})
TEN_SECONDS = timedelta(seconds=10)


@dataclass(slots=True)
class Scribe:
    """Does what the suite's scripts say, and keeps the log that a case is judged by."""

    log: list[str] = field(default_factory=list)
    has_log: bool = False
    has_marker: bool = False
    intervals: list[tuple[object, object]] = field(default_factory=list)

    def duration_of(self, text: str) -> timedelta:
        return TEN_SECONDS if text.startswith(("WAIT_TEN", "CREATE_TIMESTAMP")) else timedelta()

    def work(self, job: Job) -> Mapping[str, object]:
        results: dict[str, object] = {}
        for line in job.text.split(","):
            results |= self._line(line.strip(), job)
        return results

    def _line(self, text: str, job: Job) -> Mapping[str, object]:
        if text == "CREATE_LOG_FILE":
            self.has_log = True
        elif text == "CREATE_MARKER_FILE":
            self.has_marker = True
        elif text == "SET_STRING_DATA":
            return {"data": "String"}
        elif text == "LOG_DATA":
            if job.play.visible(job.element_instance_id).get("data") == "String":
                self.log.append("DATA_correct")
        elif text.startswith("INCREMENT_INTEGER_VARIABLE"):
            if text.endswith("_AND_LOG"):
                self.log.append("INCREMENT_correct")
            number = job.play.visible(job.element_instance_id)["integerVariable"]
            return {"integerVariable": Decimal(str(number)) + 1}
        elif text == "THROW_ERROR":
            raise JobError("ERR_CODE")
        elif text.startswith("CREATE_TIMESTAMP_LOG"):
            self.intervals.append((job.begun_at, job.begun_at + TEN_SECONDS))
        elif text != "WAIT_TEN_SECONDS":
            self.log.append(text)
        return {}

    def overlaps(self) -> bool:
        """Tell whether two of the timed scripts were under way at once."""
        spans = sorted(self.intervals, key=str)
        return any(before[1] > after[0] for before, after in pairwise(spans))  # type: ignore[operator]


def log_of(
    test: Mapping[str, Any], case: Mapping[str, Any], xml: bytes, play: Callable[..., Play] = thorough
) -> list[str]:
    """Play one case and return what its log holds at the end."""
    try:
        model = compile_model(translate(xml))
    except ModelProblems:
        return ["ERROR_deployment"]
    scribe = Scribe()
    world = World(model, scribe.duration_of, scribe.work, play)
    variables = {"integerVariable": case["integerVariable"], "testCaseNumber": case["number"]}
    if case["input"] is not None:
        variables["test"] = case["input"]
    if case["start_parallel_process"]:
        world.start("ParallelProcess", {})
    world.start(test["start_process_id"], variables)
    world.run(timedelta(milliseconds=case["delay_ms"]))
    return _judged(scribe, world, case["expected"])


def _judged(scribe: Scribe, world: World, expected: list[str]) -> list[str]:
    log = list(scribe.log)
    if scribe.has_marker and "MARKER_exists" in expected:
        log.append("MARKER_exists")
    if scribe.overlaps():
        log.append("EXECUTION_parallel")
    for play in world.plays:
        log.extend(_error_of(play))
    return log if scribe.has_log else ["no log file", *log]


def _error_of(play: Play) -> Iterator[str]:
    for element_id, kind, _ in play.incidents():
        throws = play.program.by_id[element_id].tag == "endEvent"
        yield "ERROR_thrownErrorEvent" if kind == "unhandled_error" and throws else "ERROR_runtime"


def passes(log: list[str], expected: list[str]) -> bool:
    """Compare as the suite does: the lines as a bag; `ERROR` stands for either kind."""
    if expected == ["ERROR"]:
        return bool(ERRORS & set(log))
    return sorted(log) == sorted(expected)


def run(suite: Path, play: Callable[..., Play] = thorough) -> dict[str, Any]:
    """Run every case of a suite; `play` plays one instance (see `world.World`)."""
    errata = json.loads((HERE / "errata.json").read_text())
    data = (suite / "tests.json").read_bytes()
    digest = hashlib.sha256(data)
    cases = []
    for test in json.loads(data)["tests"]:
        xml = (suite / test["file"]).read_bytes()
        digest.update(xml)
        for case in test["cases"]:
            cases.append(_run_case(test, case, xml, errata, play))
    groups: dict[str, dict[str, int]] = defaultdict(lambda: {"passed": 0, "total": 0})
    for one in cases:
        groups[one["group"]]["passed"] += one["passed"]
        groups[one["group"]]["total"] += 1
    return {
        "suite_sha256": digest.hexdigest(),
        "passed": sum(one["passed"] for one in cases),
        "passed_with_erratum": sum(one["passed"] and "erratum" in one for one in cases),
        "total": len(cases),
        "groups": dict(sorted(groups.items())),
        "cases": cases,
    }


def _run_case(
    test: Mapping[str, Any], case: Mapping[str, Any], xml: bytes, errata: Mapping[str, Any], play: Callable[..., Play]
) -> dict[str, Any]:
    expected = case["expected"]
    erratum = errata.get(test["name"])
    if erratum and "expected" in erratum:
        expected = erratum["expected"]
    try:
        log = log_of(test, case, xml, play)
    except Exception as error:  # noqa: BLE001  # a bug is a failed case, and the others are run all the same
        log = [f"{type(error).__name__}: {error}"]
    result = {"name": test["name"], "case": case["number"], "group": test["group"], "passed": passes(log, expected)}
    if erratum:
        result["erratum"] = erratum["why"]
    if not result["passed"]:
        result |= {"log": log, "expected": expected}
    return result


def default_suite() -> Path:
    """Say where the data lies."""
    return Path(os.environ.get("FIRSTLINE_DATA") or ROOT / "../shared/data") / "bpmn/conformance"


def main() -> int:
    suite = Path(sys.argv[1]) if sys.argv[1:] else default_suite()
    if not (suite / "tests.json").exists():
        print(f"There is no tests.json in {suite}; say SUITE=folder, or set FIRSTLINE_DATA.")
        return 2
    result = run(suite)
    for one in result["cases"]:
        if not one["passed"]:
            print(f"FAILED {one['name']} {one['case']}: expected {one['expected']}, got {one['log']}")
    for name, group in result["groups"].items():
        print(f"{name:<12} {group['passed']:>4} / {group['total']}")
    print(f"{'all':<12} {result['passed']:>4} / {result['total']}  ({result['passed_with_erratum']} by an erratum)")
    if not sys.argv[1:]:
        (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0 if result["passed"] == result["total"] else 1


if __name__ == "__main__":
    sys.exit(main())
