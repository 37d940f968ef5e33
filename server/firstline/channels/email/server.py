"""A listener for mail: LMTP from one's own mail server, or SMTP. It says 250 only for what is stored."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from firstline import clock
from firstline.channels.email import actions
from firstline.channels.email.models import RawMessage

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 50
MAX_RECIPIENTS = 100
IDLE_SECONDS = 120
# Each stores one message; the rest wait, and so does the memory that they would need.
STORING_THREADS = 4


class _Door:
    """What aiosmtpd asks: may this recipient, and here is a message."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.threads = ThreadPoolExecutor(max_workers=STORING_THREADS, thread_name_prefix=f"firstline-{source}")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return f"452 4.5.3 Too many recipients: at most {MAX_RECIPIENTS} per message"
        domains = accepted_domains()
        if domains and address.rpartition("@")[2].lower() not in domains:
            return "550 5.7.1 We take no mail for this domain"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self.threads, self._store, envelope)
        # LMTP answers once per recipient (RFC 2033, 4.2); they all share the one stored message.
        times = len(envelope.rcpt_tos) if self.source == RawMessage.Source.LMTP else 1
        return "\r\n".join([answer] * times)

    async def handle_exception(self, error: Exception) -> str:
        log.error("The %s listener failed", self.source, exc_info=error)
        return "451 4.3.0 Something went wrong here; please send it again later"

    def _store(self, envelope: Envelope) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        try:
            message_id, _ = actions.receive(
                raw=raw,
                source=self.source,
                key=actions.key_of(raw),
                received_at=clock.now(),
                envelope_from=envelope.mail_from or "",
                envelope_to=envelope.rcpt_tos,
            )
        except actions.MessageTooLarge as refused:
            return f"552 5.3.4 {refused.message}"
        except Exception:
            log.exception("A message couldn't be stored")
            return "451 4.3.0 The message couldn't be stored; please send it again later"
        finally:
            connection.close()
        return f"250 2.0.0 Stored as {message_id}"


def accepted_domains() -> frozenset[str]:
    """Give the domains that mail is taken for; none means: any, because the mail server in front decides."""
    return frozenset(word.lower() for word in settings.FIRSTLINE_MAIL_DOMAINS.replace(",", " ").split())


class _Bounded:
    """Refuses a connection when enough of them are open; mixed into aiosmtpd's protocols."""

    open_connections: set[Any]
    # RFC 5321 allows 1,000 bytes, but a program that writes longer lines shouldn't cost the customer the message.
    line_length_limit = 1 << 20

    def connection_made(self, transport: Any) -> None:
        if len(self.open_connections) >= MAX_CONNECTIONS:
            transport.write(b"421 4.3.2 Too many connections; please come again later\r\n")
            transport.close()
            return
        self.open_connections.add(self)
        super().connection_made(transport)  # type: ignore[misc]

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.open_connections:
            self.open_connections.discard(self)
            super().connection_lost(error)  # type: ignore[misc]


class _BoundedSMTP(_Bounded, SMTP):
    pass


class _BoundedLMTP(_Bounded, LMTP):
    pass


class MailListener:
    """Listens in a thread of its own between `start()` and `stop()`."""

    def __init__(self, *, source: str, host: str, port: int) -> None:
        self.source, self.host, self.port = source, host, port
        self._controller: Controller | None = None

    def __str__(self) -> str:
        return f"the {self.source} listener at {self.host}:{self.port}"

    def start(self) -> None:
        """Begin to listen; raises OSError when the port is taken."""
        door = _Door(self.source)
        protocol = _BoundedLMTP if self.source == RawMessage.Source.LMTP else _BoundedSMTP
        open_connections: set[Any] = set()

        class Listening(Controller):
            def factory(self) -> SMTP:
                server = protocol(
                    door,
                    data_size_limit=actions.max_bytes(),
                    enable_SMTPUTF8=True,
                    ident="Firstline",
                    hostname="firstline",
                    timeout=IDLE_SECONDS,
                )
                server.open_connections = open_connections
                return server

        self._controller = Listening(door, hostname=self.host, port=self.port, ready_timeout=10)
        self._controller.start()
        log.info("Listening for mail (%s) on %s:%s", self.source, self.host, self.port)

    def stop(self) -> None:
        """Close the port; what is being stored is stored."""
        if self._controller is not None:
            self._controller.stop()
            self._controller.handler.threads.shutdown(wait=True)
            self._controller = None


def listeners_from_settings() -> list[MailListener]:
    """Make the listeners that FIRSTLINE_LMTP and FIRSTLINE_SMTP_IN (host:port) ask for."""
    wanted: list[tuple[str, str]] = [
        (RawMessage.Source.LMTP, settings.FIRSTLINE_LMTP),
        (RawMessage.Source.SMTP, settings.FIRSTLINE_SMTP_IN),
    ]
    made = []
    for source, address in wanted:
        if address:
            host, _colon, port = address.rpartition(":")
            made.append(MailListener(source=source, host=host.strip("[]") or "127.0.0.1", port=int(port)))
    return made
