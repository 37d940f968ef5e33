"""Changing only what was read: entity tags (RFC 9110, 13)."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse

from firstline.api import rules
from firstline.errors import FirstlineError
from firstline.ui.language import page_language


class MustSayWhich(FirstlineError):
    """A change without the state that it is meant for."""

    code = "precondition-required"
    status = 428


class ChangedMeanwhile(FirstlineError):
    """A change that was meant for another state."""

    code = "changed-meanwhile"
    status = 412


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """An answer about one thing: what is told of it, and in which state it is, told in no language."""

    value: Any
    state: object = field(repr=False)
    # Where it can be read, when it was made just now.
    location: str = ""


def require_state_named(request: HttpRequest) -> None:
    """Refuse a change that doesn't say for which state it is meant. Raises: MustSayWhich."""
    if not request.headers.get("If-Match"):
        raise MustSayWhich("Read it first, then send its ETag with the change, in the header If-Match.")


def expect(request: HttpRequest, state: object) -> None:
    """Refuse a change that was meant for another state than this one. Raises: ChangedMeanwhile."""
    if not rules.matches(request.headers.get("If-Match", ""), state):
        raise ChangedMeanwhile("It was changed since you read it. Read it again, decide anew, and send its new ETag.")


def tagged(request: HttpRequest, response: HttpResponse, one: One) -> HttpResponse:
    """Say in which state the answer shows its thing; nothing more when the program has seen it so."""
    tag = rules.entity_tag(one.state, language=page_language())
    if request.method == "GET" and tag.strip('"') in rules.tags_in(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    response["ETag"] = tag
    if one.location:
        response["Location"] = one.location
    return response
