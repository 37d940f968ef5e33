"""What a worker's function gets, and what it may raise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(slots=True, kw_only=True)
class Job:
    """One attempt at a job. `key` is the same for every attempt: use it where the other side knows idempotency keys."""

    key: str
    type: str
    process: str
    instance: str
    # The case that the process belongs to.
    case: str | None
    element: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]
    # Counts from 1.
    attempt: int
    retries_left: int
    # Whether its lease ran out although it was extended: nobody takes the result any more.
    is_lost: bool = False


class BpmnError(Exception):
    """Throw an error that the model knows; an error event catches it by its code."""

    def __init__(self, code: str, message: str = "", variables: Mapping[str, Any] | None = None) -> None:
        super().__init__(message or code)
        self.code, self.message, self.variables = code, message, variables or {}


class JobFailed(Exception):
    """The attempt failed. None = as the model and the server say; `retries_left` 0 makes it an incident at once."""

    def __init__(self, message: str, *, retries_left: int | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.message, self.retries_left, self.retry_after = message, retries_left, retry_after
