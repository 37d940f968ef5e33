"""Contacts and their outcome are noted in the systems that want it, as the reasons say; nobody waits for that."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from feel import Expression, compile_expression
from firstline import clock
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.customers import queries as customer_queries
from firstline.procedures import queries as procedure_queries
from firstline.procedures.rules import CASE_CLOSED, CONTACT_FINISHED
from firstline.sources import actions as source_actions
from firstline.sources import queries as source_queries


def note_contact(*, contact_id: UUID) -> None:
    """Want a finished contact noted, once for each of its cases."""
    contact = Contact.objects.select_related("agent").get(id=contact_id)
    for reason in contact.reasons.select_related("case__brand"):
        about = {"reference": f"{contact.number}-{reason.case.number}", "contact": _contact(contact)}
        _want(CONTACT_FINISHED, f"note:{contact.id}", reason.reason_key, reason.case, about)


def note_case(*, case_id: UUID) -> None:
    """Want the outcome of a closed case noted, once each time that it is closed."""
    case = Case.objects.select_related("brand").get(id=case_id)
    closed = case.closed_at.isoformat() if case.closed_at else ""
    _want(CASE_CLOSED, f"note:{closed}", case.reason_key, case, {"reference": case.number, "contact": None})


def _want(when: str, key: str, reason_key: str, case: Case, about: Mapping[str, Any]) -> None:
    notes = [
        one
        for one in procedure_queries.notes_of(reason_key, brand=case.brand.key)
        # The reasons that come with the product name systems that not every house has.
        if one["when"] == when and source_queries.is_connected(one["command"])
    ]
    if not notes or case.customer_id is None:
        return
    card = customer_queries.customer_card(case.customer_id)
    now = clock.now()
    context = {**about, "case": _case(case), "customer": {"number": card.number, "name": card.name}}
    for one in notes:
        source_actions.want_note(
            key=f"{key}:{case.id}:{one['command']}",
            command=one["command"],
            customer_id=case.customer_id,
            case_id=case.id,
            about=when,
            parameters={
                name: _compiled(text).evaluate(context, now=now).value for name, text in one["parameters"].items()
            },
        )


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "number": contact.number,
        "channel": contact.channel,
        "direction": contact.direction,
        "at": contact.received_at,
        "finished_at": contact.finished_at,
        "subject": contact.subject,
        "summary": contact.summary,
        "agent": contact.agent.name if contact.agent else "",
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "reason": case.reason_key,
        "subject": case.subject,
        "state": case.state,
        "outcome": case.outcome,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }


@lru_cache(maxsize=256)
def _compiled(text: str) -> Expression:
    return compile_expression(text)
