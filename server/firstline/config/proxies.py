"""Who is really there when a reverse proxy stands in front."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Take the visitor's network address from the proxies that we know, and from nobody else.

    Each proxy writes at the end of X-Forwarded-For from whom it has the request; what stands further to the front, anybody
    can have written.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        told = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
        if 0 < settings.FIRSTLINE_PROXIES <= len(told):
            request.META["REMOTE_ADDR"] = told[-settings.FIRSTLINE_PROXIES]
        return get_response(request)

    return answer
