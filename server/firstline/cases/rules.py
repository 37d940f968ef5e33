"""Decisions about cases, as pure functions over plain values."""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from firstline.accounts.principals import AGENT, BACK_OFFICE, LEAD, Principal
from firstline.processes.rules import CASE_BEGAN

WORKING_ROLES = (AGENT, BACK_OFFICE, LEAD)
# What whoever is kept from a step reads.
FOUR_EYES = _("You began this case or did an earlier step of it, so somebody else must do this one.")
# So long may somebody read, think or telephone without touching a step and still be at work on it.
LONGEST_PAUSE = timedelta(minutes=15)


def may_work_on(
    principal: Principal, *, candidate_groups: Iterable[str], assignee: str, kept_from: Container[UUID | None] = ()
) -> bool:
    """Tell whether this person may do a step: theirs, their team's, or a team lead's; nobody else's.

    A step without a team is for whoever talks to the customer; `kept_from` are those who mustn't, whatever else holds.
    """
    if not principal.is_any(WORKING_ROLES) or principal.id in kept_from:
        return False
    groups = frozenset(candidate_groups)
    if assignee and assignee == str(principal.id):
        return True
    if principal.is_(LEAD):
        return True
    return not groups or not groups.isdisjoint(principal.teams)


def kept_from(
    separate_from: Collection[str], *, doers: Mapping[str, Iterable[UUID]], began: UUID | None
) -> frozenset[UUID]:
    """Say who mustn't do a step because they did one from which it is kept apart, or began the case.

    Shape: `doers` by the element that they did.

    >>> one, two = UUID(int=1), UUID(int=2)
    >>> (
    ...     kept_from(["take"], doers={"take": [one]}, began=two) == {one},
    ...     kept_from(["start"], doers={}, began=two) == {two},
    ... )
    (True, True)
    """
    found = {by for element_id in separate_from for by in doers.get(element_id, ())}
    if CASE_BEGAN in separate_from and began is not None:
        found.add(began)
    return frozenset(found)


def is_missed(*, due_at: datetime, kept_at: datetime | None, withdrawn_at: datetime | None, now: datetime) -> bool:
    """Tell whether a promise was broken."""
    return withdrawn_at is None and (kept_at or now) > due_at


def order_to_continue(*, has_missed_promise: bool, has_open_promise: bool, opened_at: datetime) -> tuple[int, float]:
    """Rank a customer's open cases: a broken promise first, then a promise, then the youngest. Sorts ascending."""
    return (0 if has_missed_promise else 1 if has_open_promise else 2, -opened_at.timestamp())


def left_at(*, last_touched_at: datetime, now: datetime) -> datetime:
    """Say until when somebody was at work on a step: now, unless they left it lying (over lunch, over night).

    >>> left_at(last_touched_at=datetime(2026, 3, 2, 17, 0), now=datetime(2026, 3, 3, 8, 0))
    datetime.datetime(2026, 3, 2, 17, 15)
    """
    return min(now, last_touched_at + LONGEST_PAUSE)
