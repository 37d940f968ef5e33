"""Keys to the API: made, shown once, revoked."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from firstline.accounts import access, actions, queries, rules


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List the keys; make one, which this answer alone shows."""
    principal = access.access_keys(request)
    context = {"name": "", "types": "", "made": "", "wrong": ""}
    status = 200
    if request.method == "POST":
        name, types = request.POST.get("name", ""), request.POST.get("types", "")
        try:
            _id, made = actions.make_api_key(principal=principal, name=name, scopes=_scopes(types))
            context |= {"made": made, "made_name": name.strip()}
        except actions.BadKey as refused:
            context |= {"name": name, "types": types, "wrong": refused.message}
            status = refused.status
    answer = render(request, "accounts/keys.html", {**context, "rows": queries.api_keys()}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _scopes(types: str) -> list[str]:
    return [rules.JOBS + one for one in types.replace(",", " ").split()]


@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Close a key at once."""
    principal = access.access_keys(request)
    actions.revoke_api_key(principal=principal, key_id=key_id, reason=request.POST.get("reason", ""))
    messages.success(request, _("The key is revoked."))
    return HttpResponseRedirect(reverse("accounts:keys"))
