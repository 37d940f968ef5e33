"""The one place where an error becomes HTTP and a sentence for a person."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from firstline.config.api import is_for_programs, problem
from firstline.errors import FirstlineError

log = logging.getLogger(__name__)


class errors_as_http:  # noqa: N801 -- named as the other middleware functions are
    """Answer a `FirstlineError` with its status: JSON to programs, a fragment to htmx, a page to people."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and is_for_programs(request):
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            told = problem(FirstlineError(f"Here is only {allowed}.", code="method-not-allowed", status=405))
            told["Allow"] = allowed
            return told
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError):
            # The net under all forms: what no column can hold was refused by the database, and nothing was changed.
            log.warning("%s %s was refused by the database: %s", request.method, request.path, error)
            error = FirstlineError(
                _("Something in this request can't be kept: it is too long, or holds signs that no text has. Correct it, then send it again."),
                code="unkeepable",
            )  # fmt: skip
        if not isinstance(error, FirstlineError):
            return None
        if is_for_programs(request):
            return problem(error)
        if _wants_json(request):
            told = {"code": error.code, "message": error.message, **error.fields}
            return JsonResponse(told, status=error.status, json_dumps_params={"default": str})
        template = "ui/error_fragment.html" if request.headers.get("HX-Request") else "ui/error.html"
        return render(request, template, {"error": error}, status=error.status)


def _wants_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json" or request.headers.get("Accept", "").startswith(
        "application/json"
    )
