"""The connector to REST APIs that speak JSON.

One host only: the one of the base address, or those of `allow`. Redirects aren't followed, proxies of the environment aren't used,
TLS is verified, compressed answers are refused (they may unfold without bound), size and time are limited.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, NoReturn
from urllib.parse import quote

import httpx2
from django.utils.translation import gettext_noop

from firstline.crashpoints import crash_point
from firstline.sources.adapters.secrets import Reference, parse_reference
from firstline.sources.ports import Guarantee, Row, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.parts import Part
from firstline.sources.rules.templates import fill_content, names_in
from firstline.sources.rules.values import Hostile, bounded, clean_text, value_at

MAX_ANSWER_BYTES = 1_000_000
CONNECT_SECONDS = 3.0
METHODS = ("PUT", "POST", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestConnection:
    base_url: Reference
    token: Reference | None
    allow: tuple[str, ...]
    key_header: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request; places such as {customer} are filled, in the path percent-encoded."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    rows: str
    missing_is_empty: bool


class RestParser:
    """What a definition says to this connector."""

    def connection(self, part: Part) -> RestConnection:
        return RestConnection(
            base_url=parse_reference(part, "base_url"),
            token=parse_reference(part, "token") if part.has("token") else None,
            allow=part.strings("allow"),
            key_header=part.text("key_header", ""),
        )

    def read(self, part: Part, names: frozenset[str]) -> Call:
        return _call(part, names, method="GET", body=None, rows=part.text("rows", ""))

    def write(self, part: Part, names: frozenset[str]) -> Call:
        return _call(part, names, method=part.choice("method", METHODS), body=part.raw("body"), rows="")


def _call(part: Part, names: frozenset[str], *, method: str, body: object, rows: str) -> Call:
    call = Call(
        method=method,
        path=part.text("path"),
        query=part.raw("query", {}) or {},
        headers=part.raw("headers", {}) or {},
        body=body,
        rows=rows,
        missing_is_empty=part.boolean("missing_is_empty", default=True),
    )
    if not call.path.startswith("/"):
        part.problem("path", "bad-path", "The path begins with '/' and names no host.")
    for key, content in (("path", call.path), ("query", call.query), ("headers", call.headers), ("body", call.body)):
        for name in sorted(names_in(content) - names):
            known = ", ".join(f"{{{one}}}" for one in sorted(names))
            part.problem(key, "unknown-name", f"'{{{name}}}' is unknown here; known are {known}.")
    return call


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    status: int
    headers: "httpx2.Headers"
    content: bytes


class RestConnector:
    """One API."""

    def __init__(
        self, connection: RestConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._settings = connection
        self._concurrency = concurrency
        self._transport = transport
        self._lock = Lock()
        self._client: httpx2.Client | None = None
        self.guarantee: Guarantee = "exactly-once" if connection.key_header else "verified"

    def read(self, read: Call, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        answer = self._send(read, parameters, {}, seconds)
        if answer.status in (404, 410) and read.missing_is_empty:
            return []
        if answer.status >= 300:
            _refuse(answer)
        content = _parsed(answer)
        found = value_at(content, read.rows) if read.rows else content
        rows = found if isinstance(found, list) else [found] if found is not None else []
        if not all(isinstance(row, dict) for row in rows):
            raise SourceRefused(gettext_noop("its answer can't be used: rows are expected and something else came"))
        etag = answer.headers.get("ETag")
        return [{**row, "@etag": clean_text(etag)} if etag else row for row in rows[:limit]]

    def write(self, write: Call, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            # A key per record: the target knows nothing of several at once.
            own_key = f"{key}:{record.get('record', '')}"
            headers = {self._settings.key_header: own_key} if self._settings.key_header else {}
            crash_point("sources.rest.before_send")
            answer = self._send(write, {**record, "key": own_key}, headers, until - time.monotonic())
            crash_point("sources.rest.after_answer")
            if answer.status in (409, 412):
                raise SourceChanged(_said(answer))
            if answer.status >= 300:
                _refuse(answer)

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _send(self, call: Call, parameters: Mapping[str, Any], headers: Mapping[str, str], seconds: float) -> _Answer:
        values = {name: _plain(value) for name, value in parameters.items()}
        path = fill_content(
            call.path, {name: quote("" if value is None else str(value), safe="") for name, value in values.items()}
        )
        with _own_errors():
            client = self._client_of()
            request = client.build_request(
                call.method,
                str(path),
                params=_present(fill_content(call.query, values)),
                headers={**_headers(fill_content(call.headers, values)), **headers},
                json=fill_content(call.body, values) if call.body is not None else None,
                timeout=httpx2.Timeout(max(0.05, seconds), connect=min(CONNECT_SECONDS, max(0.05, seconds))),
            )
            self._check_host(request.url.host, client.base_url.host)
            return _received(client, request, time.monotonic() + seconds)

    def _check_host(self, host: str, own: str) -> None:
        if host not in (self._settings.allow or (own,)):
            raise SourceRefused(f"the address {clean_text(host)} isn't on its list of allowed hosts")

    def _client_of(self) -> "httpx2.Client":
        with self._lock:
            if self._client is None:
                headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Firstline"}
                if self._settings.token is not None:
                    headers["Authorization"] = f"Bearer {self._settings.token.read()}"
                self._client = httpx2.Client(
                    base_url=self._settings.base_url.read(),
                    headers=headers,
                    follow_redirects=False,
                    trust_env=False,
                    limits=httpx2.Limits(max_connections=self._concurrency + 2),
                    transport=self._transport,
                )
            return self._client


def _received(client: "httpx2.Client", request: "httpx2.Request", until: float) -> _Answer:
    answer = client.send(request, stream=True)
    try:
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceRefused(
                gettext_noop("its answer can't be used: it is compressed although we asked it not to be")
            )
        content = bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise SourceRefused(f"its answer can't be used: it is larger than {MAX_ANSWER_BYTES} bytes")
            if time.monotonic() > until:
                raise SourceLate(gettext_noop("it didn't finish its answer in time"))
        return _Answer(status=answer.status_code, headers=answer.headers, content=bytes(content))
    finally:
        answer.close()


def _parsed(answer: _Answer) -> Any:
    try:
        return bounded(json.loads(answer.content, parse_float=Decimal, parse_constant=lambda _: None))
    except Hostile as error:
        raise SourceRefused(f"its answer can't be used: {error}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise SourceRefused(gettext_noop("its answer can't be used: it is no JSON, or too deep")) from None


def _refuse(answer: _Answer) -> NoReturn:
    if answer.status == 401:
        raise SourceDown(gettext_noop("it doesn't accept our access data"))
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise SourceDown(f"it answered {answer.status}")
    raise SourceRefused(_said(answer))


def _said(answer: _Answer) -> str:
    """Find what the API said in words (RFC 9457), or just its status."""
    try:
        content = json.loads(answer.content)
    except (ValueError, RecursionError):
        content = None
    words = content.get("detail") or content.get("title") if isinstance(content, dict) else None
    return clean_text(words) if isinstance(words, str) and words else f"it answered {answer.status}"


def _plain(value: Any) -> Any:
    value = getattr(value, "amount", value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _present(query: Any) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _headers(headers: Any) -> dict[str, str]:
    # A line break in a value would begin a header of its own.
    return {name: "".join(str(value).splitlines()) for name, value in headers.items() if value is not None}


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except httpx2.TimeoutException:
        raise SourceLate(gettext_noop("it didn't answer in time")) from None
    except (httpx2.TransportError, httpx2.StreamError):
        raise SourceDown(gettext_noop("it can't be reached")) from None
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused(f"the request can't be made ({type(error).__name__})") from None
