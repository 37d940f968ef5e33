"""A real Tryton for tests, with a customer, a sale and its posted invoice. `make erp` installs and fills it; here it is started."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from firstline.sources.connectors.tryton.rpc import typed_out
from tests.conftest import free_port
from tests.sources.connectors.servers import stop, wait_for

# Where `make erp` has put it.
HOME = os.environ.get("FIRSTLINE_ERP", "")


class Erp:
    database = "erp"

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.password = (home / "password").read_text().strip()
        self.known: dict[str, Any] = json.loads((home / "known.json").read_text())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._session: tuple[str, str] | None = None
        # What was filled once is copied for each run.
        (folder / "db").mkdir()
        shutil.copy(home / "db" / "erp.sqlite", folder / "db" / "erp.sqlite")
        (folder / "trytond.conf").write_text(
            f"[database]\nuri = sqlite://\npath = {folder / 'db'}\nlanguage = en\n[web]\nlisten = 127.0.0.1:{self.port}\n"
        )

    def turn_on(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.home / "venv/bin/trytond", "-c", self.folder / "trytond.conf", "-d", self.database],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self.answers, "Tryton")

    def turn_off(self) -> None:
        if self.process is not None:
            stop(self.process)

    def answers(self) -> bool:
        try:
            question = {"id": 0, "method": "common.server.version", "params": []}
            return httpx2.post(f"{self.url}/rpc/", json=question, timeout=60, trust_env=False).status_code == 200
        except httpx2.TransportError:
            return False

    def ask(self, method: str, *arguments: Any) -> Any:
        """Ask as its own clients do, not through the connector."""
        if self._session is None:
            user, token, *_ = self._post("common.db.login", ["admin", {"password": self.password}, "en"], None)
            self._session = (f"{user}", token)
        return typed_out(self._post(method, [*arguments, {"company": self.known["company"]}], self._session))

    def _post(self, method: str, params: list[Any], session: tuple[str, str] | None) -> Any:
        import base64

        given = base64.b64encode(f"admin:{':'.join(session)}".encode()).decode() if session else ""
        answer = httpx2.post(
            f"{self.url}/{self.database}/rpc/",
            json={"id": 1, "method": method, "params": params},
            headers={"Authorization": f"Session {given}"} if session else {},
            timeout=120,
            trust_env=False,
        )
        content = answer.raise_for_status().json()
        if isinstance(content, dict) and "error" in content:
            raise RuntimeError(content["error"])
        return content["result"] if isinstance(content, dict) and "result" in content else content

    @contextmanager
    def asleep(self) -> Iterator[None]:
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def erp_server(folder: Path) -> Iterator[Erp]:
    """Start it on a copy of what was filled; skip where it isn't installed."""
    if not HOME:
        pytest.skip("Tryton isn't installed; 'make erp' installs it, fills it and runs these tests")
    made = Erp(Path(HOME), folder)
    try:
        yield made
    finally:
        made.turn_off()
