"""The connector to Odoo.

Odoo can't compare and write in one step: with a version, the record is read just before, and the write is left out when it has
another. What happens in that moment is found by reading again afterwards (`verified`).
"""

import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import httpx2
from django.utils.translation import gettext_noop

from firstline.crashpoints import crash_point
from firstline.sources.connectors.domains import record_id
from firstline.sources.connectors.http import UNUSABLE, HttpClient, check_status, json_of, json_value
from firstline.sources.connectors.odoo.definition import Action, OdooConnection, Question
from firstline.sources.ports import Guarantee, Row, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import clean_text

# What Odoo calls errors that mean: we aren't let in.
_NOT_LET_IN = ("odoo.exceptions.AccessDenied", "odoo.http.SessionExpiredException")
_FOR_NOW = ("psycopg2.errors.SerializationFailure", "psycopg2.OperationalError", "odoo.exceptions.ConcurrencyError")


class OdooConnector:
    """One database of one server."""

    guarantee: Guarantee = "verified"

    def __init__(
        self, connection: OdooConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._login = connection.login
        self._context = connection.context
        self._http = HttpClient(connection.login.http, concurrency=concurrency, transport=transport)
        self._lock = Lock()
        # By which name we signed in, and as which number.
        self._user: tuple[str, int] | None = None

    def read(self, read: Question, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        records = read.records
        options = {"fields": ["id", *records.fields], "limit": limit, "order": ", ".join(map(" ".join, records.order))}
        given = {name: value for name, value in options.items() if value}
        domain = [[field, operator, _plain(value)] for field, operator, value in records.domain(parameters)]
        found = self._execute(records.model, "search_read", [domain], given, time.monotonic() + seconds)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise SourceRefused(UNUSABLE)
        return [
            {name: None if value is False and name not in read.booleans else value for name, value in row.items()}
            for row in found[:limit]
        ]

    def write(self, write: Action, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            number = record_id(record)
            values = {name: _plain(fill_content(one, {**record, "key": key})) for name, one in write.values.items()}
            if record.get("version"):
                self._check_version(write, number, str(record["version"]), until)
            crash_point("sources.odoo.before_send")
            more = [values] if write.method == "write" else []
            self._execute(write.model, write.method, [[number], *more], {}, until)
            crash_point("sources.odoo.after_answer")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        self._http.close()
        with self._lock:
            self._user = None

    def _check_version(self, write: Action, number: int, version: str, until: float) -> None:
        found = self._execute(write.model, "read", [[number]], {"fields": [write.version_field]}, until)
        now = found[0].get(write.version_field) if isinstance(found, list) and found else None
        if str(now) != version:
            raise SourceChanged(f"the record has another {write.version_field}")

    def _execute(self, model: str, method: str, arguments: list[Any], options: Mapping[str, Any], until: float) -> Any:
        login, user = self._login, self._user_now(until)
        named = {**options, "context": dict(self._context)} if self._context else dict(options)
        whole = [login.database, user, login.password.read(), model, method, arguments, named]
        return self._call("object", "execute_kw", whole, until)

    def _user_now(self, until: float) -> int:
        with self._lock:
            known = self._user
        login, name = self._login, self._login.user.read()
        if known is not None and known[0] == name:
            return known[1]
        found = self._call("common", "login", [login.database, name, login.password.read()], until)
        if not isinstance(found, int) or isinstance(found, bool):
            raise SourceDown(gettext_noop("it doesn't accept our access data"))
        with self._lock:
            self._user = (name, found)
        return found

    def _call(self, service: str, method: str, arguments: list[Any], until: float) -> Any:
        left = until - time.monotonic()
        if left <= 0:
            raise SourceLate(gettext_noop("it didn't answer in time"))
        params = {"service": service, "method": method, "args": arguments}
        body = {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1}
        answer = self._http.send("POST", "/jsonrpc", body=body, seconds=left)
        check_status(answer)
        content = json_of(answer)
        if not isinstance(content, dict):
            raise SourceRefused(UNUSABLE)
        if "error" in content:
            raise _refusal(content["error"])
        return content.get("result")


def _refusal(error: Any) -> SourceDown | SourceRefused:
    """Find what Odoo says; `debug` beside it is its traceback, and nobody's business."""
    data = error.get("data") if isinstance(error, dict) else None
    name, words = (data.get("name"), data.get("message")) if isinstance(data, dict) else (None, None)
    if name in _NOT_LET_IN:
        return SourceDown(gettext_noop("it doesn't accept our access data"))
    if name in _FOR_NOW:
        return SourceDown(gettext_noop("it says that it can't now"))
    return SourceRefused(clean_text(words) if isinstance(words, str) and words else gettext_noop("it failed"))


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list) else json_value(value)
