"""Pages that belong to no capability: the start, health, and what is shown when something fails."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from firstline.config.api import is_for_programs, problem
from firstline.config.places import Place, places
from firstline.errors import AccessDenied, FirstlineError, Forbidden


def start(request: HttpRequest) -> HttpResponse:
    """Lead a person to the first of their places."""
    found: list[Place] = places(request)["places"]  # type: ignore[assignment]
    return HttpResponseRedirect(found[0].url if found else reverse("login"))


@login_not_required
def health(request: HttpRequest) -> JsonResponse:
    """Tell a monitor whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "the database is away"}, status=503)
    return JsonResponse({"status": "ok"})


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_programs(request):
        return problem(
            AccessDenied("There is nothing at this address; docs/openapi.json lists what there is.", code="not-found")
        )
    return _error(
        request,
        AccessDenied(_("There is nothing at this address, or it isn't for you. Go back, or use the navigation.")),
    )


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_programs(request):
        return problem(Forbidden("This isn't for programs."))
    return _error(request, Forbidden(_("You may not do this. Ask your team lead if you think that you should.")))


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_programs(request):
        is_large = isinstance(exception, RequestDataTooBig)
        code, status = ("too-large", 413) if is_large else ("bad-request", 400)
        return problem(
            FirstlineError("This request can't be read: send less, or correct it.", code=code, status=status)
        )
    return _error(
        request, FirstlineError(_("This request can't be understood. Go back, reload the page and try again."))
    )


@login_not_required
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that lacks the sign that it came from our page."""
    message = _(
        "This page was open for too long, or your browser refuses cookies. Go back, reload the page, then send it again."
    )
    return _error(request, FirstlineError(message, code="stale-form"))


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    if is_for_programs(request):
        message = "A mistake of ours; it is in the log. What you sent has changed nothing. Try once more, then tell your administrator."
        return problem(FirstlineError(message, code="bug", status=500))
    return render(request, "ui/500.html", status=500)


def _error(request: HttpRequest, error: FirstlineError) -> HttpResponse:
    return render(request, "ui/error.html", {"error": error}, status=error.status)
