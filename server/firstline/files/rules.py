"""What a file is, seen from its first bytes, and whether a browser may show it."""

import unicodedata

MAX_NAME = 120
# Whoever sends a file chooses its type; only these are ever shown in a browser, all else is offered as a download.
SHOWN_IN_BROWSER = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"})
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
)


def media_type_of(data: bytes) -> str:
    """Tell a file's type from its first bytes; the sender's word for it isn't asked.

    >>> media_type_of(b"%PDF-1.7 ...")
    'application/pdf'
    """
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    head = data[:4096]
    if b"\x00" in head:
        return "application/octet-stream"
    text = head.lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<script", b"<svg", b"<?xml")):
        return "text/html" if b"html" in text[:64] else "application/xml"
    return "text/plain"


def safe_name(name: str) -> str:
    """Make a name that is safe in a header and on a screen: no path, no control characters, bounded.

    >>> safe_name("../../etc/passwd\\x00")
    'passwd'
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip(" .")
    if len(kept) > MAX_NAME:
        stem, dot, ending = kept.rpartition(".")
        kept = stem[: MAX_NAME - len(ending) - 1] + dot + ending if dot and len(ending) < 10 else kept[:MAX_NAME]
    return kept or "file"
