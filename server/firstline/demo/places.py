"""Where the demo keeps its things, and on which ports its parts listen."""

import os
from dataclasses import dataclass
from pathlib import Path

import firstline
from firstline.runtime.home import home

PASSWORD = "firstline-demo"  # noqa: S105 -- printed at every start; the demo listens on this machine only


@dataclass(frozen=True, slots=True)
class Ports:
    """The demo's ports: four in a row from the web's."""

    web: int

    @property
    def mailbox(self) -> int:
        """Where the customers' mailbox takes mail (SMTP)."""
        return self.web + 1

    @property
    def smtp_in(self) -> int:
        """Where Firstline takes customers' mail (SMTP)."""
        return self.web + 2

    @property
    def lmtp(self) -> int:
        """Where Firstline takes mail from a mail server (LMTP)."""
        return self.web + 3


def systems_folder() -> Path:
    """Say where the four back-office systems live."""
    return home() / "systems"


def mailbox_folder() -> Path:
    """Say where the mail that customers got is kept."""
    return home() / "mailbox"


def procedures_folder() -> Path:
    """Say where the ready procedures are."""
    return Path(firstline.__file__).resolve().parents[2] / "procedures"


def decisions_folder() -> Path:
    """Say where the decision models are that belong to no procedure."""
    return Path(__file__).parent / "decisions"


def set_environment(ports: Ports) -> None:
    """Let this process and its children run as the demo; what was chosen outside stays."""
    chosen = {
        "FIRSTLINE_DEMO": "1",
        "FIRSTLINE_PUBLIC_URL": f"http://127.0.0.1:{ports.web}",
        "FIRSTLINE_SMTP_OUT": f"smtp://127.0.0.1:{ports.mailbox}",
        "FIRSTLINE_SMTP_IN": f"127.0.0.1:{ports.smtp_in}",
        "FIRSTLINE_LMTP": f"127.0.0.1:{ports.lmtp}",
        "FIRSTLINE_HOLD_SECONDS": "3",
        # The story is played again and again, always with the same few people.
        "FIRSTLINE_AUTOMATIC_PER_HOUR": "1000",
        "FIRSTLINE_SOURCES": str(Path(__file__).parent / "sources"),
        "FIRSTLINE_IDENTITY": str(Path(__file__).parent / "identity"),
        "FIRSTLINE_SECRETS": str(systems_folder() / "connections"),
    }
    for name, value in chosen.items():
        os.environ.setdefault(name, value)
