"""What programs, monitors and proxies get to see."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from firstline import ids
from firstline.config.middleware import errors_as_http
from firstline.config.proxies import client_address
from firstline.errors import FirstlineError


def test_a_program_gets_every_field_of_an_error_whatever_its_type() -> None:
    request = RequestFactory().get("/", headers={"Accept": "application/json"})
    case_id = ids.new_id()
    error = FirstlineError("No.", code="no", status=409, case_id=case_id, amount=Decimal("1.10"), who={"ada"})
    answer = errors_as_http(lambda _request: HttpResponse()).process_exception(request, error)
    assert answer is not None
    assert answer.status_code == 409
    told = json.loads(answer.content)
    assert told == {"code": "no", "message": "No.", "case_id": str(case_id), "amount": "1.10", "who": "{'ada'}"}


def test_a_monitor_is_told_that_the_database_is_away(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/health/").status_code == 200

    def away() -> Any:
        raise OperationalError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", away)
        answer = client.get("/health/")
    assert (answer.status_code, answer.json()) == (503, {"status": "the database is away"})


@pytest.mark.parametrize(
    ("proxies", "told", "expected"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_the_visitors_address_comes_from_the_known_proxies_alone(
    settings: Any, proxies: int, told: str, expected: str
) -> None:
    settings.FIRSTLINE_PROXIES = proxies
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    client_address(view)(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": told}))
    assert seen == [expected]
