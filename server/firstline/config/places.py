"""The places of the navigation, by role: what people work in, and what belongs together in one place as its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from firstline.accounts.principals import ADMIN, AGENT, BACK_OFFICE, EVERY_ROLE, LEAD, OWNER, Principal, principal_of

Roles = tuple[str, ...]
# Each part with its label, its page and who may go there. A place without a label of its own is called as the first part that is open.
_PLACES: tuple[tuple[str, Any, tuple[tuple[Any, str, Roles], ...]], ...] = (
    ("desk", None, ((_("Desk"), "desktop:home", (AGENT, LEAD)),)),
    ("work", None, ((_("Work"), "work:list", (AGENT, BACK_OFFICE, LEAD)),)),
    ("contacts", None, ((_("Contacts"), "contacts:list", EVERY_ROLE),)),
    ("cases", None, ((_("Cases"), "cases:list", EVERY_ROLE),)),
    (
        "customers",
        None,
        (
            (_("Customers"), "customers:search", (AGENT, BACK_OFFICE, LEAD, ADMIN)),
            (_("Possible duplicates"), "customers:duplicates", (BACK_OFFICE, LEAD, ADMIN)),
            (_("Merges"), "customers:merges", (BACK_OFFICE, LEAD, ADMIN)),
            (_("Imports"), "customers:imports", (LEAD, ADMIN)),
            (_("Stages and figures"), "relationship:definitions", (LEAD, ADMIN)),
            (_("Satisfaction"), "feedback:figures", (LEAD, OWNER, ADMIN)),
        ),
    ),
    (
        "procedures",
        None,
        (
            (_("Procedures"), "procedures:list", EVERY_ROLE),
            (_("Decisions"), "decisions:list", (LEAD, OWNER, ADMIN)),
        ),
    ),
    (
        "operations",
        _("Operations"),
        (
            (_("Processes"), "operations:versions", (LEAD, ADMIN)),
            (_("Incidents"), "operations:incidents", (LEAD, ADMIN)),
            (_("Differences"), "sources:differences", (LEAD, ADMIN)),
            (_("Waiting changes"), "sources:stuck", (LEAD, ADMIN)),
            (_("Systems"), "sources:systems", (ADMIN,)),
            (_("Workers"), "processes:workers", (LEAD, OWNER, ADMIN)),
            (_("API keys"), "accounts:keys", (ADMIN,)),
            (_("Webhooks"), "webhooks:list", (ADMIN,)),
            (_("Audit trail"), "operations:trail", (ADMIN,)),
            (_("Masked data that was read"), "desktop:reveals", (LEAD, ADMIN)),
        ),
    ),
    ("numbers", None, ((_("Numbers"), "insights:numbers", (LEAD, OWNER, ADMIN)),)),
    ("demo", None, ((_("Demo"), "demo:home", EVERY_ROLE),)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the navigation. `parts` are the pages in it, where there are several; `is_current`: the request is for one of them."""

    key: str
    label: Any
    url: str
    is_current: bool = False
    parts: tuple["Place", ...] = ()


def places(request: HttpRequest) -> dict[str, object]:
    """List where this person may go, and the parts of the place where they are."""
    principal = principal_of(request)
    open_places = [_place(key, label, parts) for key, label, named in _PLACES if (parts := _open(named, principal))]
    found = _marked(open_places, request.path)
    return {"places": found, "place_parts": next((place.parts for place in found if place.is_current), ())}


def _open(named: Sequence[tuple[Any, str, Roles]], principal: Principal) -> list[Place]:
    """List the parts that are open to this person."""
    found = []
    for label, name, roles in named:
        try:
            url = reverse(name)
        except NoReverseMatch:  # the demo's place exists only in the demo
            continue
        if principal.is_any(roles):
            found.append(Place(key="", label=label, url=url))
    return found


def _place(key: str, label: Any, parts: list[Place]) -> Place:
    first = parts[0]
    alone = len(parts) == 1
    return Place(
        key=key,
        label=first.label if alone or label is None else label,
        url=first.url,
        parts=tuple(parts),
    )


def _marked(found: list[Place], path: str) -> list[Place]:
    """Mark the place, and the part of it, whose address goes furthest along with the path."""
    urls = (part.url for place in found for part in place.parts if path.startswith(part.url))
    here = max(urls, key=len, default=None)
    return [
        replace(
            place,
            is_current=any(part.url == here for part in place.parts),
            parts=tuple(replace(part, is_current=part.url == here) for part in place.parts)
            if len(place.parts) > 1
            else (),
        )
        for place in found
    ]
