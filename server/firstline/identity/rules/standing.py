"""What was shown in one contact, and whether that is enough for what somebody wants to see or do."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from firstline.identity.rules.authority import Deed, Mandate, Objection, objection
from firstline.identity.rules.levels import Level, highest, is_enough

_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One way that was passed: by whom it was checked, and until when it counts."""

    way: str
    level: Level
    detail: str
    at: datetime
    until: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who speaks in a contact (`speaker_id`), for whom, and how sure that is."""

    speaker_id: UUID | None = None
    customer_id: UUID | None = None
    mandate: Mandate | None = None
    shown: tuple[Shown, ...] = ()

    @property
    def speaks_for_other(self) -> bool:
        """Whether somebody else's affairs are spoken of."""
        return self.customer_id != self.speaker_id

    def level(self, now: datetime) -> Level:
        """Say how sure it is who speaks, now."""
        return highest(one.level for one in self.shown if now < one.until)

    def kept(self) -> "Standing":
        """Give it as it stays with what was asked for then: what was shown doesn't run out while the work goes on."""
        return replace(self, shown=tuple(replace(one, until=_EVER) for one in self.shown))

    def until(self, now: datetime) -> datetime | None:
        """Say until when that level counts."""
        level = self.level(now)
        return max((one.until for one in self.shown if one.level == level and now < one.until), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why it isn't enough: the level that is missing, or what the authority lacks."""

    level: Level = "none"
    authority: Objection | None = None
    kind: Literal["level", "authority"] = "level"


def lack(standing: Standing, deed: Deed, *, needed: Level, now: datetime, today: date) -> Lack | None:
    """Say what is missing for a deed that needs a level; None when it may be done."""
    if standing.speaks_for_other:
        why = objection(standing.mandate, deed, today=today)
        if why is not None:
            return Lack(authority=why, kind="authority")
    if not is_enough(standing.level(now), needed):
        return Lack(level=needed)
    return None
