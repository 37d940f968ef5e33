"""The API of two systems, each on an SQLite file: `crm` remembers the key of every write, `erp` knows only the version of a record.

python -m tests.chaos.targets.api PORT      # with the folder of the systems in the environment
"""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.chaos.targets.stores import opened_file

_READ = "SELECT street, version, is_closed FROM account WHERE record = ?"
_WRITE = "UPDATE account SET street = ?, version = version + 1, written_by = ? WHERE record = ? AND version = ?"


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer in one piece: in two the second waits for the first to be acknowledged.
    wbufsize = -1

    def do_GET(self) -> None:
        system, record = self._place()
        with closing(opened_file(system)) as file:
            found = file.execute(_READ, (record,)).fetchone()
        if found is None:
            return self._answer(404, {})
        return self._answer(200, {"record": record, "street": found[0]}, etag=found[1])

    def do_PUT(self) -> None:
        system, record = self._place()
        wanted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(*_write(system, record, wanted, int(self.headers["If-Match"]), self.headers["Idempotency-Key"]))

    def _place(self) -> tuple[str, str]:
        _, system, record = self.path.split("/", 2)
        return system, unquote(record)

    def _answer(self, status: int, content: dict[str, Any], *, etag: int | None = None) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag is not None:
            self.send_header("ETag", str(etag))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


def _write(
    system: str, record: str, wanted: dict[str, Any], version: int, key: str | None
) -> tuple[int, dict[str, Any]]:
    with closing(opened_file(system)) as file:
        file.execute("BEGIN IMMEDIATE")
        if key and not file.execute("INSERT INTO written_key VALUES (?) ON CONFLICT DO NOTHING", (key,)).rowcount:
            return 200, {}
        _street, now, is_closed = file.execute(_READ, (record,)).fetchone()
        if is_closed:
            return 422, {"detail": "The account is closed."}
        if now != version:
            return 412, {"detail": "It has another version."}
        file.execute(_WRITE, (wanted["street"], wanted["by"], record, version))
        file.execute("COMMIT")
        return 200, {}


class Server(ThreadingHTTPServer):
    daemon_threads = True


@contextmanager
def serving() -> Iterator[str]:
    """Serve in this process; gives the address."""
    with Server(("127.0.0.1", 0), Api) as server:
        # A process that ends without a word doesn't wait for it.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1])), Api) as forever:
        forever.serve_forever()
