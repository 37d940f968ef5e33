"""The connector to SOAP services."""

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any
from urllib.parse import urljoin

import httpx2
import zeep
from django.utils.translation import gettext_noop
from lxml.etree import LxmlError
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError, ValidationError
from zeep.helpers import serialize_object
from zeep.wsse.username import UsernameToken

from firstline.crashpoints import crash_point
from firstline.sources.connectors.http import HttpClient, rows_of
from firstline.sources.connectors.secrets import Reference
from firstline.sources.connectors.soap.definition import Operation, SoapConnection
from firstline.sources.connectors.soap.wire import Wire
from firstline.sources.ports import (
    ANSWERED,
    CANT_ASK,
    CANT_USE,
    Guarantee,
    Row,
    SourceChanged,
    SourceDown,
    SourceRefused,
)
from firstline.sources.rules.templates import fill_content
from firstline.sources.rules.values import Hostile, bounded, clean_text, value_at

_NO_OPERATION = gettext_noop("it has no operation '%(name)s'")
_NEITHER = gettext_noop("its answer can't be used, or the request can't be made (%(reason)s)")


class SoapConnector:
    """One service."""

    def __init__(
        self, connection: SoapConnection, *, concurrency: int, transport: "httpx2.BaseTransport | None" = None
    ) -> None:
        self._settings = connection
        http = connection.http
        outside = replace(http, user=None, password=None) if connection.is_secured_inside else http
        self._http = HttpClient(
            outside, concurrency=concurrency, accept="text/xml, application/soap+xml", transport=transport
        )
        self._wire = Wire(self._http, http.base_url)
        self._lock = Lock()
        self._service: Any = None
        self._described_with: tuple[str, ...] = ()
        self.guarantee: Guarantee = "exactly-once" if connection.remembers_keys else "verified"

    def read(self, read: Operation, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[Row]:
        answer = self._call(read, parameters, seconds)
        try:
            content = bounded(serialize_object(answer, dict))  # type: ignore[no-untyped-call]  # zeep has no types here
        except Hostile as error:
            raise SourceRefused(CANT_USE, reason=str(error)) from None
        found = value_at(content, read.rows) if read.rows and isinstance(content, dict) else content
        plain = found if isinstance(found, dict | list) or found is None else {"value": found}
        return rows_of(plain)[:limit]

    def write(self, write: Operation, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        for record in records:
            values = {**record, "key": f"{key}:{record.get('record', '')}"}
            crash_point("sources.soap.before_send")
            try:
                self._call(write, values, until - time.monotonic())
            except _SaidNo as fault:
                if fault.code in write.changed:
                    raise SourceChanged(str(fault)) from None
                raise
            crash_point("sources.soap.after_answer")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return None

    def close(self) -> None:
        self._http.close()
        with self._lock:
            self._service = None

    def _call(self, operation: Operation, values: Mapping[str, Any], seconds: float) -> Any:
        with self._wire.patience(seconds), _own_errors():
            service = self._described()
            body = fill_content(operation.body, {name: _plain(value) for name, value in values.items()})
            try:
                ask = service[operation.name]
            except AttributeError:
                raise SourceRefused(_NO_OPERATION, name=operation.name) from None
            return ask(**body)  # type: ignore[arg-type]  # a mapping from texts, checked by the parser

    def _described(self) -> Any:
        """Read the service's own description at first use, and anew when one of its secrets has changed."""
        http, wsdl = self._settings.http, self._settings.wsdl
        secrets = (http.base_url, http.user, http.password, wsdl)
        described_with = tuple(one.read() for one in secrets if isinstance(one, Reference))
        with self._lock:
            if self._service is None or self._described_with != described_with:
                where: Any = (
                    io.BytesIO(wsdl.read().encode())
                    if isinstance(wsdl, Reference)
                    else urljoin(self._settings.http.base_url.read(), wsdl)
                )
                client = zeep.Client(  # type: ignore[no-untyped-call]  # zeep has no types here
                    where,
                    transport=self._wire,
                    wsse=self._token(),
                    # What a description leads to is fetched by our own client, which asks no host that isn't allowed.
                    settings=zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, xml_huge_tree=False),
                )
                self._service = client.bind(self._settings.service, self._settings.port)
                self._described_with = described_with
            return self._service

    def _token(self) -> UsernameToken | None:
        http = self._settings.http
        if not self._settings.is_secured_inside or http.user is None or http.password is None:
            return None
        return UsernameToken(http.user.read(), http.password.read())  # type: ignore[no-untyped-call]  # zeep has no types here


class _SaidNo(SourceRefused):
    """A fault, with its code."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(clean_text(str(fault.message or fault.code or "it refused")))
        self.code = str(fault.code or "").rpartition(":")[2].rpartition("}")[2]


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except (SourceDown, SourceRefused):
        raise
    except Fault as fault:
        raise _SaidNo(fault) from None
    except TransportError as error:
        if (error.status_code or 0) >= 500:
            raise SourceDown(ANSWERED, status=error.status_code) from None
        raise SourceRefused(gettext_noop("its answer can't be used: it is no SOAP")) from None
    except (ValidationError, TypeError) as error:
        # What the description wants: names of elements and their types, none of our values.
        raise SourceRefused(CANT_ASK, reason=clean_text(str(error))) from None
    except (ZeepError, LxmlError) as error:
        raise SourceRefused(_NEITHER, reason=type(error).__name__) from None
    except (ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise SourceRefused(CANT_ASK, reason=type(error).__name__) from None


def _plain(value: Any) -> Any:
    return getattr(value, "amount", value)
