"""`{% load procedures %}`: words and look-ups for the pages of procedures."""

from collections.abc import Mapping

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

_KINDS: dict[str, Promise] = {
    "question": _("question"),
    "request": _("request"),
    "change": _("change"),
    "complaint": _("complaint"),
    "problem": _("problem"),
    "compliment": _("compliment"),
}


@register.filter
def reason_kind(kind: str) -> Promise | str:
    """Name a kind of reason."""
    return _KINDS.get(kind, kind)


@register.filter
def item(mapping: Mapping[object, object], key: object) -> object:
    """Look `key` up; nothing when it isn't there."""
    return mapping.get(key, "")
