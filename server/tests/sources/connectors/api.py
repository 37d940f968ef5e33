"""A small HTTP server for tests, which can also answer as badly as one likes, and the contract of all connectors that speak HTTP."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from firstline.sources.connectors.http import MAX_ANSWER_BYTES
from firstline.sources.ports import Connector, SourceDown, SourceLate, SourceRefused
from tests.sources.connectors.contract import MEMBERS, SECONDS, SECRET, ConnectorContract, Target


class Api(BaseHTTPRequestHandler):
    """One request; subclasses answer in `ask`, unless a test wants another answer."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def ask(self, store: dict[str, Any], body: bytes) -> None:
        raise NotImplementedError

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.server.is_awake.is_set():
            self.server.is_awake.wait(60)
            self.close_connection = True
            return
        self.server.asked.append(f"{self.command} {self.path}")
        if self.server.special is not None:
            self.server.special(self)
        else:
            self.ask(self.server.store, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_MERGE = do_DELETE = _any  # noqa: N815 -- named by http.server

    def answer(self, status: int, body: Any = "", **headers: str) -> None:
        content = body if isinstance(body, bytes) else (body if isinstance(body, str) else as_json(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def as_json(value: Any) -> str:
    return json.dumps(value, default=lambda one: float(one) if isinstance(one, Decimal) else str(one))


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, api: type[Api], store: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), api)
        self.store = store
        self.special: Callable[[Api], None] | None = None
        self.asked: list[str] = []
        self.is_awake = threading.Event()
        self.is_awake.set()
        self.is_off = False
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *arguments: Any) -> None:
        """A client that goes away in the middle is what these tests are about."""

    def turn_off(self) -> None:
        if not self.is_off:
            self.is_off = True
            self.shutdown()
            self.server_close()


class HttpTarget(Target):
    api: type[Api]
    # Below the server's address.
    base = ""

    def __init__(self, folder: Path, **more: Any) -> None:
        super().__init__(folder)
        self.members = {
            number: {"id": number, "name": name, "due": Decimal(due), "version": version}
            for number, name, due, version in MEMBERS
        }
        self.server = Server(self.api, {"members": self.members, "keys": set()})
        self.more = more
        self.connector = self.opened(self.connection(**more))

    def connection(self, **more: Any) -> dict[str, Any]:
        return {
            "base_url": self.secret_file("url", self.server.url + self.base),
            "token": self.secret_file("token", SECRET),
            **more,
        }

    def names(self) -> dict[int, str]:
        return {number: one["name"] for number, one in self.members.items()}

    def rename(self, number: int, name: str) -> None:
        self.members[number]["name"] = name

    def writes(self) -> int:
        return sum(one["version"] - 1 for one in self.members.values())

    def turn_off(self) -> None:
        self.connector.close()
        self.server.turn_off()

    @contextmanager
    def _asleep(self) -> Iterator[None]:
        self.server.is_awake.clear()
        try:
            yield
        finally:
            self.server.is_awake.set()

    def stalled(self) -> AbstractContextManager[None]:
        return self._asleep()

    def elsewhere(self) -> Connector:
        return self.opened(self.connection(allow=["api.example.com"], **self.more))

    def close(self) -> None:
        self.connector.close()
        self.server.turn_off()


class HttpContract(ConnectorContract):
    """What every connector that speaks HTTP must stand, besides the contract."""

    # Whether a refusal by the API's own rules comes with status 200, as in JSON-RPC.
    def bad(self, target: Any, answer: Callable[[Any], None]) -> list[dict[str, Any]]:
        """Ask while the API answers everything as `answer` does; what is told or kept of it at sign-in stays."""
        self.read(target, 1)
        target.server.special = answer
        rows: list[dict[str, Any]] = target.connector.read(
            target.read_one, {"customer": "1"}, limit=10, seconds=SECONDS
        )
        return rows

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            ("x" * (MAX_ANSWER_BYTES + 1), {}),
            ("[" * 100_000, {}),
            ('{"a":' * 300 + "1" + "}" * 300, {}),
            ("<a>" * 5_000 + "</a>" * 5_000, {}),
            ("no answer at all", {}),
            ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', {}),
            ('{"a": 1' + "0" * 5_000 + "}", {}),
            ("[1, 2, 3]", {}),
            ("{}", {"Content_Encoding": "gzip"}),
        ],
        ids=["huge", "deep", "nested", "deep-xml", "no-answer", "entity", "long-number", "no-rows", "compressed"],
    )
    def test_a_hostile_answer_is_refused(self, target: Any, body: str, headers: dict[str, str]) -> None:
        with pytest.raises(SourceRefused, match="can't be used"):
            self.bad(target, lambda api: api.answer(200, body, **headers))

    def test_a_redirect_is_not_followed(self, target: Any) -> None:
        with pytest.raises(SourceRefused, match="302"):
            self.bad(target, lambda api: api.answer(302, "{}", Location="/elsewhere"))
        assert not any("elsewhere" in one for one in target.server.asked)

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_an_api_in_trouble_is_down_and_not_refusing(self, target: Any, status: int) -> None:
        with pytest.raises(SourceDown):
            self.bad(target, lambda api: api.answer(status, "{}"))

    def test_an_answer_that_drips_is_ended(self, target: Any) -> None:
        is_over = threading.Event()

        def drip(api: Api) -> None:
            api.send_response(200)
            api.end_headers()
            api.close_connection = True
            while not is_over.is_set():
                api.wfile.write(b" ")
                api.wfile.flush()
                time.sleep(0.02)

        self.read(target, 1)
        target.server.special = drip
        try:
            with pytest.raises(SourceLate):
                target.connector.read(target.read_one, {"customer": "1"}, limit=10, seconds=0.3)
        finally:
            is_over.set()

    def test_its_access_data_go_with_every_question(self, target: Any) -> None:
        seen: list[str] = []

        def look(api: Api) -> None:
            seen.append(str(api.headers.get("Authorization", "")))
            api.answer(503)

        with pytest.raises(SourceDown):
            self.bad(target, look)
        assert seen
        assert self.is_signed_in(seen[0])

    def is_signed_in(self, header: str) -> bool:
        return header == f"Bearer {SECRET}"
