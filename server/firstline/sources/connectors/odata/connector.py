"""The connector to OData services."""

import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urljoin

import httpx2
from django.utils.translation import gettext_noop

from firstline.crashpoints import crash_point
from firstline.sources.connectors.http import UNUSABLE, Answer, HttpClient, check_status, json_of, json_value, said
from firstline.sources.connectors.odata.definition import Condition, ODataConnection, Question, Update
from firstline.sources.connectors.odata.literals import literal
from firstline.sources.ports import Guarantee, Row, SourceChanged, SourceRefused
from firstline.sources.rules.templates import fill_content

# A service that goes on sending pages is asked for no more of them.
MAX_PAGES = 20
_V2_MOMENT = re.compile(r"/Date\((-?\d{1,14})([+-]\d{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ODataConnector:
    """One service. The version of an entity is its ETag; an update says with If-Match which one it means."""

    guarantee: Guarantee = "verified"

    def __init__(
        self, connection: ODataConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._version = connection.version
        self._http = HttpClient(connection.http, concurrency=concurrency, transport=transport)

    def read(self, read: Question, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        until = time.monotonic() + seconds
        rows: list[Row] = []
        page = "/" + read.entity_set
        query: dict[str, str] | None = self._query(read, parameters, limit)
        for _ in range(MAX_PAGES):
            answer = self._http.send(
                "GET", page, query=query, headers=self._headers(), seconds=until - time.monotonic()
            )
            check_status(answer, words=_words)
            found, following = self._page(json_of(answer))
            rows += [self._row(one) for one in found]
            if following is None or len(rows) >= limit:
                break
            page, query = urljoin(self._http.base_url(), following), None
        return rows[:limit]

    def write(self, write: Update, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            values = {**record, "key": key}
            crash_point("sources.odata.before_send")
            answer = self._update(write, values, until - time.monotonic())
            crash_point("sources.odata.after_answer")
            if answer.status in (409, 412):
                raise SourceChanged(said(answer, words=_words))
            check_status(answer, words=_words)

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        self._http.close()

    def _update(self, write: Update, values: Mapping[str, Any], seconds: float) -> Answer:
        own_key = literal(fill_content(write.key, values), write.key_type, self._version)
        version = values.get("version")
        return self._http.send(
            "PATCH" if self._version == "v4" else "MERGE",
            f"/{write.entity_set}({quote(own_key, safe='')})",
            headers={**self._headers(), "If-Match": "".join(str(version).splitlines()) if version else "*"},
            body=fill_content(write.body, {name: json_value(value) for name, value in values.items()}),
            seconds=seconds,
        )

    def _headers(self) -> dict[str, str]:
        if self._version == "v4":
            return {"OData-Version": "4.0", "OData-MaxVersion": "4.01"}
        return {"DataServiceVersion": "2.0", "MaxDataServiceVersion": "2.0"}

    def _query(self, read: Question, parameters: Mapping[str, Any], limit: int) -> dict[str, str]:
        conditions = [self._condition(one, parameters) for one in read.conditions]
        query = {
            "$filter": " and ".join(conditions),
            "$select": ",".join(read.select),
            "$expand": ",".join(read.expand),
            "$orderby": ",".join(read.order),
            "$top": str(limit),
            "$format": "json" if self._version == "v2" else "",
        }
        return {name: value for name, value in query.items() if value}

    def _condition(self, one: Condition, parameters: Mapping[str, Any]) -> str:
        value = literal(fill_content(one.value, parameters), one.type, self._version)
        if one.comparison == "contains" and self._version == "v2":
            return f"substringof({value},{one.field})"
        if one.comparison in ("contains", "startswith", "endswith"):
            return f"{one.comparison}({one.field},{value})"
        return f"{one.field} {one.comparison} {value}"

    def _page(self, content: Any) -> tuple[list[Any], str | None]:
        """Find the entities of an answer, and where the next ones are."""
        if self._version == "v4":
            found, following = _in(content, "value"), _in(content, "@odata.nextLink")
        else:
            inner = _in(content, "d")
            found = inner if isinstance(inner, list) else _in(inner, "results")
            following = _in(inner, "__next")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            raise SourceRefused(UNUSABLE)
        if following is not None and not isinstance(following, str):
            raise SourceRefused(gettext_noop("its answer can't be used: the link to its next page is none"))
        return found, following

    def _row(self, entity: dict[str, Any]) -> Row:
        if self._version == "v4":
            etag = entity.get("@odata.etag")
            return {**entity, "@etag": etag} if etag else entity
        etag = _in(entity.get("__metadata"), "etag")
        row = {name: _v2_value(value) for name, value in entity.items() if name != "__metadata"}
        return {**row, "@etag": etag} if etag else row


def _in(content: Any, key: str) -> Any:
    return content.get(key) if isinstance(content, dict) else None


def _v2_value(value: Any) -> Any:
    """Read what version 2 writes in its own way: moments, and lists of what belongs to an entity."""
    if isinstance(value, dict):
        return _v2_value(value["results"]) if isinstance(value.get("results"), list) else value
    if not isinstance(value, str):
        return value
    found = _V2_MOMENT.fullmatch(value)
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1])) if found else value
    except OverflowError:
        return value


def _words(content: Any) -> object:
    message = content["error"]["message"]
    return message["value"] if isinstance(message, dict) else message
