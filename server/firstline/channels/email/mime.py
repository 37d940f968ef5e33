"""Take a raw message apart into its parts, within bounds. Pure; one pass per level; raises only `TooComplexError`."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from firstline.channels.email.headers import decode_base64, decode_bytes, parameters

MAX_PARTS = 1_000
MAX_DEPTH = 20
MAX_HEADER_BYTES = 262_144
MAX_HEADER_LINES = 2_000

FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")


# Programs that put bare bytes into a header mean the charset of the body.
CHARSET_HINT = re.compile(
    rb"^content-type:.{0,200}?charset=[\"']?([\w-]{1,40})", re.IGNORECASE | re.MULTILINE | re.DOTALL
)


class TooComplexError(Exception):
    """The message has more parts, or parts within parts, than anybody writes on purpose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    headers: tuple[tuple[str, str], ...]
    media_type: str
    type_parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    raw: bytes
    children: tuple["Part", ...] = ()

    def header(self, name: str) -> str:
        """The first header of that name, still encoded; empty when there is none."""
        return next((value for given, value in self.headers if given == name), "")

    def all_headers(self, name: str) -> tuple[str, ...]:
        return tuple(value for given, value in self.headers if given == name)

    def leaves(self) -> Iterator["Part"]:
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class _Budget:
    parts: int = 0
    charset: str = ""  # of the whole message, for parts that name none
    problems: list[str] = field(default_factory=list)


def take_apart(raw: bytes) -> tuple[Part, tuple[str, ...]]:
    """Build the tree of parts, and say what was wrong with it."""
    budget = _Budget()
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    root = _part(_without_envelope_line(raw), "text/plain", 0, budget)
    return root, tuple(dict.fromkeys(budget.problems))


def _without_envelope_line(raw: bytes) -> bytes:
    raw = raw.lstrip(b"\r\n \t\x00\xef\xbb\xbf") if raw[:1] in b"\r\n \t\x00\xef" else raw
    if raw.startswith((b"From ", b">From ")):
        return raw.partition(b"\n")[2]
    return raw


def _part(data: bytes, default_type: str, depth: int, budget: _Budget) -> Part:
    budget.parts += 1
    if budget.parts > MAX_PARTS:
        raise TooComplexError(f"It has more than {MAX_PARTS:,} parts, which no real message has.")
    if depth > MAX_DEPTH:
        raise TooComplexError(
            f"Its parts lie more than {MAX_DEPTH} levels within one another, which no real message has."
        )
    head, body = _split(data)
    hint = CHARSET_HINT.search(head[:MAX_HEADER_BYTES])
    charset = hint[1].decode("ascii") if hint else budget.charset
    budget.charset = budget.charset or charset
    headers = tuple(_fields(head, charset, budget))
    found = dict(reversed(headers))
    media_type, type_parameters = parameters(found.get("content-type", default_type))
    if not re.fullmatch(r"[\w.+-]{1,80}/[\w.+-]{1,120}", media_type):
        media_type = default_type
    disposition, disposition_parameters = parameters(found.get("content-disposition", ""))
    children: tuple[Part, ...] = ()
    if media_type.startswith("multipart/"):
        inner = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        boundary = type_parameters.get("boundary") or _stray_boundary(found.get("content-type", ""))
        pieces = list(_between(body, boundary.encode("utf-8", "replace")))
        children = tuple(_part(piece, inner, depth + 1, budget) for piece in pieces)
        if not children:
            budget.problems.append("Its parts couldn't be told apart; it was read as one text.")
            media_type = "text/html" if b"<html" in body[:2000].lower() else "text/plain"
    return Part(
        headers=headers,
        media_type=media_type,
        type_parameters=type_parameters,
        disposition=disposition,
        disposition_parameters=disposition_parameters,
        raw=body,
        children=children,
    )


