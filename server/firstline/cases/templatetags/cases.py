"""`{% load cases %}`: words and icons for channels, cases and moments."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django import template
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from firstline import clock
from firstline.ui.templatetags.ui import icon

register = template.Library()

CHANNELS = {
    "phone": ("phone", gettext_lazy("Phone")),
    "email": ("mail", gettext_lazy("E-mail")),
    "webform": ("form", gettext_lazy("Web form")),
    "sms": ("chat", gettext_lazy("Text message")),
    "chat": ("chat", gettext_lazy("Chat")),
    "letter": ("mail", gettext_lazy("Letter")),
    "counter": ("person", gettext_lazy("Counter")),
}
CASE_STATES = {
    "open": gettext_lazy("open"),
    "closed": gettext_lazy("closed"),
    "cancelled": gettext_lazy("cancelled"),
    "merged": gettext_lazy("merged"),
}

OUTCOMES = {
    "done": gettext_lazy("done"),
    "completed": gettext_lazy("done"),
    "terminated": gettext_lazy("ended early"),
    "cancelled": gettext_lazy("cancelled"),
    "error": gettext_lazy("ended by an error"),
}


@register.simple_tag
def channel_icon(channel: str) -> SafeString:
    """Draw a channel's icon, with its name for those who don't see it."""
    name, label = CHANNELS.get(channel, ("contacts", channel))
    return icon(name, str(label))


@register.filter
def channel_name(channel: str) -> str:
    """Name a channel."""
    return str(CHANNELS.get(channel, ("", channel))[1])


@register.filter
def case_state(state: str) -> str:
    """Name the state of a case."""
    return str(CASE_STATES.get(state, state))


@register.filter
def outcome(key: str) -> str:
    """Name how a case ended: the engine's words, or what somebody wrote."""
    return str(OUTCOMES.get(key, key))


@register.filter
def team_names(keys: Iterable[str], names: Mapping[str, str]) -> str:
    """Name teams, given what they are called."""
    return ", ".join(names.get(key, key) for key in keys)


@register.filter
def day(moment: datetime | None) -> str:
    """Name a moment as people do: today 14:00, Monday 09:30, 3 March."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime(clock.now()).date()
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    away = (local.date() - today).days
    at = formats.time_format(local, "TIME_FORMAT")
    if away in near:
        return f"{near[away]} {at}"
    if 0 < away < 7:
        return f"{formats.date_format(local, 'l')} {at}"
    return formats.date_format(local, "MONTH_DAY_FORMAT" if local.year == today.year else "SHORT_DATE_FORMAT")


@register.filter
def in_words(duration: timedelta | None) -> str:
    """Say how long something took, in the two units that matter."""
    if duration is None:
        return ""
    seconds = max(0, int(duration.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        _("%(n)d h") % {"n": hours} if hours else "",
        _("%(n)d min") % {"n": minutes} if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or _("%(n)d s") % {"n": seconds}
