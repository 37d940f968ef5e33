"""What the page of a customer asks of the capabilities above."""

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


class CustomerPanel(Protocol):
    """Fills a part of the page; the wiring (CUSTOMER_PANELS) says who does. The customer may be seen by `principal`."""

    def __call__(self, *, customer_id: UUID, principal: Principal, language: str) -> Panel | None:
        """Give the part for one customer, None when there is nothing to show."""
