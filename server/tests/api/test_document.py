"""The whole API is asked what its description allows, and what it forbids: nothing breaks, and every answer is one that it tells."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

from firstline.accounts import rules
from firstline.config import api
from firstline.processes import queries as process_queries

from .conftest import EVERYTHING, Make

TIMES = int(os.environ.get("FIRSTLINE_EXAMPLES", "1"))
# What is wrong on purpose takes longest to make up.
EACH = {GenerationMode.POSITIVE: 3 * TIMES, GenerationMode.NEGATIVE: 2 * TIMES}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
]


@pytest.fixture
def things(house: Any) -> dict[str, str]:
    """Things that there are, by the names of the parameters that ask for them."""
    case = house.case()
    (task,) = process_queries.open_tasks(business_ids=[case.id])
    found = {
        "customer_id": house.customer.id,
        "contact_id": house.mail().id,
        "case_id": case.id,
        "task_id": task.id,
        "promise_id": house.promise(case, due_in=timedelta(days=2)),
    }
    return {name: str(one) for name, one in found.items()}


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests to the WSGI application share the test's transaction, as those of Django's own client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(api.description())
    schema.app = get_wsgi_application()
    for found in schema.get_all_operations():
        yield found.ok()


def ask(operation: Any, mode: GenerationMode, fixed: dict[str, Any]) -> None:
    """Try examples of one request; the first answer that isn't as it is told fails."""

    @settings(
        max_examples=EACH[mode],
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def one(case: Any) -> None:
        if isinstance(case.body, dict) and isinstance(case.body.get("wait_seconds"), int | float):
            case.body["wait_seconds"] = 0
        case.call_and_validate(checks=CHECKS)

    one()


def test_every_answer_is_as_the_description_says(
    house: Any, program: Make, things: dict[str, str], settings: Any
) -> None:
    settings.FIRSTLINE_API_PER_MINUTE = 1_000_000
    key = program(*EVERYTHING, "jobs:*", roles=rules.PROGRAM_ROLES).key
    wrong: list[str] = []
    for operation in operations():
        named = {name: things[name] for name in things if f"{{{name}}}" in operation.path}
        headers = {"Authorization": f"Bearer {key}"}
        matched = {"If-Match": "*"} if any(one.name == "If-Match" for one in operation.headers) else {}
        for mode, sent in ((GenerationMode.POSITIVE, headers | matched), (GenerationMode.NEGATIVE, headers)):
            try:
                ask(operation, mode, {"headers": sent, "path_parameters": named})
            except Unsatisfiable:
                # Where there is nothing to be wrong, nothing is sent.
                assert mode is GenerationMode.NEGATIVE
            except FailureGroup as error:
                wrong.append(f"{operation.label}: {error}")
    assert not wrong, "\n".join(wrong)
