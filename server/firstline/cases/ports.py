"""What the page of a case asks of the capabilities above the cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from firstline.accounts.principals import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A part of the page that somebody else fills: a template, and what it shows."""

    template: str
    context: Mapping[str, Any]


class CasePanel(Protocol):
    """Fills a part of the page; the wiring (CASE_PANELS) says who does. The case may be seen by `principal`."""

    def __call__(self, *, case_id: UUID, principal: Principal, language: str) -> Panel:
        """Give the part for one case."""
