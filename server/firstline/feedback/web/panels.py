"""What the page of a customer shows of how content they are."""

from uuid import UUID

from firstline.accounts.principals import Principal
from firstline.customers.ports import Panel
from firstline.feedback import queries
from firstline.feedback.web.words import STATES, TONES


def satisfaction(*, customer_id: UUID, principal: Principal, language: str) -> Panel | None:
    """Show what they said last, and where more is noted."""
    rows = [
        {"row": one, "state": STATES[one.state], "tone": one.tone or TONES.get(one.state, "")}
        for one in queries.rows_of(customer_id, limit=3)
    ]
    return Panel(template="feedback/parts/panel.html", context={"customer_id": customer_id, "rows": rows})
