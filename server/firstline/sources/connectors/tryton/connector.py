"""The connector to Tryton. A session is opened at first use, and anew when Tryton has forgotten it.

The version of a record is its field `_timestamp`; every write goes with it, and Tryton refuses it when the record has another.
"""

import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import httpx2

from firstline.crashpoints import crash_point
from firstline.sources.connectors.domains import Records, record_id
from firstline.sources.connectors.tryton.definition import Action, TrytonConnection
from firstline.sources.connectors.tryton.rpc import Caller, Session, typed_in
from firstline.sources.ports import Guarantee, Row
from firstline.sources.rules.templates import fill_content


class TrytonConnector:
    """One database of one server."""

    guarantee: Guarantee = "verified"

    def __init__(
        self, connection: TrytonConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._context = connection.context
        self._caller = Caller(connection.login, concurrency=concurrency, transport=transport)
        self._lock = Lock()
        self._session: Session | None = None

    def read(self, read: Records, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        order = [[field, way.upper()] for field, way in read.order] or None
        question = [read.domain(parameters), 0, limit, order, ["id", *read.fields]]
        found = self._ask(f"model.{read.model}.search_read", question, {}, time.monotonic() + seconds)
        return self._caller.rows(found)[:limit]

    def write(self, write: Action, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            number = record_id(record)
            # Filled before anything is asked, so that what can't be asked isn't half done.
            values = {name: fill_content(made_of, {**record, "key": key}) for name, made_of in write.values.items()}
            form = {name: fill_content(made_of, {**record, "key": key}) for name, made_of in write.form.items()}
            version = record.get("version")
            context = {"_timestamp": {f"{write.model},{number}": str(version)}} if version else {}
            crash_point("sources.tryton.before_send")
            if write.wizard:
                self._go_through(write, number, form, context, until)
            else:
                more = [values] if write.method == "write" else []
                self._ask(f"model.{write.model}.{write.method}", [[number], *more], context, until)
            crash_point("sources.tryton.after_answer")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        self._caller.close()
        with self._lock:
            self._session = None

    def _go_through(
        self, write: Action, number: int, form: Mapping[str, Any], context: Mapping[str, Any], until: float
    ) -> None:
        """Open the wizard, fill in its first form, press its button, close it."""
        wizard = f"wizard.{write.wizard}"
        session, start, _end = self._ask(f"{wizard}.create", [], {}, until)
        about = {"active_model": write.model, "active_id": number, "active_ids": [number]}
        try:
            self._ask(f"{wizard}.execute", [session, {start: form}, write.state], {**context, **about}, until)
        finally:
            self._ask(f"{wizard}.delete", [session], {}, until)

    def _ask(self, method: str, arguments: list[Any], context: Mapping[str, Any], until: float) -> Any:
        whole = [*(typed_in(one) for one in arguments), {**self._context, **context}]
        return self._caller.call(method, whole, until=until, session=self._session_now, again=self._sign_in)

    def _session_now(self, until: float) -> Session:
        with self._lock:
            known = self._session
        return known or self._sign_in(until)

    def _sign_in(self, until: float) -> Session:
        session = self._caller.sign_in(until)
        with self._lock:
            self._session = session
        return session
