"""The kinds of requests that there are, each with what it asks for: a key, a state, a name under which it is done once."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar

from ninja import Router, Schema
from ninja.decorators import decorate_view

from firstline.accounts import rules as account_rules
from firstline.api.web.guarding import MATCH, ONCE, guarding, unwrapping
from firstline.api.web.problems import problems

View = TypeVar("View", bound=Callable[..., Any])
Method = Literal["GET", "POST", "PATCH"]
_ALWAYS = (401, 403, 422, 429)
_ONCE_HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Another one for each thing to do. The same request with the same key again is answered alike, and done once.",
}
_MATCH_HEADER = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "The ETag of what was read. 412 when it was changed meanwhile.",
}
_TAG = {"ETag": {"description": "The state that this answer shows.", "schema": {"type": "string"}}}


class Routes:
    """The requests about one resource, such as customers; each opens with its scope."""

    def __init__(self, resource: str) -> None:
        self.router = Router(tags=[resource])
        self.read, self.write = (f"{resource}:{verb}" for verb in (account_rules.READ, account_rules.WRITE))

    def lists(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Give a page of a list."""
        return self._route("GET", path, answer, summary, scope=self.read, fails=(400, 404), is_one=False)

    def reads(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Give one thing, with its ETag."""
        return self._route("GET", path, answer, summary, scope=self.read, fails=(404,))

    def asks(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Find something out that takes a body to ask."""
        return self._route("POST", path, answer, summary, scope=self.read, needs=(ONCE,), fails=(404,), is_one=False)

    def adds(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Make something new, once."""
        return self._route("POST", path, answer, summary, scope=self.write, needs=(ONCE,), fails=(404,), status=201)

    def changes(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Change what was read."""
        return self._route("PATCH", path, answer, summary, scope=self.write, needs=(MATCH,), fails=(400, 404, 409, 413))

    def does(self, path: str, answer: type[Schema], summary: str) -> Callable[[View], View]:
        """Do something, once, with what was read."""
        return self._route("POST", path, answer, summary, scope=self.write, needs=(ONCE, MATCH), fails=(404,))

    def _route(
        self,
        method: Method,
        path: str,
        answer: type[Schema],
        summary: str,
        *,
        scope: str,
        needs: Sequence[str] = (),
        fails: Sequence[int] = (),
        status: int = 200,
        is_one: bool = True,
    ) -> Callable[[View], View]:
        statuses = {*_ALWAYS, *fails}
        if ONCE in needs:
            statuses |= {400, 409, 413}
        if MATCH in needs:
            statuses |= {412, 428}

        def routed(view: View) -> View:
            inner = unwrapping(view, status)
            decorate_view(guarding(scope, needs))(inner)
            self.router.api_operation(
                [method],
                path,
                response={status: answer, **problems(*sorted(statuses))},
                operation_id=_camel(view.__name__),
                summary=summary,
                url_name=_name(path),
                openapi_extra={
                    "security": [{"key": [scope]}],
                    "responses": {status: {"headers": _TAG if is_one else {}}},
                    "parameters": [
                        header for need, header in ((ONCE, _ONCE_HEADER), (MATCH, _MATCH_HEADER)) if need in needs
                    ],
                },
            )(inner)
            return view

        return routed


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _name(path: str) -> str:
    """Name an address: `/cases/{uuid:case_id}/notes` is `cases-one-notes`."""
    return "-".join("one" if part.startswith("{") else part for part in re.findall(r"[^/]+", path))
