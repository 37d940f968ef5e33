"""Header values as people and programs really write them: decoded, split, bounded. Pure, linear, never raises."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

MAX_VALUE_CHARS = 65_536
MAX_ADDRESSES = 500
MAX_NAME_CHARS = 500
MAX_EMAIL_CHARS = 320
MAX_ID_CHARS = 300
MAX_REFERENCES = 100

# What an author means by a charset is often its superset: this is how browsers read them, too.
SUPERSETS = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
}
# Python codecs that aren't charsets of mail and can be slow or surprising.
NOT_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
FALLBACK = "cp1252"

ENCODED_WORD = re.compile(r"=\?([\w.:+-]{1,60})(?:\*[\w-]{0,20})?\?([bBqQ])\?(.{0,4000}?)\?=", re.DOTALL)
# NUL can't be stored; lone surrogates can't be encoded; the direction marks turn `exe.fdp` around for the reader.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    problem: str = ""


def decode_bytes(data: bytes, charset: str = "") -> Decoded:
    """Turn bytes into text by the charset that they claim, or the likeliest one when that is a lie."""
    for mark, marked in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return Decoded(data.decode(marked, "replace"))
    named = charset.strip().strip("\"'").lower()
    if named == "iso-2022-jp" and not _fits(data, named):
        data, named = _japanese_with_vendor_characters(data), "euc_jis_2004"
    claimed = _codec(named)
    for codec in (claimed, "utf-8"):
        if codec is None:
            continue
        try:
            text = data.decode(codec)
        except (UnicodeError, ValueError):
            continue
        return Decoded(
            text, "" if codec == claimed or not named else f"The charset {named[:40]!r} is unknown or untrue."
        )
    what = f"The charset {named[:40]!r} is unknown or untrue" if named else "No charset is given"
    if claimed and claimed != "utf-8":
        return Decoded(data.decode(claimed, "replace"), f"{what} in places; those characters were replaced.")
    return Decoded(data.decode(FALLBACK, "replace"), f"{what}; read as Western European.")


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True


def _japanese_with_vendor_characters(data: bytes) -> bytes:
    """Circled digits and the like aren't in ISO-2022-JP, but programs send them so; EUC holds them at the same places."""
    pieces = re.split(rb"\x1b(\$[@B]|\([BJ])", data)
    wide = (
        bytes(byte | 0x80 for byte in text) if mark.startswith(b"$") else text
        for mark, text in zip(pieces[1::2], pieces[2::2], strict=True)
    )
    return pieces[0] + b"".join(wide)


def _codec(charset: str) -> str | None:
    name = SUPERSETS.get(charset, charset) or "utf-8"
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    if found.name.replace("-", "_") in NOT_CHARSETS or not found._is_text_encoding:  # noqa: SLF001 - no public name
        return None
    return found.name


def decode_value(value: str) -> str:
    """Decode encoded words (RFC 2047), also the broken ones that the field holds many of; one line, no controls."""
    value = value[:MAX_VALUE_CHARS]
    pieces: list[str] = []
    pending: tuple[str, bytes] | None = None
    end = 0
    for word in ENCODED_WORD.finditer(value):
        between = value[end : word.start()]
        data = _word_bytes(word[2], word[3])
        # What isn't even encoded was decoded as UTF-8 with the line, whatever the word claims.
        charset = word[1].lower() if word[3].isascii() else ""
        if pending and not between.strip():
            # White space between two encoded words isn't text, and one character may lie across them.
            if pending[0] == charset:
                data = pending[1] + data
            else:
                pieces.append(decode_bytes(pending[1], pending[0]).text)
        else:
            pieces += [_flush(pending), between]
        pending, end = (charset, data), word.end()
    pieces += [_flush(pending), value[end:]]
    return one_line("".join(pieces))


def _flush(pending: tuple[str, bytes] | None) -> str:
    return decode_bytes(pending[1], pending[0]).text if pending else ""


