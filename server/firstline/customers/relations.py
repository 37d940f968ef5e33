"""How customers can stand to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import pgettext_lazy

PERSON, ORGANISATION = "person", "organisation"
BACKWARDS = "-of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of relation, and how it is said from the other end (None = the same way).

    `one` and `other`: what they must be, "" = either.
    """

    label: Any
    inverse: Any = None
    one: str = ""
    other: str = ""


KINDS: Mapping[str, Kind] = {
    "partner": Kind(label=pgettext_lazy("relation", "partner of"), one=PERSON, other=PERSON),
    "parent": Kind(
        label=pgettext_lazy("relation", "parent of"),
        inverse=pgettext_lazy("relation", "child of"),
        one=PERSON,
        other=PERSON,
    ),
    "sibling": Kind(label=pgettext_lazy("relation", "brother or sister of"), one=PERSON, other=PERSON),
    "guardian": Kind(
        label=pgettext_lazy("relation", "guardian of"), inverse=pgettext_lazy("relation", "ward of"), other=PERSON
    ),
    "carer": Kind(
        label=pgettext_lazy("relation", "carer of"), inverse=pgettext_lazy("relation", "cared for by"), other=PERSON
    ),
    "employee": Kind(
        label=pgettext_lazy("relation", "employee of"),
        inverse=pgettext_lazy("relation", "employer of"),
        one=PERSON,
        other=ORGANISATION,
    ),
    "contact-person": Kind(
        label=pgettext_lazy("relation", "contact person of"),
        inverse=pgettext_lazy("relation", "has as contact person"),
        one=PERSON,
        other=ORGANISATION,
    ),
    "director": Kind(
        label=pgettext_lazy("relation", "runs"),
        inverse=pgettext_lazy("relation", "is run by"),
        one=PERSON,
        other=ORGANISATION,
    ),
    "owner": Kind(
        label=pgettext_lazy("relation", "owner of"), inverse=pgettext_lazy("relation", "owned by"), other=ORGANISATION
    ),
    "subsidiary": Kind(
        label=pgettext_lazy("relation", "subsidiary of"),
        inverse=pgettext_lazy("relation", "parent company of"),
        one=ORGANISATION,
        other=ORGANISATION,
    ),
    "landlord": Kind(label=pgettext_lazy("relation", "landlord of"), inverse=pgettext_lazy("relation", "tenant of")),
    "connected": Kind(label=pgettext_lazy("relation", "connected with")),
}


def choices(kind_of_customer: str) -> list[tuple[str, Any]]:
    """List what a customer of this kind may be to another: the value that a form sends, and how it is said.

    >>> [value for value, _label in choices("organisation")][:3]
    ['guardian', 'carer', 'employee-of']
    """
    found: list[tuple[str, Any]] = []
    for key, kind in KINDS.items():
        if kind.one in ("", kind_of_customer):
            found.append((key, kind.label))
        if kind.other in ("", kind_of_customer) and kind.inverse is not None:
            found.append((f"{key}{BACKWARDS}", kind.inverse))
    return found


def read_choice(value: str) -> tuple[str, bool] | None:
    """Read what a form sent: the kind, and whether it is said from its other end; None when there is no such kind.

    >>> read_choice("parent-of"), read_choice("parent"), read_choice("enemy")
    (('parent', True), ('parent', False), None)
    """
    key = value.removesuffix(BACKWARDS)
    return (key, key != value) if key in KINDS else None


def fits(kind: str, *, one: str, other: str) -> bool:
    """Tell whether a person or an organisation (`one`) can be that to another (`other`)."""
    known = KINDS[kind]
    return known.one in ("", one) and known.other in ("", other)


def said(kind: str, *, is_backwards: bool) -> str:
    """Say a relation from one of its ends, without the name of the other; a kind that is no more by its key."""
    known = KINDS.get(kind)
    if known is None:
        return kind
    return str(known.inverse if is_backwards and known.inverse is not None else known.label)
