"""Mail from IMAP mailboxes: each is watched in a thread of its own, by IDLE where the server has it.

What was read is remembered by UID, not by flags: somebody who reads the mailbox in a mail program takes nothing away.
"""

import imaplib
import logging
import os
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from imap_tools import BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted

from firstline import clock
from firstline.channels.email import actions
from firstline.channels.email.models import Mailbox, RawMessage
from firstline.errors import FirstlineError

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 60
# IDLE is asked anew (and the mailbox looked at) this often: connections die silently.
LOOK_SECONDS = 60
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 120
PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}
# So often a server may refuse to hand out a message before the others no longer wait for it.
ENOUGH_REFUSALS = 3
CONNECTORS = {"imaps": MailBox, "imap+starttls": MailBoxStartTls, "imap": MailBoxUnencrypted}


class MailboxSettingsError(FirstlineError):
    code = "mailbox-settings"


class MailboxError(Exception):
    """The server said no, or something that makes no sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxAddress:
    """Where a mailbox is, and which environment variable holds its password."""

    scheme: str
    host: str
    port: int
    user: str
    folder: str
    password_variable: str
    brand_key: str

    @property
    def name(self) -> str:
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def mailbox_addresses(text: str) -> tuple[MailboxAddress, ...]:
    """Read FIRSTLINE_IMAP: addresses apart by white space, `imaps://user@host[:port]/FOLDER?password=VARIABLE&brand=KEY`.

    Raises: MailboxSettingsError.
    """
    return tuple(_address(word) for word in text.split())


def _address(word: str) -> MailboxAddress:
    url = urlsplit(word)
    if url.scheme not in CONNECTORS or not url.hostname or not url.username:
        message = (
            f"FIRSTLINE_IMAP holds {word.partition('?')[0]!r}, which isn't the address of a mailbox: write it as "
            "imaps://user@host/INBOX?password=VARIABLE (imap+starttls:// and imap:// work, too)."
        )
        raise MailboxSettingsError(message)
    if url.password:
        message = (
            f"Don't write the password of {url.username} into FIRSTLINE_IMAP: put it into an environment variable and "
            "name that one with ?password=VARIABLE."
        )
        raise MailboxSettingsError(message)
    options = {name: values[0] for name, values in parse_qs(url.query).items()}
    return MailboxAddress(
        scheme=url.scheme,
        host=url.hostname,
        port=url.port or PORTS[url.scheme],
        user=unquote(url.username),
        folder=unquote(url.path.lstrip("/")) or "INBOX",
        password_variable=options.get("password", "FIRSTLINE_IMAP_PASSWORD"),
        brand_key=options.get("brand", ""),
    )


class MailboxWatcher:
    """Watches one mailbox between `start()` and `stop()`; reconnects with growing pauses."""

    def __init__(self, address: MailboxAddress) -> None:
        self.address = address
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._refusals: dict[int, int] = {}

    def __str__(self) -> str:
        return f"the watcher of {self.address.name}"

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._run, name=f"imap {self.address.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop within a second or two; a message that is being stored is stored."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=TIMEOUT_SECONDS)

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                mailbox = self._connect()
                try:
                    self._note_state("")
                    pause = FIRST_PAUSE_SECONDS
                    self._watch(mailbox)
                finally:
                    hang_up(mailbox)
            except (OSError, imaplib.IMAP4.error, ImapToolsError, MailboxError, DatabaseError) as error:
                log.warning("The mailbox %s can't be read, trying again in %s s: %s", self.address.name, pause, error)
                self._note_state(f"{type(error).__name__}: {error}")
            except Exception as bug:
                # A bug met by one message must not end the watching of the mailbox.
                log.exception("Reading the mailbox %s failed", self.address.name)
                self._note_state(f"{type(bug).__name__}: {bug}")
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        connection.close()

    def _connect(self) -> BaseMailBox:
        password = os.environ.get(self.address.password_variable, "")
        if not password:
            raise MailboxError(f"The environment variable {self.address.password_variable} holds no password.")
        made: BaseMailBox = CONNECTORS[self.address.scheme](
            self.address.host, self.address.port, timeout=TIMEOUT_SECONDS
        )
        try:
            made.login(self.address.user, password, initial_folder=self.address.folder)
        except BaseException:
            hang_up(made)
            raise
        return made

    def _watch(self, mailbox: BaseMailBox) -> None:
        while not self._stopping.is_set():
            take_new(mailbox, self.address, self._refusals)
            connection.close()  # none is held while nothing happens
            self._wait(mailbox)

    def _wait(self, mailbox: BaseMailBox) -> None:
        until = time.monotonic() + LOOK_SECONDS
        if "IDLE" not in mailbox.client.capabilities:
            self._stopping.wait(LOOK_SECONDS)
            return
        mailbox.idle.start()  # type: ignore[no-untyped-call]
        try:
            while not self._stopping.is_set() and time.monotonic() < until:
                if mailbox.idle.poll(timeout=1):
                    return
        finally:
            mailbox.idle.stop()  # type: ignore[no-untyped-call]

    def _note_state(self, problem: str) -> None:
        try:
            note_state(self.address, problem)
        except DatabaseError:
            log.warning("The state of the mailbox %s couldn't be noted", self.address.name)
        finally:
            connection.close()


def hang_up(mailbox: BaseMailBox) -> None:
    """Say goodbye, and close the connection also when the other side is gone."""
    try:
        mailbox.client.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            mailbox.client.shutdown()


def watchers_from_settings() -> list[MailboxWatcher]:
    """Make a watcher for each mailbox that FIRSTLINE_IMAP names."""
    return [MailboxWatcher(address) for address in mailbox_addresses(settings.FIRSTLINE_IMAP)]


def note_state(address: MailboxAddress, problem: str) -> None:
    """Write down whether the mailbox can be read, and since when it can't."""
    row, _ = Mailbox.objects.get_or_create(name=address.name, defaults={"brand_key": address.brand_key})
    now = clock.now()
    row.problem = problem.replace("\x00", "")[:1000]
    row.failing_since = (row.failing_since or now) if problem else None
    row.connected_at = row.connected_at if problem else now
    row.save(update_fields=["problem", "failing_since", "connected_at"])


