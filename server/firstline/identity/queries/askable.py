"""Which questions can be asked of somebody: those to which a system knows the answer now."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from firstline.accounts.principals import process_principal
from firstline.customers.queries import same_as
from firstline.identity.models import Attempt
from firstline.identity.rules.answers import known_as
from firstline.identity.rules.choosing import Asked
from firstline.identity.rules.policy import Policy, Question
from firstline.sources import queries as source_queries
from firstline.sources.adapters.loaded import find_view


def askable(customer_id: UUID, *, policy: Policy, seen: Collection[str] = ()) -> dict[str, list[Any]]:
    """Give what the systems know, by the key of the question; without those that nobody knows the answer to.

    `seen` are views whose hidden fields somebody looked at in this contact: their questions prove nothing any more. The values
    are for comparing: they never go to a screen.
    """
    wanted = [one for one in policy.questions.values() if one.view not in seen and find_view(one.view) is not None]
    views = list(dict.fromkeys(one.view for one in wanted))
    if not views:
        return {}
    tiles = source_queries.view(
        customer_id=customer_id, views=views, principal=process_principal(), language="en", is_verified=True
    )
    by_view: Mapping[str, Any] = dict(zip(views, tiles, strict=True))
    known = {one.key: _values(one, by_view[one.view].rows) for one in wanted}
    return {key: values for key, values in known.items() if values}


def _values(question: Question, rows: Any) -> list[Any]:
    found = [cell.value for row in rows for cell in row if cell.name == question.field]
    return [value for value in found if known_as(value, question.compare)]


def asked_in(contact_id: UUID, customer_id: UUID) -> list[Asked]:
    """List the questions that were asked of somebody in a contact, in their order."""
    attempts = Attempt.objects.filter(
        contact_id=contact_id, customer_id__in=same_as(customer_id), way=Attempt.Way.QUESTION
    )
    return [Asked(key=one.what, is_right=one.is_right) for one in attempts.order_by("at", "id")]
