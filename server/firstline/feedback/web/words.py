"""What the states of an asking are called."""

from typing import Any

from django.utils.translation import pgettext_lazy

STATES: dict[str, Any] = {
    "planned": pgettext_lazy("asking", "to be asked"),
    "asked": pgettext_lazy("asking", "asked, no answer yet"),
    "in_person": pgettext_lazy("asking", "to be asked in person"),
    "answered": pgettext_lazy("asking", "answered"),
    "not_asked": pgettext_lazy("asking", "not asked"),
}
TONES: dict[str, str] = {"in_person": "warn"}
