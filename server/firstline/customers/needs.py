"""What whoever serves a customer must keep to, from a list that programs understand, too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

WEEK = range(1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A need in words, and the channel that it rules out."""

    label: Any
    avoids: str = ""


NEEDS: dict[str, Need] = {
    "never-phone": Need(label=_("never by phone"), avoids="phone"),
    "never-email": Need(label=_("never by e-mail"), avoids="email"),
    "relay-service": Need(label=_("calls through a relay service")),
    "no-voice-mail": Need(label=_("leave no voice mail")),
    "slow-speech": Need(label=_("speak slowly and clearly")),
    "sign-language": Need(label=_("sign language")),
    "interpreter": Need(label=_("needs an interpreter")),
    "plain-language": Need(label=_("plain language")),
    "large-print": Need(label=_("large print")),
    "screen-reader": Need(label=_("documents for a screen reader")),
    "trusted-person": Need(label=_("only with a person they trust")),
}


def is_ruled_out(channel: str, need_keys: Iterable[str]) -> bool:
    """Tell whether a customer with these needs must not be contacted on a channel.

    >>> is_ruled_out("phone", ["never-phone"]), is_ruled_out("email", ["never-phone"])
    (True, False)
    """
    return any(NEEDS[key].avoids == channel for key in need_keys if key in NEEDS)


def labels(need_keys: Iterable[str]) -> list[str]:
    """Say needs in words, in the order of the list."""
    wanted = set(need_keys)
    return [str(need.label) for key, need in NEEDS.items() if key in wanted]


def reach(days: Sequence[int], start: time | None, end: time | None) -> str:
    """Say in words when somebody likes to be called, days that follow each other as a stretch; "" = at any time.

    >>> reach([1, 2, 5], time(10), None)
    'Mon, Tue, Fri from 10:00'
    """
    from_ = str(_("from %(time)s") % {"time": f"{start:%H:%M}"}) if start else ""
    until = str(_("until %(time)s") % {"time": f"{end:%H:%M}"}) if end else ""
    hours = f"{start:%H:%M}–{end:%H:%M}" if start and end else from_ or until
    named = "" if set(WEEK) <= set(days) else ", ".join(_stretch(one) for one in _stretches(days))
    return " ".join(part for part in (named, hours) if part)


def _stretches(days: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for day in sorted(set(days) & set(WEEK)):
        if found and day == found[-1][-1] + 1:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def _stretch(days: list[int]) -> str:
    first, last = str(WEEKDAYS_ABBR[days[0] - 1]), str(WEEKDAYS_ABBR[days[-1] - 1])
    if len(days) == 1:
        return first
    return f"{first}, {last}" if len(days) == 2 else f"{first}–{last}"
