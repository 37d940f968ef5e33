"""What the page of a case shows of the words exchanged with the customer."""

from uuid import UUID

from firstline.accounts.principals import ADMIN, LEAD, Principal
from firstline.cases.ports import Panel
from firstline.contacts import queries as contact_queries
from firstline.correspondence import queries


def messages(*, case_id: UUID, principal: Principal, language: str) -> Panel:
    """Show the whole conversation about a case: contacts, messages in and out, and what didn't get out (yet)."""
    out = queries.messages_about(case_id)
    context = {
        "contacts": contact_queries.contacts_of_case(case_id, language=language),
        "messages_of": contact_queries.messages_of_case(case_id),
        # What was sent stands among the messages.
        "not_sent": [one for one in out if one.state != "sent"],
        "may_see_raw": principal.is_any((LEAD, ADMIN)),
    }
    return Panel(template="correspondence/case_messages.html", context=context)
