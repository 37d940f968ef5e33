"""The API for programs: its address, its description, and how errors are told there (RFC 9457)."""

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from firstline.cases.web.api import ROUTES as CASES
from firstline.contacts.web.api import ROUTES as CONTACTS
from firstline.customers.web.api import ROUTES as CUSTOMERS
from firstline.errors import FirstlineError
from firstline.feedback.web.api import ROUTES as SATISFACTION
from firstline.processes.web.jobs import router as jobs
from firstline.sources.web.api import ROUTES as COMMANDS
from firstline.work.web.api import ROUTES as TASKS

MAX_BODY_BYTES = 2 * 1024 * 1024
PREFIX = "/api/v1/"
_COME_AGAIN = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS)
_DESCRIPTION = (
    "For programs that work with Firstline. Every request shows a key: `Authorization: Bearer KEY`; an administrator makes it "
    "under Workers, API keys, or with `firstline key add`. Errors are application/problem+json, with a `code` for programs and a "
    "sentence that says what to do. Every POST of what staff work with has an Idempotency-Key, every change the ETag of what was "
    "read. docs/api.md and docs/workers.md begin at the beginning."
)


class BadBody(FirstlineError):
    """A body that can't be read."""

    code = "bad-body"


class ExactNumbers(Parser):
    """Reads JSON of a bounded size, with numbers as they were written."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        if len(request.body) > MAX_BODY_BYTES:
            raise BadBody(f"The body is larger than {MAX_BODY_BYTES // 2**20} MB; send less.", status=413)
        try:
            found = json.loads(request.body, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise BadBody(f"The body isn't JSON that can be read: {error}.") from error
        if not isinstance(found, dict):
            raise BadBody("The body must be a JSON object.")
        return found


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


api = NinjaAPI(
    title="Firstline",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    urls_namespace="api",
    parser=ExactNumbers(),
    openapi_extra={"security": [{"key": []}]},
)
api.add_router("", jobs)
for _routes in (CUSTOMERS, SATISFACTION, CONTACTS, CASES, TASKS, COMMANDS):
    api.add_router("", _routes.router)


def description() -> dict[str, Any]:
    """Give the OpenAPI 3.1 description, as it is served and as it stands in docs/openapi.json."""
    told: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    for operations in told["paths"].values():
        for operation in operations.values():
            _as_problems(operation["responses"])
    told["components"] = {**told["components"], "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    return told


def _as_problems(responses: dict[int, Any]) -> None:
    for status, response in responses.items():
        if status >= HTTPStatus.BAD_REQUEST:
            response["content"] = {"application/problem+json": response["content"]["application/json"]}


@login_not_required
@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """Serve the description to anybody; it says nothing about what is in this installation."""
    return JsonResponse(description())


def urlpatterns() -> list[URLPattern | URLResolver]:
    """List the addresses; each asks for a key itself."""
    found: list[URLPattern | URLResolver] = [path("openapi.json", openapi, name="openapi")]
    for one in api.urls[0]:
        if isinstance(one, URLPattern) and one.name != "api-root":
            login_not_required(one.callback)
            found.append(one)
    return found


def problem(error: FirstlineError) -> HttpResponse:
    """Tell an error to a program."""
    told = {
        **error.fields,
        "type": f"urn:firstline:{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
        "code": error.code,
    }
    answer = HttpResponse(json.dumps(told, default=str), status=error.status, content_type="application/problem+json")
    if error.status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    if error.status in _COME_AGAIN:
        answer["Retry-After"] = str(error.fields.get("retry_after_seconds", 5))
    return answer


@api.exception_handler(FirstlineError)
def _known(request: HttpRequest, error: FirstlineError) -> HttpResponse:
    return problem(error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = [{"at": ".".join(map(str, one["loc"][1:])), "message": one["msg"]} for one in error.errors]
    said = "; ".join(f"{one['at']}: {one['message']}" for one in wrong[:5])
    return problem(FirstlineError(f"Correct the request: {said}.", code="invalid", status=422, errors=wrong[:50]))


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    # What the parser found is wrapped.
    known = error.__cause__
    return problem(known if isinstance(known, FirstlineError) else _of(error.status_code, error.message))


def _of(status: int, message: str) -> FirstlineError:
    return FirstlineError(message, code=HTTPStatus(status).phrase.lower().replace(" ", "-"), status=status)


def is_for_programs(request: HttpRequest) -> bool:
    """Tell whether a request is for the API."""
    return request.path.startswith(PREFIX)
