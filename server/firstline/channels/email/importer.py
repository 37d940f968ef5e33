"""Mail from files: `firstline mail import FILE...` (.eml, .box, mbox)."""

import mailbox
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from firstline import clock
from firstline.channels.email import actions
from firstline.channels.email.models import RawMessage

# A second line like this, after an empty one, tells an mbox from a single message with an envelope line.
ENVELOPE_LINE = re.compile(rb"\n\r?\nFrom \S+ .{0,20}\d\d:\d\d", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedMessage:
    """What became of one message: `new`, `known` (imported before) or `refused` with a sentence."""

    path: Path
    number: int
    outcome: str
    sentence: str = ""
    raw_message_id: UUID | None = None

    def __str__(self) -> str:
        where = f"{self.path} message {self.number}" if self.number > 1 else str(self.path)
        return f"{where}: {self.outcome}" + (f" ({self.sentence})" if self.sentence else "")


def import_files(paths: Iterable[str | Path], *, brand_key: str = "") -> Iterator[ImportedMessage]:
    """Take in every message of every file, one by one; a file that can't be read doesn't stop the others."""
    for path in map(Path, paths):
        try:
            for number, raw in enumerate(_messages(path), start=1):
                yield _import_one(path, number, raw, brand_key)
        except OSError as error:
            sentence = f"{path} can't be read: {error.strerror or error}."
            yield ImportedMessage(path=path, number=0, outcome="refused", sentence=sentence)


def _import_one(path: Path, number: int, raw: bytes, brand_key: str) -> ImportedMessage:
    source, key, now = RawMessage.Source.IMPORT, actions.key_of(raw), clock.now()
    try:
        message_id, is_new = actions.receive(raw=raw, source=source, key=key, received_at=now, brand_key=brand_key)
    except actions.MessageTooLarge as refused:
        message_id = actions.note_too_large(
            source=source, key=key, size=len(raw), received_at=now, where=str(path), brand_key=brand_key
        )
        return ImportedMessage(
            path=path, number=number, outcome="refused", sentence=refused.message, raw_message_id=message_id
        )
    return ImportedMessage(path=path, number=number, outcome="new" if is_new else "known", raw_message_id=message_id)


def _messages(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        begins_as_mbox = file.read(5) == b"From "
    if not (begins_as_mbox and _holds_several(path)):
        yield path.read_bytes()
        return
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield box.get_bytes(key)
    finally:
        box.close()


def _holds_several(path: Path) -> bool:
    """Look for a second envelope line, block by block: an mbox may be larger than memory."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if ENVELOPE_LINE.search(tail + block):
                return True
            tail = block[-200:]
    return False
