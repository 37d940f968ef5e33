"""Keys to the API: made, shown once, renewed, revoked."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from firstline.accounts import access, actions, queries, rules
from firstline.ui.language import page_language

_RESOURCES = {
    "customers": gettext_lazy("Customers"),
    "contacts": gettext_lazy("Contacts"),
    "cases": gettext_lazy("Cases"),
    "tasks": gettext_lazy("Tasks"),
    "commands": gettext_lazy("Commands to systems"),
}
_ROLES = {
    "agent": gettext_lazy("Agent"),
    "backoffice": gettext_lazy("Back office"),
    "lead": gettext_lazy("Team lead"),
}
_CHOSEN = ("roles", "teams", "brands")


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List the keys; make one, which this answer alone shows."""
    principal = access.access_keys(request)
    if request.method != "POST":
        return _page(request)
    name, sent = request.POST.get("name", ""), request.POST
    try:
        chosen = {one: sent.getlist(one) for one in _CHOSEN}
        _id, made = actions.make_api_key(principal=principal, name=name, scopes=_scopes(sent), **chosen)
    except actions.BadKey as refused:
        return _page(request, entered=sent, wrong=refused.message, status=refused.status)
    return _page(request, made=made, made_name=name.strip())


@require_POST
def renew(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Make another key for the same program, which this answer alone shows."""
    principal = access.access_keys(request)
    made_id, made = actions.renew_api_key(principal=principal, key_id=key_id)
    name = next(row.name for row in queries.api_keys() if row.id == made_id)
    return _page(request, made=made, made_name=name)


@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Close a key at once."""
    principal = access.access_keys(request)
    actions.revoke_api_key(principal=principal, key_id=key_id, reason=request.POST.get("reason", ""))
    messages.success(request, _("The key is revoked."))
    return HttpResponseRedirect(reverse("accounts:keys"))


def _page(
    request: HttpRequest, *, entered: QueryDict | None = None, wrong: str = "", status: int = 200, **more: Any
) -> HttpResponse:
    sent, language = entered or QueryDict(), page_language()
    scopes = set(sent.getlist("scopes"))
    context = {
        "name": sent.get("name", ""),
        "types": sent.get("types", ""),
        "resources": [
            (words, [(f"{key}:{verb}", f"{key}:{verb}" in scopes) for verb in (rules.READ, rules.WRITE)])
            for key, words in _RESOURCES.items()
        ],
        "roles": [(key, words, key in sent.getlist("roles")) for key, words in _ROLES.items()],
        "teams": [(key, name, key in sent.getlist("teams")) for key, name in queries.team_names(language).items()],
        "brands": [(key, name, key in sent.getlist("brands")) for key, name in queries.brand_names(language).items()],
        "rows": queries.api_keys(),
        "wrong": wrong,
        **more,
    }
    answer = render(request, "accounts/keys.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _scopes(sent: QueryDict) -> list[str]:
    types = sent.get("types", "").replace(",", " ").split()
    return [*(rules.JOBS + one for one in types), *sent.getlist("scopes")]
