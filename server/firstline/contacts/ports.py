"""What a channel hands over."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who made contact, as far as the channel can tell."""

    name: str = ""
    email: str = ""
    phone: str = ""
    customer_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedAttachment:
    """A file that came with a message, already stored."""

    file_id: UUID
    name: str
