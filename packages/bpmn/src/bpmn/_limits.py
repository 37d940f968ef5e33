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
# With comments and processing instructions.
MAX_ELEMENTS = 200_000
# Of one element, with its declarations of namespaces; and of all together.
MAX_ATTRIBUTES = 200
MAX_ATTRIBUTES_IN_ALL = 500_000
# That can be used at one place.
MAX_NAMESPACES = 1_000
MAX_ATTRIBUTE_LENGTH = 100_000
MAX_NAME_LENGTH = 1_000
# Of one tag or comment, which is read as a whole.
MAX_MARKUP_BYTES = 1_000_000

_ENCODINGS = re.compile(r"utf-8|utf-16|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_PIECE = 100_000


def check(xml: bytes) -> str:
    """Look at a file and tell its encoding. Raises: ModelProblems, with the one reason for which it isn't read."""
    if len(xml) > MAX_BYTES:
        raise refused("too_large", f"The model has {len(xml):,} bytes; at most {MAX_BYTES:,} are read.")
    look = _Look()
    try:
        for at in range(0, len(xml), _PIECE):
            look.parser.Parse(xml[at : at + _PIECE])
            _check_unfinished(at + _PIECE - look.parser.CurrentByteIndex)
        look.parser.Parse(b"", True)  # noqa: FBT003 - the end; it takes no names
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refused("not_xml", f"The model isn't well-formed XML: {error}.") from error
    return _encoding(xml, look.declared)


def _check_unfinished(length: int) -> None:
    if length > MAX_MARKUP_BYTES + _PIECE:
        raise refused("long_markup", f"A tag or comment in the model has more than {MAX_MARKUP_BYTES:,} bytes.")


def refused(code: str, message: str) -> ModelProblems:
    """Make the error for a file that isn't read at all."""
    return ModelProblems((Problem(code, "", message),))


class _Look:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator="\n")
        self.declared = ""
        self._depth = self._elements = self._attributes = 0
        self._declared_here = self._namespaces = 0
        self.parser.ordered_attributes = True
        handlers: dict[str, Callable[..., Any]] = {
            "XmlDeclHandler": self._declaration,
            "StartDoctypeDeclHandler": self._document_type,
            "StartNamespaceDeclHandler": self._namespace,
            "EndNamespaceDeclHandler": self._namespace_ended,
            "StartElementHandler": self._start,
            "EndElementHandler": self._end,
            "CommentHandler": self._count,
            "ProcessingInstructionHandler": self._count,
            "StartCdataSectionHandler": self._count,
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
        self._declared_here += 1
        self._namespaces += 1
        if self._namespaces > MAX_NAMESPACES:
            raise refused("too_many_namespaces", f"More than {MAX_NAMESPACES:,} namespaces can be used at one place.")
        self._check_length(prefix or "", uri or "")

    def _namespace_ended(self, prefix: str | None) -> None:
        self._namespaces -= 1

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refused("too_deep", f"The model nests elements deeper than {MAX_DEPTH} levels.")
        self._count()
        self._count_attributes(len(attributes) // 2 + self._declared_here)
        self._declared_here = 0
        # A name comes with its namespace, whose own length was looked at where it was declared.
        self._check_length(name.rpartition("\n")[2], "")
        for at in range(0, len(attributes), 2):
            self._check_length(attributes[at].rpartition("\n")[2], attributes[at + 1])

    def _end(self, name: str) -> None:
        self._depth -= 1

    def _count(self, *told: str) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise refused("too_many_elements", f"The model has more than {MAX_ELEMENTS:,} elements and comments.")

    def _count_attributes(self, number: int) -> None:
        self._attributes += number
        if number > MAX_ATTRIBUTES:
            raise refused("too_many_attributes", f"An element has more than {MAX_ATTRIBUTES} attributes.")
        if self._attributes > MAX_ATTRIBUTES_IN_ALL:
            raise refused("too_many_attributes", f"The model has more than {MAX_ATTRIBUTES_IN_ALL:,} attributes.")

    def _check_length(self, name: str, value: str) -> None:
        if len(name) > MAX_NAME_LENGTH:
            raise refused("long_name", f"A name in the model has more than {MAX_NAME_LENGTH:,} characters.")
        if len(value) > MAX_ATTRIBUTE_LENGTH:
            raise refused("long_attribute", f"An attribute has more than {MAX_ATTRIBUTE_LENGTH:,} characters.")


def _encoding(xml: bytes, declared: str) -> str:
    """Tell the encoding as XML finds it: by the byte order mark, the first two bytes, or the declaration."""
    found = next((encoding for mark, encoding in _MARKS.items() if xml.startswith(mark)), "")
    return found or declared.lower() or "utf-8"


_MARKS = {
    b"\xef\xbb\xbf": "utf-8",
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
