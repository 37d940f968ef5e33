"""What is found, as those write it who own it; and how everything is written down anew."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A thing, and by what it is found. `language` (ISO 639) is that of `text`; phones are digits only."""

    kind: str
    subject_id: UUID
    brand: str
    at: datetime
    names: str
    text: str = ""
    language: str = ""
    numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Feeder(Protocol):
    """Gives everything of its kinds in batches; SEARCH_FEEDERS in the wiring lists who does."""

    def __call__(self, *, size: int) -> Iterator[list[Found]]:
        """Give all that there is."""
