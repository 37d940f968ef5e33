"""`{% load contacts %}`: words for what the register knows."""

from django import template
from django.conf import settings
from django.utils.translation import gettext_lazy

register = template.Library()

STATES = {
    "ringing": gettext_lazy("ringing"),
    "open": gettext_lazy("open"),
    "ended": gettext_lazy("after-work"),
    "finished": gettext_lazy("finished"),
    "missed": gettext_lazy("missed"),
}
TONES = {"ringing": "accent", "open": "accent", "ended": "warn", "finished": "", "missed": "bad"}
AUTHORITIES = {
    "self": gettext_lazy("for themselves"),
    "none": gettext_lazy("without authority"),
    "claimed": gettext_lazy("authority claimed"),
    "proven": gettext_lazy("authority proven"),
}
RELATIONS = {
    "opens": gettext_lazy("opened"),
    "continues": gettext_lazy("continued"),
    "asks": gettext_lazy("asked about"),
}
KINDS = {"handling": gettext_lazy("handling"), "after_work": gettext_lazy("after-work")}
EVIDENCE = {
    "phone": gettext_lazy("phone"),
    "email": gettext_lazy("e-mail"),
    "customer_number": gettext_lazy("customer number"),
}


def _words(table: dict[str, object], key: str) -> str:
    return str(table.get(key, key))


@register.filter
def contact_state(key: str) -> str:
    """Name the state of a contact."""
    return _words({**STATES}, key)


@register.filter
def state_tone(key: str) -> str:
    """Say which tone the state of a contact has."""
    return TONES.get(key, "")


@register.filter
def authority(key: str) -> str:
    """Name how far somebody may speak for another."""
    return _words({**AUTHORITIES}, key)


@register.filter
def relation(key: str) -> str:
    """Name what a contact did with a case."""
    return _words({**RELATIONS}, key)


@register.filter
def engagement_kind(key: str) -> str:
    """Name a kind of work."""
    return _words({**KINDS}, key)


@register.filter
def evidence(key: str) -> str:
    """Name a kind of evidence."""
    return _words({**EVIDENCE}, key)


@register.filter
def language_name(code: str) -> str:
    """Name a language in itself."""
    return dict(settings.LANGUAGES).get(code, code)
