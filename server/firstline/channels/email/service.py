"""All ways by which mail comes in, as the worker starts and stops them."""

import logging

from firstline.channels.email.imap import MailboxWatcher, watchers_from_settings
from firstline.channels.email.server import MailListener, listeners_from_settings

log = logging.getLogger(__name__)


class MailIntake:
    """The listeners and mailbox watchers that are running."""

    def __init__(self) -> None:
        self._running: list[MailListener | MailboxWatcher] = []

    def start(self) -> None:
        """Start all that the settings ask for; one that can't be started doesn't keep the others from starting."""
        wanted: list[MailListener | MailboxWatcher] = [*listeners_from_settings(), *watchers_from_settings()]
        for part in wanted:
            try:
                part.start()
            except OSError:
                log.exception("Mail can't be taken in by %s", part)
                continue
            self._running.append(part)

    def stop(self) -> None:
        """Stop all; what is being stored is stored."""
        while self._running:
            self._running.pop().stop()


def start() -> MailIntake:
    """Take mail in until `stop()` is called on what this returns."""
    intake = MailIntake()
    intake.start()
    return intake
