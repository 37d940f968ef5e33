"""What the SOAP library takes for its way to the service: our own careful client."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import Any

from django.utils.translation import gettext_noop
from lxml import etree
from zeep.wsdl.bindings import HttpGetBinding, HttpPostBinding, Soap11Binding, Soap12Binding

from firstline.sources.connectors.http import HttpClient, check_status
from firstline.sources.connectors.secrets import Reference
from firstline.sources.ports import SourceRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer in the form that the library reads."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    encoding: str | None = None


class Wire:
    binding_classes = (Soap11Binding, Soap12Binding, HttpGetBinding, HttpPostBinding)

    def __init__(self, http: HttpClient, address: Reference) -> None:
        self._http = http
        self._address = address
        self._own = local()

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Let all questions of this thread together take no longer."""
        self._own.until = time.monotonic() + seconds
        yield

    def load(self, url: str) -> bytes:
        """Fetch what a description leads to."""
        if not str(url).startswith(("http://", "https://")):
            raise SourceRefused(gettext_noop("its description leads to a file; only its own host is asked"))
        answer = self._http.send("GET", str(url), seconds=self._left())
        check_status(answer)
        return answer.content

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> Reply:
        """Send an envelope to the service's own address, whatever its description says."""
        answer = self._http.send(
            "POST",
            self._address.read(),
            content=etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            headers=headers,
            seconds=self._left(),
        )
        # A fault comes with status 500 or 400, and an envelope that says more.
        if answer.status not in (400, 500) or not _is_xml(answer.content):
            check_status(answer)
        return Reply(status_code=answer.status, headers=dict(answer.headers), content=answer.content)

    def _left(self) -> float:
        return max(0.01, float(self._own.until) - time.monotonic())


def _is_xml(content: bytes) -> bool:
    try:
        # Looked at only, by a parser that follows nothing.
        etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    return True
