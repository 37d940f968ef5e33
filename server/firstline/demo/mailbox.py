"""The mailbox of the demo's customers: a mail server that takes everything and shows it under /demo/."""

import argparse
import signal
import threading
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from firstline.ids import new_id


class _Keep:
    """Writes each message into a file of its own before it is acknowledged."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        part = self._folder / f"{new_id()}.part"
        part.write_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
        part.rename(part.with_suffix(".eml"))
        return "250 kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that a customer got."""

    to: str
    sender: str
    subject: str
    text: str
    at: datetime | None


def messages(folder: Path, *, to: str = "", limit: int = 50) -> list[Received]:
    """List what customers got, latest first."""
    found = []
    for path in sorted(folder.glob("*.eml"), reverse=True):
        one = _read(path)
        if not to or to in one.to:
            found.append(one)
        if len(found) >= limit:
            break
    return found


def _read(path: Path) -> Received:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    date = message["Date"]
    return Received(
        to=str(message["To"] or ""),
        sender=str(message["From"] or ""),
        subject=str(message["Subject"] or ""),
        text=body.get_content() if body else "",
        at=date.datetime if date else None,
    )


def main() -> None:
    """Take mail until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    controller = Controller(_Keep(chosen.folder), hostname="127.0.0.1", port=chosen.port)
    controller.start()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    controller.stop()


if __name__ == "__main__":
    main()
