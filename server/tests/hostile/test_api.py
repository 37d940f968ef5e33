"""Every address of the API, whoever knocks: without a key, with one for something else, with one of another brand."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from firstline.accounts import actions as account_actions
from firstline.accounts.principals import command_line_principal
from firstline.accounts.rules import RESOURCES
from firstline.config import api

from .addresses import ADDRESSES

# The workers' own stand beside them, and anybody may read the description.
OTHERS = {"openapi", "activate", "complete", "fail", "throw_error", "extend"}
NAMES = [name for name in ADDRESSES if name.startswith("api:") and name.removeprefix("api:") not in OTHERS]
# What each needs to be looked at beyond its form: nothing may be refused for its body alone.
BODIES: dict[str, dict[str, Any]] = {
    "api:customers": {"family_name": "Lind", "brand": "stadtwerke"},
    "api:customers-one-identifiers": {"kind": "email", "value": "a@example.test"},
    "api:contacts": {"external_id": "1", "channel": "letter", "text": "x", "brand": "stadtwerke"},
    "api:contacts-one-cases": {"reason": "complaint"},
    "api:cases": {"reason": "complaint", "brand": "stadtwerke"},
    "api:cases-one-notes": {"text": "x"},
    "api:cases-one-merge": {"into": "01a204ff-19bb-7585-931d-a9f3ffcfd4d5", "reason": "x"},
    "api:cases-one-unmerge": {"reason": "x"},
    "api:cases-one-promises": {"text": "x", "due_at": "2030-01-01T00:00:00Z"},
}


def key_for(*scopes: str, brand: str = "stadtwerke") -> str:
    return account_actions.make_api_key(
        principal=command_line_principal(), name="ERP", scopes=scopes, roles=["lead"], brands=[brand]
    )[1]


def knock(name: str, sample: dict[str, Any], key: str | None) -> list[Any]:
    """Ask, and send what it takes, in every way that the address knows."""
    where = reverse(name, args=[sample[thing] for thing in ADDRESSES[name][1]])
    body = BODIES.get(name, {})
    if name.startswith("api:commands-"):
        body = {"customer": str(sample["customer"])}
    headers = {"Idempotency-Key": "k", "If-Match": "*"} | ({} if key is None else {"Authorization": f"Bearer {key}"})
    sent = json.dumps(body)
    answers = [
        Client().get(where, headers=headers),
        Client().post(where, sent, content_type="application/json", headers=headers),
        Client().patch(where, sent, content_type="application/json", headers=headers),
    ]
    known = [answer for answer in answers if answer.status_code != 405]
    assert known, name
    assert all(one["Content-Type"] == "application/problem+json" for one in answers if one.status_code >= 400), name
    return known


def test_without_a_key_for_it_nothing_is_opened(sample: dict[str, Any]) -> None:
    keys = {resource: key_for(*(f"{one}:write" for one in RESOURCES if one != resource)) for resource in RESOURCES}
    jobs = account_actions.make_api_key(principal=command_line_principal(), name="w", scopes=["jobs:*"])[1]
    family = {"satisfaction": "customers", "reasons": "cases", "writes": "commands"}
    for name in NAMES:
        word = name.removeprefix("api:").partition("-")[0]
        other = keys[family.get(word, word)]
        assert {one.status_code for key in (None, "flk_x") for one in knock(name, sample, key)} == {401}, name
        assert {one.status_code for one in knock(name, sample, other)} == {403}, name
    assert {one.status_code for one in knock("api:cases", sample, jobs)} == {403}


def test_what_is_of_another_brand_is_not_there(sample: dict[str, Any]) -> None:
    stranger = key_for(*(f"{one}:write" for one in RESOURCES), brand="other")
    for name in NAMES:
        answers = knock(name, sample, stranger)
        assert not any("Sabine" in one.content.decode() or "Krüger" in one.content.decode() for one in answers), name
        if ADDRESSES[name][1]:
            assert {one.status_code for one in answers} == {404}, name
        else:
            assert {one.status_code for one in answers} <= {200, 404}, name
            assert not any(one.json().get("items") for one in answers if "case" in name or "customer" in name), name


def test_who_may_only_read_changes_nothing(sample: dict[str, Any]) -> None:
    reader = key_for(*(f"{one}:read" for one in RESOURCES))
    for name in NAMES:
        if name == "api:commands-one-preview":
            continue
        for answer in knock(name, sample, reader):
            assert answer.status_code in ({200} if answer.request["REQUEST_METHOD"] == "GET" else {403}), name


@pytest.mark.parametrize("path", sorted(api.description()["paths"]))
def test_every_request_says_what_opens_it(path: str) -> None:
    for method, told in api.description()["paths"][path].items():
        if "/jobs/" in path or "/leases/" in path:
            continue
        (scope,) = told["security"][0]["key"]
        assert scope.partition(":")[0] in RESOURCES
        assert scope.endswith(":read") or method != "get"
        assert {401, 403, 422, 429} <= set(told["responses"])
        headers = {one["name"] for one in told["parameters"] if one["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post")
        assert "If-Match" in headers or method != "patch"
