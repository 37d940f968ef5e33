"""The first look at bytes of a stranger: well-formed, without a document type, and within bounds.

It reads in pieces and keeps nothing, so that what is too big is refused before a tree of it is built.
"""

import re
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from bpmn.errors import ModelProblems, Problem

MAX_BYTES = 10_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 250_000
# Of one element, with its declarations of namespaces.
MAX_ATTRIBUTES = 200
MAX_ATTRIBUTE_LENGTH = 100_000
MAX_NAME_LENGTH = 1_000

_ENCODINGS = re.compile(r"utf-8|utf-16|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_PIECE = 1_000_000


def check(xml: bytes) -> str:
    """Look at a file and tell its encoding. Raises: ModelProblems, with the one reason for which it isn't read."""
    if len(xml) > MAX_BYTES:
        raise refused("too_large", f"The model has {len(xml):,} bytes; at most {MAX_BYTES:,} are read.")
    look = _Look()
    try:
        for at in range(0, len(xml), _PIECE):
            look.parser.Parse(xml[at : at + _PIECE], False)
        look.parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refused("not_xml", f"The model isn't well-formed XML: {error}.") from error
    return _encoding(xml, look.declared)


def refused(code: str, message: str) -> ModelProblems:
    """Make the error for a file that isn't read at all."""
    return ModelProblems((Problem(code, "", message),))


class _Look:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.declared = ""
        self._depth = self._elements = self._namespaces = 0
        self.parser.ordered_attributes = True
        handlers: dict[str, Callable[..., Any]] = {
            "XmlDeclHandler": self._declaration,
            "StartDoctypeDeclHandler": self._document_type,
            "StartNamespaceDeclHandler": self._namespace,
            "StartElementHandler": self._start,
            "EndElementHandler": self._end,
        }
        for name, handler in handlers.items():
            setattr(self.parser, name, handler)

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.declared = encoding or ""
        if self.declared and not _ENCODINGS.fullmatch(self.declared):
            raise refused("encoding", f"The model's encoding '{self.declared[:40]}' isn't read; save it as UTF-8.")

    def _document_type(self, *declared: object) -> None:
        # It can carry entities and addresses; BPMN never needs one.
        raise refused("document_type", "The model declares a document type (DOCTYPE); remove it.")

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self._namespaces += 1
        self._check_length((prefix or "", uri or ""))

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise refused("too_deep", f"The model nests elements deeper than {MAX_DEPTH} levels.")
        if self._elements > MAX_ELEMENTS:
            raise refused("too_many_elements", f"The model has more than {MAX_ELEMENTS:,} elements.")
        if len(attributes) // 2 + self._namespaces > MAX_ATTRIBUTES:
            raise refused("too_many_attributes", f"An element has more than {MAX_ATTRIBUTES} attributes.")
        self._namespaces = 0
        # The name comes with its namespace, whose own length was looked at where it was declared.
        self._check_length((name.rpartition("\n")[2], ""))
        for at in range(0, len(attributes), 2):
            self._check_length((attributes[at].rpartition("\n")[2], attributes[at + 1]))

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _check_length(self, attribute: tuple[str, str]) -> None:
        name, value = attribute
        if len(name) > MAX_NAME_LENGTH:
            raise refused("long_name", f"A name in the model has more than {MAX_NAME_LENGTH:,} characters.")
        if len(value) > MAX_ATTRIBUTE_LENGTH:
            raise refused("long_attribute", f"An attribute has more than {MAX_ATTRIBUTE_LENGTH:,} characters.")


def _encoding(xml: bytes, declared: str) -> str:
    """Tell the encoding as XML finds it: by the byte order mark, the first two bytes, or the declaration."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\0", "utf-16-le")):
        if xml.startswith(mark):
            return encoding
    return "utf-16-be" if xml.startswith(b"\0<") else declared.lower() or "utf-8"
