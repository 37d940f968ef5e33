"""One careful HTTP client for all connectors that speak it.

One host only: the one of the base address, or those of `allow`. Redirects aren't followed, proxies of the environment aren't used,
TLS is verified, size and time are limited; compressed answers (they may unfold without bound) are refused, or unfolded no further
than the limit.
"""

import base64
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx2
from django.utils.translation import gettext_noop

from firstline.definitions import Part
from firstline.sources.connectors.secrets import Reference, parse_reference
from firstline.sources.ports import (
    ANSWERED,
    CANT_ASK,
    CANT_USE,
    TOO_LARGE,
    UNREACHABLE,
    UNTRUSTED,
    SourceDown,
    SourceLate,
    SourceRefused,
)
from firstline.sources.rules.values import Hostile, bounded, clean_text

MAX_ANSWER_BYTES = 1_000_000
CONNECT_SECONDS = 3.0
_NOT_ALLOWED = gettext_noop("the address %(host)s isn't on its list of allowed hosts")
UNUSABLE = gettext_noop("its answer can't be used: rows are expected and something else came")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConnection:
    """Where an API is, how one signs in there, and which hosts may be asked (only that of the address, unless said)."""

    base_url: Reference
    token: Reference | None = None
    user: Reference | None = None
    password: Reference | None = None
    allow: tuple[str, ...] = ()


