"""Which period and which days somebody asks for, read from the address of the page."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from firstline.errors import FirstlineError
from firstline.insights import rules
from firstline.insights.rules import Period

LATEST = {"today": 1, "7": 7, "30": 30}
OWN = "own"


class BadPeriod(FirstlineError):
    code = "bad-period"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPeriod:
    """The period asked for, the one that it is compared with, and the address that asks for it again."""

    key: str
    period: Period
    before: Period
    repeat_days: int

    @property
    def label(self) -> str:
        """Its name in words."""
        if self.key == "today":
            return _("today")
        if self.key in LATEST:
            return ngettext("the last %(days)d day", "the last %(days)d days", self.period.days) % {
                "days": self.period.days
            }
        return _("the chosen days")

    def query(self, **more: str) -> str:
        """Write the part of an address that keeps the choice."""
        own = {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()} if self.key == OWN else {}
        return urlencode({"period": self.key, **own, "days": self.repeat_days, **more})


def chosen_period(asked: QueryDict, *, now: datetime, zone: ZoneInfo) -> ChosenPeriod:
    """Read the choice; the last seven days when there is none.

    Raises: BadPeriod.
    """
    key = asked.get("period", "7")
    if key in LATEST:
        period = rules.latest_days(LATEST[key], now=now, zone=zone)
    elif key == OWN:
        period = _own(asked, now, zone)
    else:
        raise BadPeriod(_("Choose today, 7 days, 30 days or days of your own."))
    return ChosenPeriod(
        key=key, period=period, before=rules.period_before(period, zone=zone), repeat_days=_repeat_days(asked)
    )


def _own(asked: QueryDict, now: datetime, zone: ZoneInfo) -> Period:
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if first > last:
        raise BadPeriod(_("The first day lies after the last. Swap them."))
    if (last - first).days >= rules.LONGEST_DAYS:
        raise BadPeriod(_("That is too long: choose at most %(days)d days.") % {"days": rules.LONGEST_DAYS})
    return rules.period_of(first, last, now=now, zone=zone)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadPeriod(_("Give the first and the last day, such as 2026-11-21.")) from None
    # Room on both sides for the period before, and for the zone.
    if not 1970 < day.year < 2200:
        raise BadPeriod(_("Give the first and the last day, such as 2026-11-21."))
    return day


def _repeat_days(asked: QueryDict) -> int:
    text = asked.get("days", "") or str(rules.DEFAULT_REPEAT_DAYS)
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= rules.LONGEST_REPEAT_DAYS):
        raise BadPeriod(
            _("Choose between 1 and %(days)d days for a second contact.") % {"days": rules.LONGEST_REPEAT_DAYS}
        )
    return int(text)
