"""The figures in words: titles, formulas, comparisons, durations."""

from collections.abc import Callable
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline.insights import rules

MINUTE, HOUR, DAY = 60, 3600, 86400

TITLES: dict[str, Any] = {
    "contacts": gettext_lazy("Contacts"),
    "turnaround": gettext_lazy("Turnaround"),
    "handling": gettext_lazy("Handling time"),
    "first-time-right": gettext_lazy("First time right"),
    "complaints": gettext_lazy("Complaints"),
    "cases": gettext_lazy("Cases opened"),
    "tasks": gettext_lazy("Tasks waiting"),
}
FORMULAS: dict[str, Any] = {
    "contacts": gettext_lazy(
        "Counted is every contact that came from a customer in the period, by the time at which it arrived. Bounces and automatic "
        "answers don't count. A contact with several reasons counts once in all, and once for each of its reasons."
    ),
    "turnaround": gettext_lazy(
        "For every case closed in the period: the time from its opening to its end, nights and weekends included. Median: "
        "half of the cases took no longer. Mean: the sum divided by the number of cases. Nine of ten: only one case of ten "
        "took longer. Cancelled cases don't count."
    ),
    "handling": gettext_lazy(
        "For every contact finished in the period that somebody worked on: the sum of the times in which people had it before them, "
        "after-work included; two people at once count twice. The mean is that sum divided by the number of contacts. A contact with "
        "several reasons gives an equal part of its time to each."
    ),
    "first-time-right": gettext_lazy(
        "The contacts after which the same customer did not make contact again on the same reason within %(days)d days, divided by all "
        "contacts of the period that can be judged: of a known customer, with a reason, and at least %(days)d days old. With several "
        "reasons a contact is right when none of them came up again."
    ),
    "complaints": gettext_lazy(
        "Counted is every case opened in the period whose reason is a complaint. The share is that number divided by all "
        "cases opened in the period. Open are those of them that are not closed now."
    ),
    "cases": gettext_lazy("Counted is every case that was opened in the period."),
    "tasks": gettext_lazy(
        "Counted is every step of a case that waits for a person now, whatever the period. A step that several teams may do counts "
        "once in all, and once for each team. How long it has waited is counted from the moment at which it began to wait."
    ),
}


def title(figure: str) -> str:
    """Name a figure."""
    return str(TITLES[figure])


def formula(figure: str, *, repeat_days: int) -> str:
    """Say how a figure comes about."""
    text = str(FORMULAS[figure])
    return text % {"days": repeat_days} if figure == "first-time-right" else text


def duration(seconds: float | None) -> str:
    """Write a duration with the two units that matter: 45 s, 6 min 20 s, 2 h 05 min, 3.4 days."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < MINUTE:
        return _("%(seconds)d s") % {"seconds": whole}
    if whole < HOUR:
        return _("%(minutes)d min %(seconds)02d s") % {"minutes": whole // MINUTE, "seconds": whole % MINUTE}
    if whole < 2 * DAY:
        return _("%(hours)d h %(minutes)02d min") % {"hours": whole // HOUR, "minutes": whole % HOUR // MINUTE}
    return _("%(days)s days") % {"days": formats.number_format(round(whole / DAY, 1), 1)}


def number(value: float | None) -> str:
    """Write a whole number."""
    return "–" if value is None else formats.number_format(round(value), use_l10n=True, force_grouping=True)


def percent(value: float | None) -> str:
    """Write a share of a hundred."""
    return "–" if value is None else _("%(number)s %%") % {"number": formats.number_format(value, 1)}


def compared(now: float | None, before: float | None, write: Callable[[float | None], str]) -> str:
    """Say how a figure stands against the period before."""
    if before is None:
        return _("nothing to compare with")
    found = rules.change(now, before)
    named = {"before": write(before)}
    if found is None or found.percent is None:
        return _("before: %(before)s") % named
    if found.direction == "same" or found.percent == 0:
        return _("as before (%(before)s)") % named
    named["percent"] = formats.number_format(abs(found.percent), force_grouping=True)
    if found.direction == "up":
        return _("%(percent)s %% more than before (%(before)s)") % named
    return _("%(percent)s %% less than before (%(before)s)") % named


def compared_shares(now: float | None, before: float | None) -> str:
    """Say how a share stands against the period before, in points."""
    found = rules.change(now, before)
    if found is None:
        return _("nothing to compare with") if before is None else _("before: %(before)s") % {"before": percent(before)}
    named = {"before": percent(before), "points": formats.number_format(abs(found.difference), 1)}
    if found.direction == "same":
        return _("as before (%(before)s)") % named
    if found.direction == "up":
        return _("%(points)s points more than before (%(before)s)") % named
    return _("%(points)s points less than before (%(before)s)") % named
