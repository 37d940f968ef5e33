"""Tryton's JSON-RPC: how one signs in, asks, and what it answers."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx2
from django.utils.translation import gettext_noop

from firstline.sources.connectors.domains import Login
from firstline.sources.connectors.http import UNUSABLE, Answer, HttpClient, check_status, json_of
from firstline.sources.ports import SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.values import clean_text

# A model or a field that it doesn't have is no more than a key that is missing to it.
_FAILED = gettext_noop("it failed, perhaps because it has no such model or field: %(words)s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What Tryton gave us when we signed in."""

    header: str


class Caller:
    """Asks one database."""

    def __init__(self, login: Login, *, concurrency: int, transport: "httpx2.BaseTransport | None") -> None:
        self._login = login
        # Tryton compresses longer answers whether it is asked to or not.
        self._http = HttpClient(login.http, concurrency=concurrency, takes_gzip=True, transport=transport)

    def sign_in(self, until: float) -> Session:
        """Open a session.

        Raises: SourceDown when we aren't let in.
        """
        user = self._login.user.read()
        answer = self._post("common.db.login", [user, {"password": self._login.password.read()}], {}, until)
        if answer.status in (401, 403):
            raise SourceDown(gettext_noop("it doesn't accept our access data"))
        found = _result(answer)
        if not isinstance(found, list) or len(found) < 2:
            raise SourceDown(gettext_noop("it doesn't accept our access data"))
        pair = f"{user}:{found[0]}:{found[1]}"
        return Session(header=f"Session {base64.b64encode(pair.encode()).decode()}")

    def call(
        self,
        method: str,
        arguments: list[Any],
        *,
        until: float,
        session: Callable[[float], Session],
        again: Callable[[float], Session],
    ) -> Any:
        """Ask in a session; once more in a new one where it has ended.

        Raises: SourceDown, SourceLate, SourceRefused, SourceChanged.
        """
        answer = self._post(method, arguments, {"Authorization": session(until).header}, until)
        if answer.status in (401, 403):
            answer = self._post(method, arguments, {"Authorization": again(until).header}, until)
        return _result(answer)

    def rows(self, found: Any) -> list[dict[str, Any]]:
        """Take what was found as rows."""
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise SourceRefused(UNUSABLE)
        return [typed_out(row) for row in found]

    def close(self) -> None:
        self._http.close()

    def _post(self, method: str, arguments: list[Any], headers: Mapping[str, str], until: float) -> Answer:
        left = until - time.monotonic()
        if left <= 0:
            raise SourceLate(gettext_noop("it didn't answer in time"))
        return self._http.send(
            "POST",
            f"/{self._login.database}/rpc/",
            headers=headers,
            body={"id": 1, "method": method, "params": arguments},
            seconds=left,
        )


def _result(answer: Answer) -> Any:
    check_status(answer)
    content = json_of(answer)
    if isinstance(content, dict) and "error" in content:
        raise _refusal(content["error"])
    return content.get("result") if isinstance(content, dict) and "result" in content else content


def _refusal(error: Any) -> SourceRefused | SourceChanged:
    """Find what Tryton says: [kind, [words, description, ...]]; of a mistake of its own [words, traceback]."""
    kind, *rest = error if isinstance(error, list) and error else ["", ""]
    if kind == "ConcurrencyException":
        return SourceChanged("the record has another _timestamp")
    words = rest[0] if rest else ""
    if kind in ("UserError", "UserWarning") and isinstance(words, list):
        # A warning begins with its name.
        told = words[1:] if kind == "UserWarning" else words
        return SourceRefused(
            clean_text(" ".join(str(one) for one in told if isinstance(one, str) and one)) or str(kind)
        )
    return SourceRefused(_FAILED, words=clean_text(str(kind))) if kind else SourceRefused(gettext_noop("it failed"))


def typed_in(value: Any) -> Any:
    """Write a value as Tryton does."""
    value = getattr(value, "amount", value)
    if isinstance(value, Mapping):
        return {name: typed_in(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [typed_in(one) for one in value]
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(value, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    return value


def typed_out(value: Any) -> Any:
    """Read what Tryton writes."""
    if isinstance(value, list):
        return [typed_out(one) for one in value]
    if not isinstance(value, dict):
        return value
    try:
        match value.get("__class__"):
            case "Decimal":
                return Decimal(str(value["decimal"]))
            case "date":
                return date(value["year"], value["month"], value["day"])
            case "datetime":
                return datetime(*(value[name] for name in ("year", "month", "day", "hour", "minute", "second")))  # noqa: DTZ001 -- Tryton's moments name no zone
            case "bytes":
                return None
    except (KeyError, TypeError, ValueError, InvalidOperation):
        return None
    return {name: typed_out(one) for name, one in value.items()}
