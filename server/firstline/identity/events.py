"""What happens when somebody shows who they are, for whoever wants to know."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityShown:
    """In a contact a level was reached."""

    contact_id: UUID
    at: datetime
    # The member of staff who checked it; None when the customer did it alone.
    by_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityTried:
    """In a contact something was asked, sent or answered: whoever shows it looks again."""

    contact_id: UUID
