"""What no honest person enters, in every field of every form: refused in words or kept as text, and nothing breaks."""

import ast
import inspect
from importlib import import_module
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from firstline.cases.models import Case, Note
from firstline.contacts.models import Contact

from .addresses import ADDRESSES
from .test_addresses import address

NASTY = {
    "nul": "a\x00b",
    "markup": "<script>alert(1)</script>{{ 7*7 }}{% debug %}{customer.name}\u202e\u2028\ufeff🙂'\"; DROP TABLE cases_case; --"
    + "x" * 30_000,
}
# What an honest person sends, so that each field is reached although another is checked first.
HONEST: dict[str, Any] = {
    "text": "Ein Text",
    "summary": "Kurz",
    "note": "Bitte ansehen",
    "outcome": "beantwortet",
    "because": "wartet",
    "hours": "2",
    "promise": "1",
    "due": "2026-11-25T10:00",
    "team": "billing",
    "reason": "complaint",
    "words": "wort",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "salutation": "ms",
    "email": "ada@example.test",
    "phone": "+491701112299",
    "language": "de",
    "theme": "dark",
    "next": "/",
    "username": "ada@example.test",
    "password": "correct horse battery",
}


# Read as a whole by the register and the numbers.
FILTERS = {
    "q",
    "state",
    "reason",
    "channel",
    "from",
    "to",
    "customer",
    "before",
    "brand",
    "after",
    "part",
    "period",
    "value",
}


def fields_of(module: str, method: str) -> set[str]:
    """Find every field that the views of a module read from what was sent."""
    found = set()
    for node in ast.walk(ast.parse(inspect.getsource(import_module(module)))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and method in ast.unparse(node.func):
            if node.func.attr == "dict":
                found |= FILTERS
            elif node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def module_of(where: str) -> str:
    return inspect.unwrap(resolve(where).func).__module__


def posted(client: Client, where: str, data: dict[str, Any]) -> int:
    answer = client.post(where, data)
    assert "<script>alert(1)" not in answer.content.decode(errors="replace"), where
    return answer.status_code


@pytest.mark.parametrize("kind", NASTY)
def test_every_field_of_every_form_bears_what_nobody_enters_honestly(
    house: Any, sample: dict[str, Any], kind: str
) -> None:
    client = house.client(house.agent)
    honest = {**HONEST, "customer": house.customer.id, "case": sample["case"], "user": house.agent.id}
    names = set(ADDRESSES) - {"logout", "push:events", "phone:events", "webform:form", "portal:follow"}
    for name in sorted(names, key=lambda name: "finish" in name or "close" in name):
        where = address(name, sample)
        guide = {"_page", "street", "valid_from", "asked"} if "task" in ADDRESSES[name][1] else set()
        for field in sorted(fields_of(module_of(where), "POST") | guide):
            status = posted(client, where, {**honest, field: NASTY[kind]})
            assert status < 500, (name, field, status)
    assert Case.objects.filter(id=sample["case"]).exists()
    assert Contact.objects.filter(id=sample["contact"]).exists()


@pytest.mark.parametrize("kind", NASTY)
def test_every_question_in_an_address_bears_it_too(house: Any, sample: dict[str, Any], kind: str) -> None:
    client = house.client(house.lead)
    for name in sorted(set(ADDRESSES) - {"push:events", "logout"}):
        where = address(name, sample)
        for question in sorted(fields_of(module_of(where), "GET")):
            answer = client.get(where, {question: NASTY[kind]})
            assert answer.status_code < 500, (name, question)
            assert b"<script>alert(1)" not in getattr(answer, "content", b""), (name, question)


def test_bytes_that_are_no_text_are_taken_for_text_or_refused(house: Any, sample: dict[str, Any]) -> None:
    client = house.client(house.agent)
    for body in (b"text=\xff\xfe&summary=\xed\xa0\x80", b"%ZZ=%&text=%00", b"=" * 500, b"text=" + b"%F0%9F" * 50):
        for name in ("desktop:answer-draft", "desktop:finish", "cases:note"):
            answer = client.post(address(name, sample), body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code < 500
    for body, kind in (
        (b"not multipart", "multipart/form-data; boundary=x"),
        (b"{", "application/json"),
        (b"x", "multipart/form-data"),
    ):
        assert client.post(address("cases:note", sample), body, content_type=kind).status_code < 500


def test_what_a_note_says_is_text_and_nothing_else(house: Any, sample: dict[str, Any]) -> None:
    client = house.client(house.agent)
    hostile = NASTY["markup"][:200]
    assert client.post(address("cases:note", sample), {"text": hostile}).status_code == 302
    assert Note.objects.get(case_id=sample["case"]).text == hostile
    page = client.get(address("cases:case", sample)).content.decode()
    assert "&lt;script&gt;alert(1)" in page
