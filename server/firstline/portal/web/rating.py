"""The page on which a customer says how it was, by the link that they were sent."""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from firstline import clock
from firstline.errors import AccessDenied, FirstlineError
from firstline.feedback import actions
from firstline.feedback.links import access_asking, access_asking_by_code
from firstline.feedback.models import Satisfaction
from firstline.feedback.rules import MAX_WORDS, SCALES
from firstline.portal.web.views import bad_link, language_of, languages, private
from firstline.procedures import queries as procedure_queries


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Ask how it was, and take in the answer; looking at the page, as mail scanners do, answers nothing."""
    return _answered(request, lambda: access_asking(token))


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate_by_code(request: HttpRequest, code: str) -> HttpResponse:
    """Do the same for whoever has the short link of a text message."""
    return _answered(request, lambda: access_asking_by_code(code))


def _answered(request: HttpRequest, access: Callable[[], Satisfaction]) -> HttpResponse:
    try:
        asking = access()
    except AccessDenied as error:
        return bad_link(request, error)
    language = language_of(request, asking.case.language if asking.case else "en")
    with translation.override(language), timezone.override(asking.brand.zone):
        answer = _take(request, asking, language) if request.method == "POST" else _page(request, asking, language)
    return private(answer, language)


def _take(request: HttpRequest, asking: Satisfaction, language: str) -> HttpResponse:
    if request.POST.get("act") == "stop":
        actions.stop_asking(satisfaction_id=asking.id, now=clock.now())
        return _page(request, asking, language, is_stopped=True)
    score, words = request.POST.get("score", ""), request.POST.get("words", "")
    try:
        actions.answer(satisfaction_id=asking.id, score=score, words=words, now=clock.now())
    except actions.NoScore as error:
        return _page(request, asking, language, error=error)
    except FirstlineError:  # answered meanwhile, or too late: the page says so
        asking.refresh_from_db()
        return _page(request, asking, language)
    return HttpResponseRedirect(f"{request.path}?language={language}")


def _page(
    request: HttpRequest,
    asking: Satisfaction,
    language: str,
    *,
    error: FirstlineError | None = None,
    is_stopped: bool = False,
) -> HttpResponse:
    is_done = asking.state == Satisfaction.State.ANSWERED
    names = procedure_queries.reason_names(language)
    context = {
        "brand": asking.brand.name(language),
        "languages": languages(),
        "is_done": is_done,
        "is_stopped": is_stopped,
        "is_over": not is_done and (asking.until is None or clock.now() >= asking.until),
        "until": asking.until,
        "reason": names.get(asking.reason_key, asking.reason_key),
        "number": asking.case.number if asking.case else "",
        "scale": SCALES[asking.scale],
        "words": request.POST.get("words", "")[: MAX_WORDS * 2],
        "most": MAX_WORDS,
        "error": error,
    }
    return render(request, "portal/rate.html", context, status=error.status if error else 200)
