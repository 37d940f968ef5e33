"""What happens to relationships, for whoever wants to know."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChanged:
    customer_id: UUID
    brand: str
    # "" = there was none.
    before: str
    stage: str
    is_by_hand: bool
    reason: str
