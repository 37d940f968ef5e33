"""The places of the navigation, by role."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, EVERY_ROLE, LEAD, OWNER, principal_of

_PLACES = (
    ("desk", _("Desk"), "desktop:home", (AGENT, LEAD)),
    ("work", _("Work"), "work:list", (AGENT, BACK_OFFICE, LEAD)),
    ("contacts", _("Contacts"), "contacts:list", EVERY_ROLE),
    ("cases", _("Cases"), "cases:list", EVERY_ROLE),
    ("procedures", _("Procedures"), "procedures:list", EVERY_ROLE),
    ("decisions", _("Decisions"), "decisions:list", (LEAD, OWNER, ADMIN)),
    ("workers", _("Workers"), "processes:workers", (LEAD, OWNER, ADMIN)),
    ("operations", _("Operations"), "operations:versions", (LEAD, ADMIN)),
    ("numbers", _("Numbers"), "insights:numbers", (LEAD, OWNER, ADMIN)),
    ("keys", _("API keys"), "accounts:keys", (ADMIN,)),
    ("demo", _("Demo"), "demo:home", EVERY_ROLE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    key: str
    label: Any
    url: str
    is_current: bool


def places(request: HttpRequest) -> dict[str, object]:
    """List where this person may go."""
    principal = principal_of(request)
    found = []
    for key, label, name, roles in _PLACES:
        if not principal.is_any(roles):
            continue
        try:
            url = reverse(name)
        except NoReverseMatch:  # the demo's place exists only in the demo
            continue
        found.append(Place(key=key, label=label, url=url, is_current=request.path.startswith(url)))
    return {"places": found}
