"""Words and icons of the desk."""

from datetime import datetime

from django import template
from django.conf import settings
from django.utils import formats, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline import clock
from firstline.desktop.screens import Tile, TileSlot
from firstline.identity.rules import words
from firstline.ui.templatetags.ui import icon

register = template.Library()

CHANNELS = {
    "phone": ("phone", gettext_lazy("Phone")),
    "email": ("mail", gettext_lazy("E-mail")),
    "webform": ("form", gettext_lazy("Web form")),
    "sms": ("chat", gettext_lazy("Text message")),
    "chat": ("chat", gettext_lazy("Chat")),
    "letter": ("form", gettext_lazy("Letter")),
    "counter": ("person", gettext_lazy("Counter")),
}
EVIDENCE = {
    "phone": gettext_lazy("phone"),
    "email": gettext_lazy("e-mail"),
    "customer_number": gettext_lazy("customer number"),
}
AUTHORITIES = {
    "none": gettext_lazy("no authority"),
    "claimed": gettext_lazy("authority claimed"),
    "proven": gettext_lazy("authority proven"),
    "over": gettext_lazy("authority not in force"),
}


@register.simple_tag
def channel_icon(channel: str) -> SafeString:
    """Draw a channel's icon with its name for those who don't see it."""
    name, label = CHANNELS.get(channel, ("contacts", channel))
    return icon(name, str(label))


@register.simple_tag
def event_icon(name: str) -> SafeString:
    """Draw the icon of a channel or of anything else; the words beside it say the same."""
    return icon(CHANNELS[name][0] if name in CHANNELS else name)


def channel_name(channel: str) -> str:
    """Name a channel."""
    return str(CHANNELS.get(channel, ("", channel))[1])


@register.filter
def evidence(kind: str) -> str:
    """Name a kind of evidence."""
    return str(EVIDENCE.get(kind, kind))


@register.filter
def authority(kind: str) -> str:
    """Name how far somebody may speak for another."""
    return str(AUTHORITIES.get(kind, kind))


@register.filter
def level_name(level: str) -> str:
    """Name how sure it is who speaks."""
    return str(words.LEVELS.get(level, level))


@register.filter
def way_name(way: str) -> str:
    """Name a way to show who one is."""
    return str(words.WAYS.get(way, way))


@register.filter
def proof_detail(detail: str) -> str:
    """Write what there is to say about a proof, with the document's kind in the reader's language."""
    kind, space, rest = detail.partition(" ")
    return f"{words.DOCUMENTS[kind]}{space}{rest}" if kind in words.DOCUMENTS else detail


@register.filter
def language_name(code: str) -> str:
    """Name a language in itself."""
    return dict(settings.LANGUAGES).get(code, code)


@register.filter
def day(moment: datetime | None) -> str:
    """Name a day as people do: today 14:00, Monday, 3 March."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime(clock.now()).date()
    away = (local.date() - today).days
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    if away in near:
        return f"{near[away]} {formats.time_format(local, 'TIME_FORMAT')}"
    if -7 < away < 7:
        return formats.date_format(local, "l")
    return (
        formats.date_format(local, "MONTH_DAY_FORMAT")
        if local.year == today.year
        else formats.date_format(local, "SHORT_DATE_FORMAT")
    )


@register.filter
def loading(slot: TileSlot) -> Tile:
    """Say what stands in a tile's place until it has answered."""
    return Tile(key=slot.key, title=slot.title, source=slot.source, state="loading")
