"""The customer master: a small process behind a REST API, on an SQLite file of its own.

    python -m firstline.demo.systems.master --port 0 --folder FOLDER

`GET /openapi.json` describes it. A change wants `If-Match` with the ETag that was read, and may carry an `Idempotency-Key`:
the second request with the same key gets the answer of the first one and changes nothing.

Off: the connection is closed without a word. Slow: every request waits first, also one whose caller has left meanwhile.
"""

import argparse
import hashlib
import json
import random
import re
import secrets
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from firstline.demo.generate import Customer, World, typo
from firstline.demo.systems import control, processes
from firstline.demo.systems.control import Pace
from firstline.demo.systems.master_openapi import OPENAPI

MAX_BODY = 100_000
ISO3 = {"DE": "DEU", "NL": "NLD", "GB": "GBR"}
_POSTCODES = {
    "DEU": re.compile(r"\d{5}"),
    "NLD": re.compile(r"\d{4} ?[A-Z]{2}"),
    "GBR": re.compile(r"[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}"),
}

SCHEMA = """
CREATE TABLE person (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, number TEXT NOT NULL, email TEXT NOT NULL, phone TEXT NOT NULL, document TEXT NOT NULL
);
CREATE INDEX person_number ON person (number);
CREATE INDEX person_email ON person (email);
CREATE INDEX person_phone ON person (phone);
CREATE TABLE answered (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, etag TEXT NOT NULL, body TEXT NOT NULL
);
"""


def set_up(folder: Path, connections: Path, world: World) -> None:
    path = folder / "master.sqlite"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        rows = (row for customer in world.customers for row in _rows(customer))
        database.executemany("INSERT INTO person VALUES (?, ?, ?, ?, ?, ?)", rows)
    control.write_private(connections / "master.token", secrets.token_urlsafe(24))
    control.write_private(connections / "master.url", f"http://127.0.0.1:{_free_port()}")


def start(folder: Path) -> None:
    """Start the process at the address that was given to it once, so that it is found again after a restart."""
    port = urlsplit((folder / "connections" / "master.url").read_text()).port
    processes.start(folder, "master", "--port", str(port), "--folder", str(folder))


def settle(folder: Path, pace: Pace) -> None:
    """Nothing to do: the process looks at its switch with every request."""


def is_reachable(folder: Path) -> bool:
    address = urlsplit((folder / "connections" / "master.url").read_text())
    if processes.holder(folder / "master.lock") is None or not control.pace(folder, "master").is_on:
        return False
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address.hostname or "", address.port or 0)) == 0


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _rows(customer: Customer) -> Iterator[tuple[str, int, str, str, str, str]]:
    dice = random.Random(f"master:{customer.sequence}")  # noqa: S311 - made-up mistakes
    for place, person_id in enumerate(customer.master_ids):
        document = _document(customer, person_id, dice, is_duplicate=place > 0)
        yield (
            person_id,
            1,
            _digits(document["customerNumber"]),
            document["contact"]["email"].lower(),
            _digits(" ".join(document["contact"]["phones"])),
            json.dumps(document, ensure_ascii=False),
        )


def _document(customer: Customer, person_id: str, dice: random.Random, *, is_duplicate: bool) -> dict[str, Any]:
    family = customer.family_name
    if family and ("master:typo_in_name" in customer.quirks or is_duplicate):
        family = typo(family, dice)
    address = customer.old_address if is_duplicate else customer.address
    has_phone = "master:no_phone" not in customer.quirks and not is_duplicate
    return {
        "personId": person_id,
        "type": "natural" if customer.kind == "person" else "legal",
        "givenName": customer.given_name[:1] + "." if is_duplicate and customer.given_name else customer.given_name,
        "familyName": family,
        "organisationName": customer.organisation,
        "birthDate": customer.born_on.isoformat() if customer.born_on else None,
        "language": {"de": "deu", "nl": "nld", "en": "eng"}[customer.language],
        # The duplicate was made without asking for the number.
        "customerNumber": "" if is_duplicate else f"LW {customer.number[:4]} {customer.number[4:]}",
        "contact": {"email": customer.email, "phones": ["00" + customer.phone[1:]] if has_phone else []},
        "address": {
            "streetLine": f"{customer.address.house_number} {address.street}"
            if address.country == "GB"
            else f"{address.street} {address.house_number}",
            "postalCode": address.postcode,
            "place": address.town,
            "country": ISO3[address.country],
            "validFrom": customer.since.isoformat(),
        },
        "segment": dice.choice(("A", "B", "B", "C")),
        "customerSince": customer.since.isoformat(),
    }


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


class Refusal(Exception):
    """What the API says no to, as problem+json (RFC 9457)."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Master:
    """The master's records."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            yield database
        finally:
            database.close()

    def find(self, wanted: dict[str, list[str]]) -> list[dict[str, Any]]:
        columns: dict[str, Callable[[str], str]] = {
            "number": _digits,
            "email": str.lower,
            "phone": lambda text: "00" + _digits(text),
        }
        given = {name: read(wanted[name][0].strip()) for name, read in columns.items() if wanted.get(name)}
        if not given:
            raise Refusal(HTTPStatus.BAD_REQUEST, "Ask for a number, an email or a phone.")
        where = " AND ".join(f"{name} = ?" for name in given)
        with self._open() as database:
            found = database.execute(f"SELECT document FROM person WHERE {where} LIMIT 20", [*given.values()])  # noqa: S608
            return [json.loads(document) for (document,) in found]

    def read(self, person_id: str) -> tuple[dict[str, Any], str]:
        with self._open() as database:
            return _read(database, person_id)

    def change_address(
        self, person_id: str, address: dict[str, Any], *, if_match: str, key: str, request: str
    ) -> tuple[HTTPStatus, str, str]:
        """Change an address, once per key, in one transaction; returns status, ETag and body."""
        with self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                answer = _answered(database, key, request) or _change(database, person_id, address, if_match)
                if key:
                    database.execute("INSERT OR IGNORE INTO answered VALUES (?, ?, ?, ?, ?)", [key, request, *answer])
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")
            return HTTPStatus(answer[0]), answer[1], answer[2]