def take_new(mailbox: BaseMailBox, address: MailboxAddress, refusals: dict[int, int]) -> int:
    """Receive what is new in the open folder; returns how many. Interrupted anywhere, it goes on where it was.

    At the first meeting (or after the server gave out new UIDs) the unread messages count as new, later all with a
    higher UID than the last. `refusals` counts, by UID, how often the server wouldn't hand out a message.
    """
    row, _ = Mailbox.objects.get_or_create(name=address.name, defaults={"brand_key": address.brand_key})
    validity = _uid_validity(mailbox, address.folder)
    if row.uid_validity == validity:
        wanted = [uid for uid in _search(mailbox, f"UID {row.last_uid + 1}:*") if uid > row.last_uid]
        last = max(wanted, default=row.last_uid)
    else:
        last = max(_search(mailbox, "ALL"), default=0)
        wanted = [uid for uid in _search(mailbox, "UNSEEN") if uid <= last]
    for uid in sorted(wanted):
        try:
            _take(mailbox, address, validity, uid)
        except MailboxError as error:
            refusals[uid] = refusals.get(uid, 0) + 1
            if refusals[uid] < ENOUGH_REFUSALS:
                raise
            _note_refused(address, validity, uid, error)
        if row.uid_validity == validity:
            Mailbox.objects.filter(id=row.id).update(last_uid=uid)
    Mailbox.objects.filter(id=row.id).update(uid_validity=validity, last_uid=last)
    return len(wanted)


def _take(mailbox: BaseMailBox, address: MailboxAddress, validity: int, uid: int) -> None:
    facts = b" ".join(_fetch(mailbox, uid, "(UID RFC822.SIZE INTERNALDATE)"))
    if not facts:
        return  # somebody deleted it meanwhile
    size = int(_found(rb"RFC822\.SIZE (\d+)", facts))
    received_at = _internal_date(_found(rb'INTERNALDATE "([^"]+)"', facts))
    key = f"imap:{address.name}:{validity}:{uid}"
    if size > actions.max_bytes():
        _note_too_large(address, key, size, received_at)
        return
    raw = max(_fetch(mailbox, uid, "(BODY.PEEK[])"), key=len, default=b"")
    if not raw:
        return
    try:
        actions.receive(
            raw=raw, source=RawMessage.Source.IMAP, key=key, received_at=received_at, brand_key=address.brand_key
        )
    except actions.MessageTooLarge:
        # Servers that convert mail on the way out don't know its size before.
        _note_too_large(address, key, len(raw), received_at)
        return
    # Only now: for people who look into the mailbox. We don't rely on it, and a read-only folder may refuse.
    mailbox.client.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")


def _note_too_large(address: MailboxAddress, key: str, size: int, received_at: datetime) -> None:
    actions.note_too_large(
        source=RawMessage.Source.IMAP,
        key=key,
        size=size,
        received_at=received_at,
        where=f"the mailbox {address.name}",
        brand_key=address.brand_key,
    )


def _note_refused(address: MailboxAddress, validity: int, uid: int, error: MailboxError) -> None:
    said = str(error).replace("\x00", "")[:300]
    actions.note_not_taken(
        source=RawMessage.Source.IMAP,
        key=f"imap:{address.name}:{validity}:{uid}",
        size=0,
        received_at=clock.now(),
        problem=f"The mail server doesn't hand out this message ({said}). It is still in the mailbox {address.name}; open it there.",
        brand_key=address.brand_key,
    )


def _uid_validity(mailbox: BaseMailBox, folder: str) -> int:
    status = mailbox.folder.status(folder, ["UIDVALIDITY"])
    return int(status["UIDVALIDITY"])


def _search(mailbox: BaseMailBox, criteria: str) -> list[int]:
    kind, data = mailbox.client.uid("SEARCH", criteria)
    if kind != "OK":
        raise MailboxError(f"The search {criteria} was refused: {data!r}")
    return [int(word) for word in (data[0] or b"").split()]


def _fetch(mailbox: BaseMailBox, uid: int, what: str) -> list[bytes]:
    kind, data = mailbox.client.uid("FETCH", str(uid), what)
    if kind != "OK":
        raise MailboxError(f"Fetching message {uid} was refused: {data!r}")
    # Literals come as pairs (introduction, content), plain answers as bytes.
    return [item[1] if isinstance(item, tuple) else item for item in data if item]


def _found(pattern: bytes, facts: bytes) -> str:
    matched = re.search(pattern, facts)
    if matched is None:
        raise MailboxError(f"The server's answer makes no sense: {facts[:200]!r}")
    return matched[1].decode("ascii", "replace")


def _internal_date(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text.strip().replace("-", " ", 2)).astimezone(UTC)
    except (ValueError, TypeError):
        return clock.now()