def _stray_boundary(content_type: str) -> str:
    """The boundary of a field that forgot its semicolon."""
    matched = re.search(r"boundary=[\"']?([^\"';\s]{1,200})", content_type[:8192], re.IGNORECASE)
    return matched[1] if matched else ""


def _split(data: bytes) -> tuple[bytes, bytes]:
    if data.startswith((b"\n", b"\r\n")):
        return b"", data.partition(b"\n")[2]
    ends = [(data.find(mark), mark) for mark in (b"\n\n", b"\n\r\n")]
    where, mark = min(((at, mark) for at, mark in ends if at >= 0), default=(-1, b""))
    return (data, b"") if where < 0 else (data[: where + 1], data[where + len(mark) :])


def _fields(head: bytes, charset: str, budget: _Budget) -> Iterator[tuple[str, str]]:
    """The header fields, names in lower case, folded lines joined."""
    if len(head) > MAX_HEADER_BYTES:
        budget.problems.append(f"Its header is larger than {MAX_HEADER_BYTES // 1024} KB; the rest of it was left out.")
        head = head[:MAX_HEADER_BYTES]
    lines = head.splitlines()
    if len(lines) > MAX_HEADER_LINES:
        budget.problems.append(f"Its header has more than {MAX_HEADER_LINES:,} lines; the rest was left out.")
    name, collected = "", list[bytes]()
    for line in lines[:MAX_HEADER_LINES]:
        if line[:1] in (b" ", b"\t") and name:
            collected.append(b" " + line.strip())
            continue
        matched = FIELD.match(line)
        if not matched and collected and collected[-1].endswith(b";"):
            collected.append(b" " + line.strip())  # a parameter that should have been indented
            continue
        if not matched:
            budget.problems.append("Its header holds lines that aren't header fields; they were left out.")
            continue
        if name:
            yield name, _header_text(b"".join(collected), charset)
        name, collected = matched[1].decode("ascii").lower(), [line[matched.end() :].strip()]
    if name:
        yield name, _header_text(b"".join(collected), charset)


def _header_text(value: bytes, charset: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(value, charset).text


def _between(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """The pieces between the delimiter lines; a missing last delimiter is forgiven."""
    if not boundary:
        return
    # The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1), also before the first one.
    # A pattern that begins with plain bytes is searched for at memory speed.
    delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]{0,200}\r?(?=\n|\Z)")
    body, start = b"\n" + body, -1
    for found in delimiter.finditer(body):
        if start >= 0:
            yield body[start : found.start()].removesuffix(b"\r")
        start = found.end() + 1
        if found[1]:
            return
    if start >= 0:
        yield body[start:]


def content(part: Part) -> tuple[bytes, str]:
    """The part's bytes with the transfer encoding undone, and a problem or an empty text."""
    encoding = part.header("content-transfer-encoding").partition(";")[0].strip().strip("\"'").lower()
    if encoding == "base64":
        data, damaged = decode_base64(part.raw)
        return data, "An encoded part is damaged; what could be read was kept." if damaged else ""
    if encoding == "quoted-printable":
        return binascii.a2b_qp(part.raw), ""
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecoded(part.raw)
    if encoding in ("", "7bit", "7-bit"):
        # Lines of text end with CR LF between mail servers, in the author's file most likely not; anything else could
        # be a file whose bytes matter.
        return part.raw.replace(b"\r\n", b"\n") if part.raw.isascii() else part.raw, ""
    known = encoding in ("8bit", "8-bit", "binary")
    return part.raw, "" if known else f"The transfer encoding {encoding[:40]!r} is unknown."


def _uudecoded(data: bytes) -> tuple[bytes, str]:
    decoded: list[bytes] = []
    lines = iter(data.splitlines())
    for line in lines:
        if line.startswith(b"begin "):
            break
    for line in lines:
        if line.strip() == b"end":
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            return b"".join(decoded), "An encoded part is damaged; what could be read was kept."
    return b"".join(decoded), ""
