"""What a step needs of whoever is speaking: their verification, and their authority where they speak for another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from firstline.cases.models import Case
from firstline.identity.access import access_writes, may_change, standing_of
from firstline.identity.rules.standing import Standing
from firstline.procedures import forms, guides


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """Who speaks about a case, in which contact."""

    case: Case
    standing: Standing
    now: datetime

    def answers(self, form: forms.Form | None) -> dict[str, bool]:
        """Answer what the house knows by itself: whether they were verified, for a reason that needs it."""
        keys = form.verified_keys if form is not None else ()
        known = (
            may_change(self.standing, brand=self.case.brand, reason=self.case.reason_key, now=self.now)
            if keys
            else None
        )
        return {} if known is None else dict.fromkeys(keys, known)

    def insist(self, guide: guides.Guide, trail: Sequence[str], typed: Mapping[str, Any]) -> None:
        """Let a step through that writes what they may have written.

        Raises: NotShown.
        """
        planned = [one for page in trail for one in guides.planned_writes(guide.page(page), typed, now=self.now)]
        commands = {one.command: one.parameters for one in planned}
        access_writes(
            self.standing, brand=self.case.brand, reason=self.case.reason_key, commands=commands, now=self.now
        )


def speaking_about(case: Case, *, contact_id: UUID | None, now: datetime) -> Speaking:
    """Say who speaks about a case in a contact; away from any, who spoke when it was opened, and what they showed then."""
    standing = standing_of(contact_id=contact_id or case.contact_id, customer_id=case.customer_id)
    return Speaking(case=case, standing=standing if contact_id else standing.kept(), now=now)
