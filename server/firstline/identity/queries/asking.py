"""The question that comes next."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from firstline.identity.rules.choosing import Asked, next_question
from firstline.identity.rules.policy import Policy


def current_question(
    policy: Policy, known: Mapping[str, Any], asked: Sequence[Asked], *, channel: str, contact_id: UUID
) -> str | None:
    """Give the key of the question to be asked now, for the first way of questions that can still be passed."""
    spent = {one.key for one in asked}
    # What was asked counts by its kind although its system is silent meanwhile.
    kinds = {one.key: one.kind for one in policy.questions.values() if one.key in known or one.key in spent}
    for way in policy.way("questions"):
        if way.fits(channel):
            found = next_question(kinds, asked, needed=way.kinds, right=way.right, contact_id=contact_id)
            if found is not None:
                return found
    return None
