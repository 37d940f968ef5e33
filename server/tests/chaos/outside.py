"""The world outside: a system that the jobs of the processes call, and how it answers.

It counts the calls of each idempotency key in a folder, which outlives every process that is killed, and applies each key once. Which
of its moods a job meets stands in the headers of the job, so that the answer doesn't depend on who died when.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from firstline.outbox.ports import Delivery, TryAgain
from firstline.processes.ports import BpmnError, Job, JobFailed

FOLDER = "FIRSTLINE_CHAOS_OUTSIDE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the outside says to a call: what it gives, or the code of a refusal, or why it couldn't (and whether that may pass)."""

    gives: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    failure: str = ""
    may_pass: bool = True


def call(key: str, headers: Mapping[str, str], variables: Mapping[str, Any]) -> Answer:
    """Call the outside: every call is counted, and the first with a key is applied."""
    number = _count(key, headers["of"])
    if code := headers.get("refuses"):
        return Answer(refusal=code)
    if "breaks" in headers and not variables.get("mended"):
        return Answer(failure="somebody has to look", may_pass=False)
    if number <= int(headers.get("fails", "0")):
        return Answer(failure=f"call {number} failed")
    if result := headers.get("result"):
        return Answer(gives={result: variables["item"] * 10 if "item" in variables else 1})
    return Answer()


def work(job: Job) -> Mapping[str, Any]:
    """Do a job of the house."""
    answer = call(job.key, job.headers, job.variables)
    if answer.refusal:
        raise BpmnError(answer.refusal)
    if answer.failure and not answer.may_pass:
        raise JobFailed(answer.failure)
    if answer.failure:
        raise RuntimeError(answer.failure)
    return answer.gives


def hear(delivery: Delivery) -> None:
    """Hear what the outbox tells; bad news has to be told twice."""
    what = delivery.payload["what"]
    if _count(delivery.key, what) == 1 and not what.endswith("completed"):
        raise TryAgain("say that again", timedelta(seconds=0.1))


def applied() -> Counter[str]:
    """Count what has been applied, by what it is: a second key for the same thing would apply it twice."""
    return Counter(path.read_text().split("\n", 1)[0] for path in _folder().iterdir())


def calls() -> int:
    """Count all calls."""
    return sum(path.read_text().count("\n") for path in _folder().iterdir())


def count_call(key: str, what: str) -> int:
    """Count a call of another kind, that applies nothing; returns the how manieth it is."""
    return _count(hashlib.sha256(key.encode()).hexdigest(), what)


def forget() -> None:
    for path in _folder().iterdir():
        path.unlink()


def _count(key: str, what: str) -> int:
    """Note a call; several processes may do so at once."""
    path = _folder() / key
    line = f"{what}\n".encode()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, line)
        return os.fstat(handle).st_size // len(line)
    finally:
        os.close(handle)


def _folder() -> Path:
    return Path(os.environ[FOLDER])