def _word_bytes(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        return decode_base64(text.encode("utf-8", "replace"))[0]
    return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """Decode what can be decoded; the second value tells whether something was damaged."""
    kept = re.sub(rb"[^A-Za-z0-9+/=]", b"", data)
    damaged = len(kept) != len(data.translate(None, b" \t\r\n"))
    decoded = []
    # Several encoded blocks may follow one another, each with its own padding.
    for block in re.split(rb"=+", kept):
        rest = len(block) % 4
        if rest == 1:
            damaged = True
            block = block[:-1]  # noqa: PLW2901
        decoded.append(base64.b64decode(block + b"=" * (-len(block) % 4)))
    return b"".join(decoded), damaged


def one_line(text: str) -> str:
    return CONTROLS.sub("", re.sub(r"[\r\n\t]+ *", " ", text)).strip()


def addresses(value: str) -> tuple[Address, ...]:
    """Split an address header. Encoded words are set aside first: they may hold commas and quotes."""
    words: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        words.append(match[0])
        return f"\x1a{len(words) - 1}\x1b"

    masked = ENCODED_WORD.sub(set_aside, value[:MAX_VALUE_CHARS].replace("\x1a", "").replace("\x1b", ""))
    found: list[Address] = []
    for item in _items(masked):
        restored = [re.sub("\x1a(\\d+)\x1b", lambda m: words[int(m[1])], half) for half in _halves(item)]
        name, email = decode_value(restored[0])[:MAX_NAME_CHARS], decode_value(restored[1])[:MAX_EMAIL_CHARS]
        email = "" if "@" not in email or " " in email else email
        if name or email:
            found.append(Address(name=name, email=email))
        if len(found) == MAX_ADDRESSES:
            break
    return tuple(found)


def _items(value: str) -> Iterator[str]:
    """Split at the commas that stand outside of quotes, brackets and comments; drop the names of groups."""
    start, quoted, angle, comment = 0, value.count('"') % 2 == 1, False, 0
    respect_quotes = not quoted
    quoted = False
    for position, character in enumerate(value):
        if character == '"' and respect_quotes and value[position - 1 : position] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            comment += 1
        elif character == ")":
            comment = max(0, comment - 1)
        elif comment:
            continue
        elif character in "<>":
            angle = character == "<"
        elif character == ":" and not angle:
            start = position + 1
        elif character in ",;" and not angle:
            yield value[start:position]
            start = position + 1
    yield value[start:]


def _halves(item: str) -> tuple[str, str]:
    """The name and the address of one entry, each still encoded."""
    opened, closed = item.rfind("<"), item.rfind(">")
    if 0 <= opened < closed:
        name = item[:opened].strip()
        return (_unquote(name) or _comment(item[closed:]) or ""), _unquote(item[opened + 1 : closed].strip())
    comment = _comment(item)
    bare = re.sub(r"\([^()]*\)", "", item).strip()
    if "@" in bare:
        return comment, _unquote(bare).replace(" ", "")
    # An address in brackets only, as some programs write it: `Name (name@example.com)`.
    if "@" in comment and " " not in comment:
        return _unquote(bare), comment
    return _unquote(item.strip()), ""


def _comment(text: str) -> str:
    opened, closed = text.find("("), text.rfind(")")
    return text[opened + 1 : closed].strip() if 0 <= opened < closed else ""


def _unquote(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1]).strip()
    return text.replace('"', "").strip()


def moment(value: str) -> datetime | None:
    """The moment of a date header, in UTC; None when there is no sense in it."""
    try:
        found = parsedate_to_datetime(re.sub(r"\([^()]*\)", "", value[:200]).strip())
        # `-0000` is UTC whose sender doesn't tell the zone.
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if 1980 < aware.year < 2100 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def message_ids(value: str) -> tuple[str, ...]:
    """Every message id of a header, without the brackets, the last (nearest) ones when there are too many."""
    value = one_line(value[:MAX_VALUE_CHARS])
    found = re.findall(r"<([^<>\s]{1,300})>", value) or [word for word in value.split() if "@" in word]
    return tuple(dict.fromkeys(word.strip("<>")[:MAX_ID_CHARS] for word in found[-MAX_REFERENCES:]))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """The lower-case main value of a structured header and its parameters (RFC 2231 put together, RFC 2047 decoded)."""
    message = Message()
    message["Content-Type"] = value[:8192]
    try:
        pairs = message.get_params([], unquote=True) or []
    except (ValueError, LookupError, TypeError, IndexError):
        pairs = [(value.partition(";")[0], "")]
    found: dict[str, str] = {}
    for name, raw in pairs[1:]:
        found.setdefault(str(name).lower(), decode_value(_rfc2231(raw)))
    main = str(pairs[0][0]) if pairs else ""
    return main.strip().lower(), found


def _rfc2231(raw: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(raw, str):
        return raw
    charset, _, text = raw
    return decode_bytes(text.encode("latin-1", "replace"), charset or "").text
