"""Questions whose answers a system knows."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from firstline.errors import Conflict, FirstlineError
from firstline.identity.actions.trying import (
    Asking,
    Outcome,
    audit_proof,
    audit_try,
    insist_unlocked,
    lock_customer,
    note_proof,
    note_try,
)
from firstline.identity.models import Attempt
from firstline.identity.queries.askable import askable, asked_in
from firstline.identity.queries.asking import current_question
from firstline.identity.rules.answers import is_right
from firstline.identity.rules.choosing import Asked, is_passed
from firstline.identity.rules.levels import LEVELS
from firstline.identity.rules.policy import Way


class QuestionGone(Conflict):
    """Another question is to be asked now."""

    code = "question-gone"


def answer_question(
    asking: Asking, *, key: str, said: str, is_unknown: bool = False, seen: Collection[str] = ()
) -> Outcome:
    """Compare what the caller says with what a system holds; keep which question it was, and right or wrong, nothing else.

    `is_unknown` says that the caller doesn't know; that counts like a wrong answer. `seen` are views behind whose masks
    somebody looked in this contact. Raises: LockedOut, QuestionGone.
    """
    if not said.strip() and not is_unknown:
        raise FirstlineError(
            _("Write what the caller says, or choose that they don't know."), code="no-answer", status=422
        )
    # The systems are asked before anything is locked: one that is slow keeps nobody else waiting.
    known = askable(asking.speaker_id, policy=asking.policy, seen=seen)
    today = timezone.localtime(asking.now).date()
    return _answer(asking, key, "" if is_unknown else said, known, today)


@transaction.atomic
def _answer(asking: Asking, key: str, said: str, known: Mapping[str, list[Any]], today: date) -> Outcome:
    lock_customer(asking.speaker_id)
    insist_unlocked(asking)
    asked = asked_in(asking.contact_id, asking.speaker_id)
    if current_question(asking.policy, known, asked, channel=asking.channel, contact_id=asking.contact_id) != key:
        raise QuestionGone(_("This question was answered already, or can't be asked now. Ask the one that is shown."))
    question = asking.policy.questions[key]
    right = is_right(said, known[key], compare=question.compare, today=today)
    clock = note_try(asking, way=Attempt.Way.QUESTION, what=key, is_right=right)
    way = _passed(asking, [*asked, Asked(key=key, is_right=right)]) if right else None
    if way is not None:
        note_proof(asking, way)
    audit_try(asking, way="questions", what=key, is_right=right, clock=clock)
    if way is not None:
        audit_proof(asking, way)
    return Outcome(is_right=right, level=way.level if way else "none", clock=clock)


def _passed(asking: Asking, asked: list[Asked]) -> Way | None:
    """Give the highest of the ways that this last answer completed."""
    kinds = {one.key: one.kind for one in asking.policy.questions.values()}
    passed = [
        way
        for way in asking.policy.way("questions")
        if way.fits(asking.channel)
        and is_passed(kinds, asked, needed=way.kinds, right=way.right)
        and not is_passed(kinds, asked[:-1], needed=way.kinds, right=way.right)
    ]
    return max(passed, key=lambda way: LEVELS.index(way.level), default=None)
