"""`{% load ui %}`: assets, icons, times that are seen passing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from firstline.ui.assets import asset_url
from firstline.ui.icons import ICONS

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """Say the address of a built file: {% asset "app.js" %}."""
    return asset_url(name)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon. Without a label it is decoration, and silent for screen readers."""
    inside = mark_safe(ICONS[name])  # noqa: S308 -- our own drawings
    if label:
        return format_html('<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', label, inside)
    return format_html('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', inside)


@register.simple_tag
def clock(moment: datetime | None, kind: str = "ago") -> SafeString | str:
    """Show a moment as passing time: `since` (04:12), `until` or `ago` (in words); the exact time is its title."""
    if moment is None:
        return ""
    exact = formats.date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
    return format_html(
        '<time data-clock="{}" datetime="{}" title="{}">{}</time>', kind, moment.isoformat(), exact, exact
    )


@register.filter
def in_language(texts: Mapping[str, str] | str | None) -> str:
    """Choose from a translation set: the page's language, else English, else whatever there is."""
    if texts is None or isinstance(texts, str):
        return texts or ""
    language = (get_language() or "en").split("-")[0]
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


@register.filter
def beside(labels: Sequence[str], values: Sequence[object]) -> list[tuple[str, object]]:
    """Put each label beside its value; what has no value is left out."""
    return [(label, value) for label, value in zip(labels, values, strict=True) if value not in (None, "")]


@register.simple_tag
def place_icon(key: str) -> SafeString:
    """Draw the icon of a place in the navigation; a new place without its own gets a plain one."""
    return icon(key if key in ICONS else "tag")
