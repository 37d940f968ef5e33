"""A program with a key, as it speaks HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.test import Client

from firstline.accounts import actions as account_actions
from firstline.accounts import rules
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers import actions as customer_actions
from firstline.customers.models import Customer

ADMIN = Principal(kind="staff", name="Ada")
EVERYTHING = tuple(f"{resource}:{rules.WRITE}" for resource in rules.RESOURCES)
_NUMBERS = count()


@dataclass
class Program:
    """What a program does in a line; each answer is Django's."""

    key: str

    def get(self, path: str, *, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
        return Client().get(f"/api/v1/{path}", parameters, headers=self._headers(headers))

    def post(self, path: str, body: Any = None, *, once: str | None = None, match: str | None = None) -> Any:
        headers = {"Idempotency-Key": once or f"test-{next(_NUMBERS)}"}
        return self._send("post", path, body, headers | ({} if match is None else {"If-Match": match}))

    def patch(self, path: str, body: Any, *, match: str | None = None) -> Any:
        return self._send("patch", path, body, {} if match is None else {"If-Match": match})

    def does(self, path: str, verb: str, body: Any = None) -> Any:
        """Read a thing, then do something with it as it was read."""
        return self.post(f"{path}/{verb}", body, match=self.get(path)["ETag"])

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps({} if body is None else body)
        send = getattr(Client(), method)
        return send(f"/api/v1/{path}", content, content_type="application/json", headers=self._headers(headers))

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"} | (more or {})


def problem(answer: Any) -> tuple[int, str]:
    """Say what a refusal was, and that it was told as it should be."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["type"] == f"urn:firstline:{told['code']}"
    assert told["detail"]
    return answer.status_code, told["code"]


Make = Callable[..., Program]


@dataclass
class Ground:
    """Two brands and a customer, for what needs no procedures."""

    brand: Brand
    other: Brand
    customer: Customer


@pytest.fixture
def ground(db: None, moment: Any) -> Ground:
    brand, other = (Brand.objects.create(key=key, names={"en": key.title()}) for key in ("stadtwerke", "other"))
    return Ground(brand, other, customer_actions.create_customer(brand=brand, number="104711", family_name="Krüger"))


@pytest.fixture
def program(db: None) -> Make:
    """Make a key for a program, such as `program("customers:read", roles=["agent"])`."""

    def make(*scopes: str, roles: Any = ("agent",), teams: Any = ("frontdesk",), brands: Any = None) -> Program:
        _id, key = account_actions.make_api_key(
            principal=ADMIN,
            name="ERP",
            scopes=scopes or EVERYTHING,
            roles=roles,
            teams=teams,
            brands=brands or ["stadtwerke"],
        )
        return Program(key)

    return make