def parse_http(part: Part) -> HttpConnection:
    """Read what every definition of an API says about its connection."""
    found = HttpConnection(
        base_url=parse_reference(part, "base_url"),
        token=parse_reference(part, "token") if part.has("token") else None,
        user=parse_reference(part, "user") if part.has("user") else None,
        password=parse_reference(part, "password") if part.has("password") else None,
        allow=part.strings("allow"),
    )
    if (found.user is None) != (found.password is None):
        part.problem("user", "half", "'user' and 'password' belong together.")
    if found.token is not None and found.user is not None:
        part.problem("token", "twice", "Sign in by 'token', or by 'user' and 'password', not by both.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: "httpx2.Headers"
    content: bytes


class HttpClient:
    """The way to one API; its secrets are read at each use, so that new ones count at once."""

    def __init__(
        self,
        connection: HttpConnection,
        *,
        concurrency: int,
        accept: str = "application/json",
        takes_gzip: bool = False,
        transport: "httpx2.BaseTransport | None" = None,
    ) -> None:
        self._settings = connection
        self._encodings = ("gzip", "identity") if takes_gzip else ("identity",)
        self._concurrency = concurrency
        self._accept = accept
        self._transport = transport
        self._lock = Lock()
        self._client: httpx2.Client | None = None
        # What the client was opened with, and those that were opened with something else: others may still be at them.
        self._opened_with: tuple[str, dict[str, str]] | None = None
        self._outdated: list[httpx2.Client] = []

    def send(
        self,
        method: str,
        path: str,
        *,
        seconds: float,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content: bytes | None = None,
        most: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """Ask and give the whole answer, of at most `most` bytes; `path` is below the base address, `body` is sent as JSON.

        Raises: SourceDown, SourceLate, SourceRefused.
        """
        with _own_errors():
            client = self._client_of()
            request = client.build_request(
                method,
                path,
                params=query,
                headers=headers,
                json=body,
                content=content,
                timeout=httpx2.Timeout(max(0.05, seconds), connect=min(CONNECT_SECONDS, max(0.05, seconds))),
            )
            self._check_host(request.url, client.base_url)
            return _received(client, request, time.monotonic() + seconds, self._encodings, most)

    def base_url(self) -> str:
        """Give the address that all paths are below."""
        return str(self._client_of().base_url)

    def close(self) -> None:
        """Let go of connections; the next question opens them again."""
        with self._lock:
            for one in [*self._outdated, *([self._client] if self._client else [])]:
                one.close()
            self._client, self._outdated = None, []

    def _check_host(self, asked: "httpx2.URL", own: "httpx2.URL") -> None:
        if asked.host not in (self._settings.allow or (own.host,)):
            raise SourceRefused(_NOT_ALLOWED, host=clean_text(asked.host))
        # An answer that names another address must not take our access data to another port or in the open.
        if (asked.scheme, asked.port) != (own.scheme, own.port):
            raise SourceRefused(gettext_noop("it leads to another port, or away from encryption"))

    def _client_of(self) -> "httpx2.Client":
        address, signed_in = opened_with = self._settings.base_url.read(), self._signed_in()
        with self._lock:
            if self._client is not None and self._opened_with != opened_with:
                self._outdated.append(self._client)
                self._client = None
            if self._client is None:
                if urlsplit(address).scheme not in ("http", "https"):
                    raise SourceRefused(gettext_noop("its address begins with neither http:// nor https://"))
                self._client = httpx2.Client(
                    base_url=address,
                    headers={
                        "Accept": self._accept,
                        "Accept-Encoding": ", ".join(self._encodings),
                        "User-Agent": "Firstline",
                        **signed_in,
                    },
                    follow_redirects=False,
                    trust_env=False,
                    limits=httpx2.Limits(max_connections=self._concurrency + 2),
                    transport=self._transport,
                )
                self._opened_with = opened_with
            return self._client

    def _signed_in(self) -> dict[str, str]:
        settings = self._settings
        if settings.token is not None:
            return {"Authorization": f"Bearer {settings.token.read()}"}
        if settings.user is not None and settings.password is not None:
            pair = f"{settings.user.read()}:{settings.password.read()}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}


def _received(
    client: "httpx2.Client", request: "httpx2.Request", until: float, encodings: tuple[str, ...], most: int
) -> Answer:
    answer = client.send(request, stream=True)
    try:
        encoding = answer.headers.get("Content-Encoding", "identity")
        if encoding not in encodings:
            raise SourceRefused(
                gettext_noop("its answer can't be used: it is compressed although we asked it not to be")
            )
        content = bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > most:
                raise SourceRefused(TOO_LARGE, most=most)
            if time.monotonic() > until:
                raise SourceLate(gettext_noop("it didn't finish its answer in time"))
        whole = _unfolded(bytes(content), most) if encoding == "gzip" else bytes(content)
        return Answer(status=answer.status_code, headers=answer.headers, content=whole)
    finally:
        answer.close()


def _unfolded(content: bytes, most: int) -> bytes:
    """Decompress, no further than we would read."""
    unfold = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        whole = unfold.decompress(content, most + 1)
    except zlib.error:
        raise SourceRefused(gettext_noop("its answer can't be used: it is broken off, or not compressed")) from None
    if len(whole) > most:
        raise SourceRefused(TOO_LARGE, most=most)
    return whole


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except httpx2.TimeoutException:
        raise SourceLate(gettext_noop("it didn't answer in time")) from None
    except (httpx2.TransportError, httpx2.StreamError) as error:
        raise SourceDown(UNTRUSTED if "CERTIFICATE_VERIFY_FAILED" in str(error) else UNREACHABLE) from None
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise SourceRefused(CANT_ASK, reason=type(error).__name__) from None


def json_of(answer: Answer) -> Any:
    """Read the answer as JSON, within our bounds.

    Raises: SourceRefused.
    """
    try:
        return bounded(json.loads(answer.content, parse_float=Decimal, parse_constant=lambda _: None))
    except Hostile as error:
        raise SourceRefused(CANT_USE, reason=str(error)) from None
    except (ValueError, ArithmeticError, RecursionError):
        raise SourceRefused(gettext_noop("its answer can't be used: it is no JSON, or too deep")) from None


def rows_of(found: Any) -> list[dict[str, Any]]:
    """Take what was found in an answer as rows.

    Raises: SourceRefused when it is none.
    """
    rows = found if isinstance(found, list) else [found] if found is not None else []
    if not all(isinstance(row, dict) for row in rows):
        raise SourceRefused(UNUSABLE)
    return rows


Words = Callable[[Any], object]


def check_status(answer: Answer, *, words: Words | None = None) -> None:
    """Go on when the API did what was asked; `words` finds in the body of a refusal what it said.

    Raises: SourceDown when it may later, SourceRefused with what it said.
    """
    if answer.status < 300:
        return
    if answer.status == 401:
        raise SourceDown(gettext_noop("it doesn't accept our access data"))
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise SourceDown(ANSWERED, status=answer.status)
    refuse(answer, words=words)


def refuse(answer: Answer, *, words: Words | None = None) -> NoReturn:
    """Raise SourceRefused with what the API said, or just its status."""
    found = said(answer, words=words)
    raise SourceRefused(found) if found else SourceRefused(ANSWERED, status=answer.status)


def said(answer: Answer, *, words: Words | None = None) -> str:
    """Find what the API said in words (as RFC 9457 has it, unless `words` knows better); '' when it didn't."""
    try:
        content = json.loads(answer.content)
        found = (words or _problem_words)(content)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        found = None
    return clean_text(found) if isinstance(found, str) else ""


def _problem_words(content: Any) -> object:
    return content.get("detail") or content.get("title")


def json_value(value: Any) -> Any:
    """Make of one of our values what JSON knows."""
    value = getattr(value, "amount", value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