def _read(database: sqlite3.Connection, person_id: str) -> tuple[dict[str, Any], str]:
    row = database.execute("SELECT document, version FROM person WHERE id = ?", [person_id]).fetchone()
    if row is None:
        raise Refusal(HTTPStatus.NOT_FOUND, f"There is no person '{person_id}'.")
    return json.loads(row[0]), f'"{row[1]}"'


def _answered(database: sqlite3.Connection, key: str, request: str) -> tuple[int, str, str] | None:
    if not key:
        return None
    row = database.execute("SELECT request, status, etag, body FROM answered WHERE key = ?", [key]).fetchone()
    if row is not None and row[0] != request:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "This Idempotency-Key was used for another request.")
    return None if row is None else (row[1], row[2], row[3])


def _change(
    database: sqlite3.Connection, person_id: str, address: dict[str, Any], if_match: str
) -> tuple[int, str, str]:
    document, etag = _read(database, person_id)
    if not if_match:
        raise Refusal(HTTPStatus.PRECONDITION_REQUIRED, "Say with If-Match which version you change.")
    if if_match != etag:
        raise Refusal(HTTPStatus.PRECONDITION_FAILED, f"Version {if_match} was changed meanwhile; it is {etag} now.")
    document["address"] = _checked(address)
    body = json.dumps(document, ensure_ascii=False)
    database.execute("UPDATE person SET document = ?, version = version + 1 WHERE id = ?", [body, person_id])
    return HTTPStatus.OK.value, _read(database, person_id)[1], body


def _checked(address: dict[str, Any]) -> dict[str, str]:
    fields = ("streetLine", "postalCode", "place", "country", "validFrom")
    for field in fields:
        value = address.get(field)
        if not isinstance(value, str) or not value.strip() or len(value) > 100:
            raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field} is missing or too long.")
    pattern = _POSTCODES.get(address["country"])
    if pattern is None:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"Lindwerk doesn't supply {address['country']}.")
    if not pattern.fullmatch(address["postalCode"]):
        raise Refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, f"{address['postalCode']} is no postcode of {address['country']}."
        )
    return {field: address[field].strip() for field in fields}


class Handler(BaseHTTPRequestHandler):
    server: "MasterServer"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def _answer(self, work: Any) -> None:
        time.sleep(control.pace(self.server.folder, "master").slow_seconds)
        try:
            self._authorise()
            work(urlsplit(self.path))
        except Refusal as refusal:
            problem = {"title": refusal.status.phrase, "status": refusal.status.value, "detail": str(refusal)}
            self._send(refusal.status, json.dumps(problem), kind="application/problem+json")

    def _authorise(self) -> None:
        given = self.headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "The token is missing or wrong.")

    def _get(self, url: Any) -> None:
        match url.path.strip("/").split("/"):
            case ["openapi.json"]:
                self._send(HTTPStatus.OK, json.dumps(OPENAPI))
            case ["persons"]:
                found = self.server.master.find(parse_qs(url.query))
                self._send(HTTPStatus.OK, json.dumps({"items": found}, ensure_ascii=False))
            case ["persons", person_id]:
                document, etag = self.server.master.read(unquote(person_id))
                self._send(HTTPStatus.OK, json.dumps(document, ensure_ascii=False), etag=etag)
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "There is nothing at this address.")

    def _put(self, url: Any) -> None:
        match url.path.strip("/").split("/"):
            case ["persons", person_id, "address"]:
                body = self._body()
                status, etag, answer = self.server.master.change_address(
                    unquote(person_id),
                    body,
                    if_match=self.headers.get("If-Match", ""),
                    key=self.headers.get("Idempotency-Key", ""),
                    request=hashlib.sha256(json.dumps([url.path, body], sort_keys=True).encode()).hexdigest(),
                )
                self._send(status, answer, etag=etag)
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "There is nothing to change at this address.")

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {MAX_BODY} bytes.")
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, "The body is no JSON.") from error
        if not isinstance(body, dict):
            raise Refusal(HTTPStatus.BAD_REQUEST, "The body is no JSON object.")
        return body

    def _send(self, status: HTTPStatus, body: str, *, etag: str = "", kind: str = "application/json") -> None:
        content = body.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if etag:
                self.send_header("ETag", etag)
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the caller has left

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name that the base class gives
        """Write nothing: a log of every request would only fill the disk."""


class MasterServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, folder: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.folder = folder
        self.master = Master(folder / "master.sqlite")
        self.token = (folder / "connections" / "master.token").read_text()

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return control.pace(self.folder, "master").is_on

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave a caller that went away alone."""


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="The customer master of the demo.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args()
    if not processes.hold(options.folder / "master.lock"):
        return
    server = MasterServer(options.port, options.folder)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the demo, which then ends us
    (options.folder / "master.ready").touch()
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
