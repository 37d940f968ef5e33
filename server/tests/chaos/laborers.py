"""Workers outside, over HTTP: each repeats what got no answer, as any worker must."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2 as httpx

from . import outside

_LEASE_SECONDS = 5
_WAIT_SECONDS = 2


@dataclass
class Laborers:
    """Some threads that ask for jobs, call the outside, and say what came of it."""

    url: str
    key: str
    number: int = 2
    # What shouldn't have been.
    wrong: Counter[str] = field(default_factory=Counter)
    # The answers of workers that come back late, by the key of their jobs: when, and what.
    _late: dict[str, tuple[float, str, outside.Answer]] = field(default_factory=dict)
    _told_late: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._work, args=(f"w{n}",)) for n in range(self.number)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, name: str) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        wanted = {
            "types": ["outside"], "worker": name, "max_jobs": 3, "lease_seconds": _LEASE_SECONDS, "wait_seconds": _WAIT_SECONDS,
        }  # fmt: skip
        with httpx.Client(base_url=f"{self.url}/api/v1/", headers=headers, timeout=20, trust_env=False) as client:
            while not self._over.is_set():
                answer = self._asked(client, "jobs/activate", wanted)
                for job in answer.get("jobs", ()):
                    self._do(client, job)
                self._come_back_late(client)

    def _do(self, client: httpx.Client, job: Mapping[str, Any]) -> None:
        key, lease, headers = job["key"], job["lease"], job["headers"]
        said = outside.call(key, headers, job["variables"])
        if "late" in headers and key not in self._late:
            self._late[key] = (time.monotonic() + _LEASE_SECONDS, lease, said)
            return
        if "slow" in headers:
            self._asked(client, f"leases/{lease}/extend", {"lease_seconds": _LEASE_SECONDS})
        self._tell(client, lease, said)

    def _come_back_late(self, client: httpx.Client) -> None:
        """Say what workers whose leases are over have to say; nobody may take it."""
        for at, lease, said in list(self._late.values()):
            if time.monotonic() > at and lease not in self._told_late and not self._over.is_set():
                self._told_late.add(lease)
                if "state" in self._tell(client, lease, said):
                    self.wrong["the answer of a late worker was taken"] += 1

    def _tell(self, client: httpx.Client, lease: str, said: outside.Answer) -> Mapping[str, Any]:
        how, what = _words(said)
        return self._asked(client, f"leases/{lease}/{how}", what)

    def _asked(self, client: httpx.Client, address: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask until there is an answer, be it a refusal."""
        while not self._over.is_set():
            try:
                answer = client.post(address, json=what)
            except httpx.TransportError:
                self._over.wait(0.1)
                continue
            if answer.status_code < 500:
                told: Mapping[str, Any] = answer.json()
                return told
            self._over.wait(0.1)
        return {}


def _words(answer: outside.Answer) -> tuple[str, dict[str, Any]]:
    if answer.refusal:
        return "error", {"code": answer.refusal}
    if answer.failure:
        left = {} if answer.may_pass else {"retries_left": 0}
        return "fail", {"message": answer.failure, "retry_after_seconds": 0.1, **left}
    return "complete", {"variables": dict(answer.gives)}
