"""The page with which a customer follows one case, without a login."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from firstline import clock, ids
from firstline.accounts import queries as account_queries
from firstline.cases.models import Case
from firstline.errors import AccessDenied, FirstlineError
from firstline.portal import actions, queries
from firstline.portal.access import access_followed_case


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Show where a case stands, and take in what its customer has to add."""
    try:
        case = access_followed_case(token)
    except AccessDenied as error:
        return bad_link(request, error)
    language = language_of(request, case.language)
    with translation.override(language), timezone.override(case.brand.zone):
        answer = _add(request, case, language) if request.method == "POST" else _page(request, case, language)
    return private(answer, language)


def _add(request: HttpRequest, case: Case, language: str) -> HttpResponse:
    text = request.POST.get("text", "")
    try:
        actions.add_to_case(case=case, text=text, form_key=_form_key(request), now=clock.now())
    except FirstlineError as error:
        return _page(request, case, language, text=text, error=error, status=error.status)
    return HttpResponseRedirect(f"{request.path}?language={language}&added=1#added")


def _page(
    request: HttpRequest,
    case: Case,
    language: str,
    *,
    text: str = "",
    error: FirstlineError | None = None,
    status: int = 200,
) -> HttpResponse:
    page = queries.follow_page(case, language=language, now=clock.now())
    context = {
        "page": page,
        "languages": languages(),
        "text": text[: actions.MAX_TEXT * 2],
        "error": error,
        "form_key": request.POST.get("form_key") if error else ids.new_id(),
        "most": actions.MAX_TEXT,
        "added": request.GET.get("added") == "1",
    }
    return render(request, "portal/follow.html", context, status=status)


def bad_link(request: HttpRequest, error: AccessDenied) -> HttpResponse:
    """Say what to do with a link that opens nothing; the same for every such link, so that nothing can be learned."""
    language = language_of(request, translation.get_language() or "en")
    with translation.override(language):
        brand = account_queries.default_brand()
        context = {
            "brand": brand.name(language),
            "address": brand.sender_address,
            "code": error.code,
            "languages": languages(),
        }
        return private(render(request, "portal/bad_link.html", context, status=404), language)


def _form_key(request: HttpRequest) -> UUID:
    """Read the key issued with the form; one that nobody issued makes a contact of its own, as a new form would."""
    try:
        return UUID(request.POST.get("form_key", ""))
    except ValueError:
        return ids.new_id()


def language_of(request: HttpRequest, default: str) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    asked = request.GET.get("language", "")
    chosen = asked if asked in known else default.split("-", maxsplit=1)[0]
    return chosen if chosen in known else settings.LANGUAGE_CODE


def languages() -> list[tuple[str, str]]:
    return list(settings.LANGUAGES)


def private(answer: HttpResponse, language: str) -> HttpResponse:
    """Keep the page out of search engines and caches, and its address out of other sites' logs."""
    answer["Content-Language"] = language
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "same-origin"
    return answer
