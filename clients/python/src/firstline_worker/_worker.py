"""The worker: threads that ask for jobs, do them and answer."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firstline_worker._api import Api, Away, Refused
from firstline_worker._job import BpmnError, Job, JobFailed
from firstline_worker._keeper import Held, Keeper

log = logging.getLogger("firstline_worker")

Function = Callable[[Job], Mapping[str, Any] | None]
_WAIT_SECONDS = 30.0
_PAUSES_SECONDS = (0.5, 1, 2, 5, 10, 30)
_CONFLICTS = frozenset({404, 409})
_UNACCEPTABLE = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A function, and how its jobs are asked for."""

    type: str
    function: Function
    threads: int
    lease_seconds: float
    variables: Sequence[str] | None


class Worker:
    """Does jobs until it is stopped. See README.md for an example."""

    def __init__(self, url: str, *, key: str, name: str | None = None) -> None:
        """`url` is where Firstline is reached, `key` the key to its API, `name` what operators see."""
        self._url, self._key = url, key
        self._name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._lines: list[_Line] = []
        self._stop = threading.Event()
        self._asking: set[Api] = set()
        self._lock = threading.Lock()
        self._refused: Refused | None = None
        # A mistake in an address is told at once.
        Api(url, key)

    def job(
        self,
        type: str,  # noqa: A002 -- the model's word
        *,
        threads: int = 1,
        lease_seconds: float = 60.0,
        variables: Sequence[str] | None = None,
    ) -> Callable[[Function], Function]:
        """Let a function do the jobs of a type, in up to `threads` at once; `variables` None = all that the job sees."""

        def register(function: Function) -> Function:
            line = _Line(
                type=type, function=function, threads=threads, lease_seconds=lease_seconds, variables=variables
            )
            self._lines.append(line)
            return function

        return register

    def run(self) -> None:
        """Work until `stop`, SIGTERM or SIGINT; jobs in hand are finished first. Raises: Refused, when the key is."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self.stop())
        keeper = Keeper(Api(self._url, self._key))
        keeper.start()
        threads = [
            threading.Thread(target=self._work, args=(line, keeper), name=f"{line.type} {number}")
            for line in self._lines
            for number in range(line.threads)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        keeper.stop()
        if self._refused is not None:
            raise self._refused

    def stop(self) -> None:
        """Ask for no more jobs; `run` returns when those in hand are done."""
        self._stop.set()
        # From a thread of its own: a signal may have come while this very thread held the lock.
        threading.Thread(target=self._break_off, daemon=True).start()

    def _break_off(self) -> None:
        with self._lock:
            for api in self._asking:
                api.abort()

    def _work(self, line: _Line, keeper: Keeper) -> None:
        api, failures = Api(self._url, self._key), 0
        try:
            while not self._stop.is_set():
                try:
                    held = self._ask(api, line)
                    failures = 0
                except Away as away:
                    failures += 1
                    self._pause(failures, away)
                    continue
                if held is not None:
                    self._do(api, line, keeper, held)
        except Refused as refused:
            self._refused = refused
            self.stop()
        finally:
            api.close()

    def _pause(self, failures: int, away: Away) -> None:
        if self._stop.is_set():
            return
        seconds = _PAUSES_SECONDS[min(failures, len(_PAUSES_SECONDS)) - 1]
        log.warning("Firstline is away, trying again in %s s: %s", seconds, away)
        self._stop.wait(seconds)

    def _ask(self, api: Api, line: _Line) -> Held | None:
        wanted: dict[str, Any] = {
            "types": [line.type],
            "worker": self._name,
            "lease_seconds": line.lease_seconds,
            "variables": line.variables,
            "wait_seconds": _WAIT_SECONDS,
        }
        with self._lock:
            if self._stop.is_set():
                return None
            self._asking.add(api)
        try:
            found = api.post("jobs/activate", wanted, wait_seconds=_WAIT_SECONDS)["jobs"]
        finally:
            with self._lock:
                self._asking.discard(api)
                api.recover()
        return _held(found[0], line) if found else None

    def _do(self, api: Api, line: _Line, keeper: Keeper, held: Held) -> None:
        keeper.hold(held)
        try:
            verb, body = _done(line.function, held.job)
        finally:
            keeper.let_go(held)
        if not held.job.is_lost:
            self._answer(api, held, verb, body)

    def _answer(self, api: Api, held: Held, verb: str, body: Mapping[str, Any]) -> None:
        """Say it until it is heard: the same answer twice is taken once."""
        failures = 0
        while True:
            try:
                api.post(f"leases/{held.lease}/{verb}", body)
            except Away as away:
                failures += 1
                if time.monotonic() > held.ends_at:
                    log.error("The answer to the job %s was never heard: %s", held.job.key, away)  # noqa: TRY400 -- no bug
                    return None
                time.sleep(_PAUSES_SECONDS[min(failures, 3) - 1])
            except Refused as refused:
                self._take_refusal(api, held, verb, refused)
                return None
            except TypeError as error:
                return self._answer(api, held, "fail", _unacceptable(error))
            else:
                return None

    def _take_refusal(self, api: Api, held: Held, verb: str, refused: Refused) -> None:
        if refused.status in _CONFLICTS:
            log.warning("The result of the job %s is dropped: %s", held.job.key, refused)
        elif refused.status == _UNACCEPTABLE and verb != "fail":
            self._answer(api, held, "fail", _unacceptable(refused))
        else:
            raise refused


def _unacceptable(error: Exception) -> dict[str, Any]:
    return {"message": f"The worker's result can't be taken: {error}", "retries_left": 0}


def _held(found: dict[str, Any], line: _Line) -> Held:
    lease = found.pop("lease")
    found.pop("leased_until")  # of the server's clock
    known = {name: found[name] for name in _JOB_FIELDS}
    # Counted from the answer on, which is later than the server's beginning by the way of the answer.
    ends_at = time.monotonic() + line.lease_seconds
    return Held(lease=lease, lease_seconds=line.lease_seconds, job=Job(**known), ends_at=ends_at)


_JOB_FIELDS = (
    "key",
    "type",
    "process",
    "instance",
    "case",
    "element",
    "headers",
    "variables",
    "attempt",
    "retries_left",
)


def _done(function: Function, job: Job) -> tuple[str, dict[str, Any]]:
    """Do a job; say how it is answered."""
    try:
        return "complete", {"variables": function(job) or {}}
    except BpmnError as error:
        return "error", {"code": error.code, "message": error.message, "variables": error.variables}
    except JobFailed as failed:
        after = None if failed.retry_after is None else failed.retry_after.total_seconds()
        return "fail", {"message": failed.message, "retries_left": failed.retries_left, "retry_after_seconds": after}
    except Exception as bug:
        log.exception("The job %s of type %s failed", job.key, job.type)
        return "fail", {"message": f"{type(bug).__name__}: {bug}"}
