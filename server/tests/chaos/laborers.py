"""Workers outside, over HTTP: each repeats what got no answer, as any worker must."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2 as httpx

from . import outside

_LEASE_SECONDS = 5
_WAIT_SECONDS = 2
# The worker may say the same again: the server is away, or the instance is suspended.
_AGAIN = frozenset({"suspended"})


@dataclass
class Laborers:
    """Some threads that ask for jobs, call the outside, and say what came of it."""

    url: str
    key: str
    number: int = 2
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

    def _do(self, client: httpx.Client, job: Mapping[str, Any]) -> None:
        said = outside.call(job["key"], job["headers"], job["variables"])
        how, what = _words(said)
        while not self._over.is_set():
            told = self._asked(client, f"leases/{job['lease']}/{how}", what)
            if told.get("reason") not in _AGAIN and told.get("code") not in _AGAIN:
                return
            self._over.wait(0.2)

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
