"""The connector to REST APIs that speak JSON."""

import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx2

from firstline.crashpoints import crash_point
from firstline.sources.connectors.http import (
    MAX_ANSWER_BYTES,
    Answer,
    HttpClient,
    check_status,
    json_of,
    json_value,
    rows_of,
    said,
)
from firstline.sources.connectors.rest.definition import Call, RestConnection
from firstline.sources.ports import Guarantee, Row, SourceChanged
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import MAX_DOCUMENT_BYTES, clean_text, value_at


class RestConnector:
    """One API."""

    def __init__(
        self, connection: RestConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._key_header = connection.key_header
        self._http = HttpClient(connection.http, concurrency=concurrency, transport=transport)
        self.guarantee: Guarantee = "exactly-once" if connection.key_header else "verified"

    def read(self, read: Call, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        answer = self._send(read, parameters, {}, seconds)
        if answer.status in (404, 410) and read.missing_is_empty:
            return []
        check_status(answer)
        content = json_of(answer)
        rows = rows_of(value_at(content, read.rows) if read.rows else content)
        etag = answer.headers.get("ETag")
        return [{**row, "@etag": clean_text(etag)} if etag else row for row in rows[:limit]]

    def fetch(self, document: Call, parameters: Mapping[str, Any], *, seconds: float) -> bytes | None:
        answer = self._send(document, parameters, {"Accept": "*/*"}, seconds, most=MAX_DOCUMENT_BYTES)
        if answer.status in (404, 410):
            return None
        check_status(answer)
        return answer.content

    def write(self, write: Call, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            # A key per record: the target knows nothing of several at once.
            own_key = f"{key}:{record.get('record', '')}"
            headers = {self._key_header: own_key} if self._key_header else {}
            crash_point("sources.rest.before_send")
            answer = self._send(write, {**record, "key": own_key}, headers, until - time.monotonic())
            crash_point("sources.rest.after_answer")
            if answer.status in (409, 412):
                raise SourceChanged(said(answer))
            check_status(answer)

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        self._http.close()

    def _send(
        self,
        call: Call,
        parameters: Mapping[str, Any],
        headers: Mapping[str, str],
        seconds: float,
        most: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        values = {name: json_value(value) for name, value in parameters.items()}
        path = fill_content(
            call.path, {name: quote("" if value is None else str(value), safe="") for name, value in values.items()}
        )
        return self._http.send(
            call.method,
            str(path),
            query=_present(fill_content(call.query, values)),
            headers={**_headers(fill_content(call.headers, values)), **headers},
            body=fill_content(call.body, values) if call.body is not None else None,
            seconds=seconds,
            most=most,
        )


def _present(query: Any) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _headers(headers: Any) -> dict[str, str]:
    # A line break in a value would begin a header of its own.
    return {name: "".join(str(value).splitlines()) for name, value in headers.items() if value is not None}
