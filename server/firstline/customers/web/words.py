"""What fields, levels and tables are called on the customers' pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

FIELDS: dict[str, Any] = {
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "name_order": _("Order of the names"),
    "organisation": _("Organisation"),
    "birth_date": _("Date of birth"),
    "street": _("Street"),
    "extra_line": _("Second line of the address"),
    "line_order": _("Order of the address lines"),
    "house_number": _("House number"),
    "postcode": _("Postcode"),
    "town": _("Town"),
    "region": _("Region"),
    "phones": _("Phone number"),
    "emails": _("E-mail address"),
    "number": _("Customer number"),
    "name": _("Name"),
    "kind": _("Kind"),
    "salutation": _("Salutation"),
    "language": _("Language"),
    "address": _("Address"),
    "born_on": _("Date of birth"),
    "needs": _("What to know"),
    "phone": _("Phone number"),
    "email": _("E-mail address"),
    "customer_number": _("Customer number"),
    "title": _("Title"),
    "organisation_name": _("Organisation"),
    "consent_on": _("Consents: said on"),
    "consent_source": _("Consents: shown by"),
}
LEVELS: dict[str, Any] = {
    "same": pgettext_lazy("comparison", "the same"),
    "one letter apart": pgettext_lazy("comparison", "one letter apart"),
    "one digit apart": pgettext_lazy("comparison", "one digit apart"),
    "alike": pgettext_lazy("comparison", "alike in spelling or sound"),
    "similar": pgettext_lazy("comparison", "somewhat similar"),
    "different": pgettext_lazy("comparison", "different"),
    "in order": pgettext_lazy("comparison", "in order"),
    "exchanged": pgettext_lazy("comparison", "exchanged"),
}
TABLES: dict[str, Any] = {
    "cases.case": _("Cases"),
    "contacts.contact": _("Contacts"),
    "correspondence.outgoingmessage": _("Messages"),
}
KINDS: dict[str, Any] = {"person": _("Person"), "organisation": _("Organisation")}
PHASES: dict[str, Any] = {
    "unfolding": pgettext_lazy("import", "being read"),
    "draft": pgettext_lazy("import", "to be mapped"),
    "checking": pgettext_lazy("import", "being tried"),
    "checked": pgettext_lazy("import", "tried, nothing taken in"),
    "importing": pgettext_lazy("import", "being taken in"),
    "comparing": pgettext_lazy("import", "taken in, being compared"),
    "stopped": pgettext_lazy("import", "stopped"),
    "done": pgettext_lazy("import", "done"),
    "broken": pgettext_lazy("import", "can't be read"),
}
TONES: dict[str, str] = {
    "unfolding": "accent",
    "draft": "",
    "checking": "accent",
    "checked": "",
    "importing": "accent",
    "comparing": "accent",
    "stopped": "warn",
    "done": "good",
    "broken": "bad",
}
# From so many bits on a field speaks strongly.
_STRONG = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of an explained score."""

    field: Any
    level: Any
    bits: float
    weight: Any
    tone: str


def percent(probability: float) -> str:
    """Write a probability so that only what is certain looks certain."""
    return ">99.9" if probability > 0.999 else f"{probability * 100:.1f}"


def reasons(evidence: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """Say what each field adds, what says most first."""
    found = sorted(evidence, key=lambda one: -abs(float(one["bits"])))
    return [
        Reason(
            field=FIELDS.get(str(one["field"]), one["field"]),
            level=LEVELS.get(str(one["level"]), one["level"]),
            bits=float(one["bits"]),
            weight=_weight(float(one["bits"])),
            tone="good" if float(one["bits"]) > 0 else "warn",
        )
        for one in found
    ]


def _weight(bits: float) -> Any:
    if bits >= _STRONG:
        return _("speaks strongly for it")
    if bits > 0:
        return _("speaks for it")
    if bits > -_STRONG:
        return _("speaks against it")
    return _("speaks strongly against it")
