"""Raw bytes of a mail -> what it says. Pure; within bounds; never raises: what can't be read says why instead."""

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from firstline.channels.email.automatic import Automatic, find_automatic
from firstline.channels.email.headers import (
    CONTROLS,
    UNSTORABLE,
    Address,
    addresses,
    decode_bytes,
    decode_value,
    message_ids,
    moment,
    one_line,
)
from firstline.channels.email.mime import Part, TooComplexError, content, take_apart
from firstline.channels.email.plaintext import to_plain_text
from firstline.channels.email.reply import split_reply

MAX_MESSAGE_BYTES = 40 * 1024 * 1024
MAX_TEXT_CHARS = 500_000
MAX_SUBJECT_CHARS = 1_000
MAX_FILE_NAME_CHARS = 200
UNNAMED = {
    "message/delivery-status": "delivery-status",
    "text/rfc822-headers": "headers",
    "text/calendar": "invitation",
}
TEXT_LIKE = ("text/plain", "message/delivery-status", "text/rfc822-headers", "message/disposition-notification")
TELLING_HEADERS = ("from", "to", "subject", "date", "message-id", "received", "mime-version", "content-type")
ENCRYPTED = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    name: str
    media_type: str
    data: bytes
    inline: bool
    content_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedMail:
    """`text` is the whole text; `reply` and `quoted` are its parts; `problems` are sentences for the register."""

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    text: str
    reply: str
    quoted: str
    html: str | None
    attachments: tuple[Attachment, ...]
    automatic: Automatic
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The message stays stored as it came, and waits for a person."""

    sentence: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """One stretch of the body, as plain text or as HTML."""

    plain: str = ""
    html: str = ""

    @property
    def text(self) -> str:
        return self.plain if self.plain.strip() else to_plain_text(self.html) if self.html else ""


def parse(raw: bytes, *, max_bytes: int = MAX_MESSAGE_BYTES) -> ParsedMail | Unreadable:
    """Read a mail; a bomb, an empty message or one without any header comes back as `Unreadable`."""
    if len(raw) > max_bytes:
        return Unreadable(sentence=too_large(len(raw), max_bytes))
    try:
        return _read(raw)
    except TooComplexError as error:
        return Unreadable(sentence=f"This message isn't opened: {error}")
    except Exception as error:  # noqa: BLE001 - whatever strangers send, the other messages must go on
        return Unreadable(sentence=f"This message couldn't be read ({type(error).__name__}). Open the original.")


def too_large(size: int, limit: int) -> str:
    mebibyte = 1024 * 1024
    return f"This message is {size / mebibyte:.0f} MB large; the limit is {limit / mebibyte:.0f} MB."


def _read(raw: bytes) -> ParsedMail | Unreadable:
    if not raw.strip(b"\r\n\t \x00"):
        return Unreadable(sentence="This message is empty.")
    root, found_problems = take_apart(raw)
    if not any(root.header(name) for name in TELLING_HEADERS):
        return Unreadable(sentence="This isn't a mail: it has none of the headers that a mail has.")
    problems = list(found_problems)
    if b"\x00" in raw:
        problems.append("It holds NUL characters; they were left out of the text.")
    subject = one_line(decode_value(root.header("subject")))[:MAX_SUBJECT_CHARS]
    sender = _sender(root, problems)
    pieces, attached = _body(root, problems), tuple(_attachments(root, problems))
    text = _cut("\n\n".join(piece.text.strip("\n") for piece in pieces if piece.text.strip()), problems)
    if root.media_type in ENCRYPTED or any(part.media_type in ENCRYPTED for part in root.leaves()):
        problems.append("It is encrypted, so its text can't be read here.")
    reply = split_reply(text)
    return ParsedMail(
        message_id=next(iter(message_ids(root.header("message-id"))), None),
        in_reply_to=message_ids(root.header("in-reply-to")),
        references=message_ids(root.header("references")),
        sender=sender,
        to=_all_addresses(root, "to"),
        cc=_all_addresses(root, "cc"),
        reply_to=_all_addresses(root, "reply-to"),
        delivered_to=_delivered_to(root),
        subject=subject,
        sent_at=_sent_at(root, problems),
        text=text,
        reply=reply.visible,
        quoted=reply.quoted,
        html=_html(pieces),
        attachments=attached,
        automatic=find_automatic(root, sender=sender.email, subject=subject),
        problems=tuple(dict.fromkeys(problems)),
    )


def _sender(root: Part, problems: list[str]) -> Address:
    for name in ("from", "sender", "reply-to", "return-path"):
        found = _all_addresses(root, name)
        reachable = next((address for address in found if address.email), None)
        if reachable:
            if name != "from":
                problems.append(f"It has no readable sender; the address of its {name.title()} header was taken.")
            return reachable
    problems.append("It doesn't say who sent it.")
    return next(iter(_all_addresses(root, "from")), Address(name="", email=""))


def _all_addresses(root: Part, name: str) -> tuple[Address, ...]:
    return tuple(address for value in root.all_headers(name)[:20] for address in addresses(value))


def _delivered_to(root: Part) -> tuple[str, ...]:
    """Where the servers on the way say it was delivered: also for blind copies and forwarded mailboxes."""
    values = (value for name in ("delivered-to", "x-original-to", "envelope-to") for value in root.all_headers(name))
    return tuple(dict.fromkeys(address.email for value in values for address in addresses(value) if address.email))


def _sent_at(root: Part, problems: list[str]) -> datetime | None:
    value = decode_value(root.header("date"))
    found = moment(value) if value else None
    if value and found is None:
        problems.append("Its date makes no sense.")
    return found


def _body(part: Part, problems: list[str]) -> list[_Piece]:
    """The text in reading order; of alternatives, plain text and HTML together make one piece."""
    if part.children:
        below = [_body(child, problems) for child in part.children]
        if part.media_type != "multipart/alternative":
            return [piece for pieces in below for piece in pieces]
        together = [piece for pieces in below for piece in pieces]
        plain = next((piece.plain for piece in together if piece.plain.strip()), "")
        markup = "\n".join(piece.html for piece in together if piece.html)
        return [_Piece(plain=plain, html=markup)] if together else []
    if not _is_body(part):
        return []
    data, problem = content(part)
    decoded = decode_bytes(data, part.type_parameters.get("charset", "") or _html_charset(part, data))
    problems += [found for found in (problem, decoded.problem) if found]
    text = _clean(decoded.text)
    return [_Piece(html=text)] if part.media_type == "text/html" else [_Piece(plain=text)]


def _is_body(part: Part) -> bool:
    if part.media_type not in ("text/plain", "text/html") or part.disposition == "attachment":
        return False
    return not (part.disposition_parameters.get("filename") or part.type_parameters.get("name"))


def _html_charset(part: Part, data: bytes) -> str:
    if part.media_type != "text/html":
        return ""
    matched = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", data[:4096], re.IGNORECASE)
    return matched[1].decode("ascii") if matched else ""


def _clean(text: str) -> str:
    return UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text: str, problems: list[str]) -> str:
    # Other control characters carry no meaning in a text, but break screens.
    text = re.sub(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
    if len(text) > MAX_TEXT_CHARS:
        problems.append(f"Its text is longer than {MAX_TEXT_CHARS:,} characters; the rest is in the original.")
    return text[:MAX_TEXT_CHARS]


def _html(pieces: list[_Piece]) -> str | None:
    return "\n".join(piece.html for piece in pieces if piece.html) or None


def _attachments(root: Part, problems: list[str]) -> Iterator[Attachment]:
    number = 0
    for part in root.leaves():
        if _is_body(part):
            continue
        number += 1
        data, problem = content(part)
        if problem:
            problems.append(problem)
        content_id = one_line(part.header("content-id")).strip("<> ")[:MAX_FILE_NAME_CHARS]
        yield Attachment(
            name=_file_name(part, data, content_id, number),
            media_type=part.media_type,
            data=data,
            inline=part.disposition == "inline" or (bool(content_id) and part.disposition != "attachment"),
            content_id=content_id,
        )


def _file_name(part: Part, data: bytes, content_id: str, number: int) -> str:
    given = part.disposition_parameters.get("filename") or part.type_parameters.get("name") or ""
    extension = _extension(part.media_type)
    if given.strip():
        return safe_file_name(given) or f"attachment-{number}{extension}"
    if part.media_type == "message/rfc822":
        subject = decode_value(_inner_subject(data)) or decode_value(part.header("content-description"))
        return safe_file_name((subject or f"message-{number}") + ".eml")
    described = decode_value(part.header("content-description")) or UNNAMED.get(part.media_type, "")
    described = described or ("image" if content_id and part.media_type.startswith("image/") else "")
    return safe_file_name((described or f"attachment-{number}") + extension)


def _inner_subject(data: bytes) -> str:
    head = decode_bytes(data[:65_536]).text
    matched = re.search(r"^subject:[ \t]*(.{0,2000}(?:\n[ \t].{0,2000}){0,20})", head, re.IGNORECASE | re.MULTILINE)
    return matched[1] if matched else ""


def _extension(media_type: str) -> str:
    if media_type in TEXT_LIKE:
        return ".txt"
    special = {"image/jpeg": ".jpg", "image/jpg": ".jpg"}
    return special.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"


def safe_file_name(name: str) -> str:
    """The last part of a path, without what turns text around or can't be stored; the extension survives the cut."""
    name = re.split(r"[/\\]", CONTROLS.sub("", one_line(name)))[-1].strip().lstrip(".")
    if len(name) <= MAX_FILE_NAME_CHARS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:
        return name[:MAX_FILE_NAME_CHARS]
    return stem[: MAX_FILE_NAME_CHARS - len(extension) - 1] + dot + extension
