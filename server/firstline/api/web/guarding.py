"""What every request passes before anything is done: whose key, how often, in which state, whether it was done before."""

import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation
from ninja.responses import Status

from firstline import clock
from firstline.accounts import access
from firstline.accounts import actions as account_actions
from firstline.accounts.principals import Principal
from firstline.accounts.rules import WRITE
from firstline.api import actions, rules
from firstline.api.web.preconditions import One, require_state_named, tagged
from firstline.audit import actions as audit
from firstline.errors import FirstlineError

Run = Callable[..., HttpResponse]
# Done once however often it is sent; done to the state that was read.
ONCE, MATCH = "once", "match"
_FIRST_NOT_DONE = 300
_buckets: dict[UUID, rules.Bucket] = {}
_lock = threading.Lock()


class TooMany(FirstlineError):
    """More requests than a program may send."""

    code = "too-many-requests"
    status = 429


class NoKey(FirstlineError):
    """A request that must be known again, without anything to know it by."""

    code = "idempotency-key-missing"


class UnknownParameter(FirstlineError):
    """A parameter that means nothing here; a misspelt filter would list everything."""

    code = "unknown-parameter"
    status = 422


def unwrapping(view: Callable[..., Any], status: int) -> Callable[..., Any]:
    """Let a view answer `One`: the thing itself goes on, the rest is kept for the headers."""

    @wraps(view)
    def answered(request: HttpRequest, **arguments: Any) -> Any:
        found = view(request, **arguments)
        if isinstance(found, One):
            request._one = found  # type: ignore[attr-defined]  # noqa: SLF001 -- kept with the request
            found = found.value
        return Status(status, found)

    return answered


def guarding(scope: str, needs: Sequence[str]) -> Callable[[Run], Run]:
    """Make a decorator of how a request is answered (see ninja's decorate_view): all that is asked for comes first."""

    def guard(run: Run) -> Run:
        known = _parameters(run)

        def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
            principal = _enter(request, scope)
            if wrong := rules.unknown_names(request.GET, known):
                raise UnknownParameter(
                    f"There is no parameter '{wrong[0][:100]}' here; known are: {', '.join(known) or 'none'}."
                )
            if MATCH in needs:
                require_state_named(request)

            def answer() -> HttpResponse:
                return _headed(request, run(request, **arguments))

            if ONCE in needs:
                return _once(request, principal, answer, is_change=scope.endswith(WRITE))
            return answer() if request.method == "GET" else _whole(request, principal, answer)

        return guarded

    return guard


def _parameters(run: Run) -> list[str]:
    operation: Operation = run.__self__  # type: ignore[attr-defined]  # a bound method, see ninja.Operation.clone
    models = [one for one in operation.models if one.__ninja_param_source__ == "query"]
    return [name for one in models for name in one.__ninja_flatten_map__]


def _enter(request: HttpRequest, scope: str) -> Principal:
    principal, key = access.access_program(request, scope)
    now = clock.now()
    per_minute = settings.FIRSTLINE_API_PER_MINUTE
    assert principal.id is not None
    with _lock:
        fresh = rules.Bucket(size=per_minute, per_second=per_minute / 60, left=per_minute, at=now)
        seconds = _buckets.setdefault(principal.id, fresh).take(now=now)
    if seconds:
        raise TooMany(
            f"This program sends more than {per_minute} requests a minute. Wait, then go on more slowly.",
            retry_after_seconds=int(seconds) + 1,
        )
    account_actions.note_key_use(key_id=key.id, now=now)
    return principal


def _headed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    one: One | None = getattr(request, "_one", None)
    response["Cache-Control"] = "no-store"
    response["Content-Language"] = request.LANGUAGE_CODE
    return tagged(request, response, one) if one is not None and response.status_code < _FIRST_NOT_DONE else response


def _whole(request: HttpRequest, principal: Principal, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Do all of it or nothing, and note which program did it."""
    with transaction.atomic():
        response = answer()
        if response.status_code >= _FIRST_NOT_DONE:
            transaction.set_rollback(True)
        else:
            _note(request, principal, response.status_code)
    return response


def _once(
    request: HttpRequest, principal: Principal, answer: Callable[[], HttpResponse], *, is_change: bool
) -> HttpResponse:
    """Do it, unless it was done under the same key before: then it is answered as it was. What was refused may be sent again."""
    key = request.headers.get("Idempotency-Key", "")
    if not rules.is_idempotency_key(key):
        raise NoKey("Send a header Idempotency-Key with 1 to 255 visible signs, another one for each thing to do.")
    assert principal.id is not None
    print_ = rules.fingerprint(method=request.method or "", address=request.get_full_path(), body=request.body)
    with transaction.atomic():
        kept = actions.answer_kept(account_id=principal.id, key=key, fingerprint=print_)
        if kept is not None:
            headers = {**kept.headers, "Idempotency-Replayed": "true"}
            return HttpResponse(kept.body, status=kept.status, headers=headers)
        response = answer()
        if response.status_code >= _FIRST_NOT_DONE:
            transaction.set_rollback(True)
            return response
        if is_change:
            _note(request, principal, response.status_code)
        actions.keep_answer(
            account_id=principal.id,
            key=key,
            fingerprint=print_,
            status=response.status_code,
            headers=dict(response.items()),
            body=response.content.decode(),
            now=clock.now(),
        )
    return response


def _note(request: HttpRequest, principal: Principal, status: int) -> None:
    """Note in the trail which program did what."""
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="api-key.used",
        about=request.path.rstrip("/").removeprefix("/api/v1/"),
        data={"request": f"{request.method} {request.path}"[:200], "status": status},
    )
