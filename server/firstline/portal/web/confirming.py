"""The page on which a customer enters the code that they were sent, instead of saying it to somebody."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from firstline import clock
from firstline.errors import AccessDenied, FirstlineError
from firstline.identity.links import access_sending
from firstline.identity.models import CodeSending
from firstline.portal import actions
from firstline.portal.web.views import bad_link, language_of, languages, private


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the code, and take it in; a link that is too old says so before anybody types."""
    try:
        sending = access_sending(token)
    except AccessDenied as error:
        return bad_link(request, error)
    language = language_of(request, sending.language)
    with translation.override(language), timezone.override(sending.customer.brand.zone):
        answer = _take(request, sending) if request.method == "POST" else _page(request, sending)
    return private(answer, language)


def _take(request: HttpRequest, sending: CodeSending) -> HttpResponse:
    try:
        outcome = actions.confirm_code(sending=sending, said=request.POST.get("code", "")[:50], now=clock.now())
    except FirstlineError as error:
        return _page(request, sending, error=error.message, status=error.status)
    if outcome.is_right:
        return HttpResponseRedirect(request.get_full_path())
    return _page(request, sending, error=_("That isn't the code. Look at our message again."), status=422)


def _page(request: HttpRequest, sending: CodeSending, *, error: str = "", status: int = 200) -> HttpResponse:
    brand = sending.customer.brand
    language = translation.get_language() or "en"
    context: dict[str, Any] = {
        "brand": brand.name(language),
        "languages": languages(),
        "is_done": sending.used_at is not None,
        "is_over": sending.used_at is None and clock.now() >= sending.until,
        "until": sending.until,
        "error": error,
    }
    return render(request, "portal/confirm.html", context, status=status)
