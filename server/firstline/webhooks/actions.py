"""Writes: addresses made, renewed and ended; events noted for them; what couldn't be delivered sent again."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.errors import Conflict, FirstlineError
from firstline.outbox import actions as outbox
from firstline.runtime.home import secret
from firstline.webhooks import rules
from firstline.webhooks.access import access_endpoint
from firstline.webhooks.models import Endpoint, Notice

OUTBOX_KIND = "webhook"
# A process learns of a new endpoint after at most so long; events are so many that each can't ask the database.
_KNOWN_SECONDS = 2.0
_PROBLEMS = {
    "form": lambda: _("Write a whole address, such as https://erp.example.com/firstline."),
    "login": lambda: _(
        "An address with a name and a password in it is kept where it can be read. Leave them out: each event is signed."
    ),
    "open": lambda: _("The address must begin with https://, or FIRSTLINE_WEBHOOK_HOSTS must name its host."),
}


class BadEndpoint(FirstlineError):
    """The address, the name or the types can't be so."""

    code = "bad-endpoint"
    status = 422


# --- endpoints -------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_endpoint(
    *, principal: Principal, name: str, url: str, types: Sequence[str], brand_key: str = ""
) -> tuple[UUID, str]:
    """Have a program told of events; returns the endpoint's id and its secret, which can be read again only by renewing it.

    Raises: BadEndpoint.
    """
    name, url = name.strip(), url.strip()
    if not name or len(name) > 200:
        raise BadEndpoint(_("Give the program a name of at most 200 letters."))
    problem = rules.url_problem(url, hosts=settings.FIRSTLINE_WEBHOOK_HOSTS)
    if problem:
        raise BadEndpoint(_PROBLEMS[problem]())
    wanted = [kind for kind in rules.TYPES if kind in types]
    if not wanted:
        raise BadEndpoint(_("Choose at least one kind of event."))
    brand = Brand.objects.filter(key=brand_key).first() if brand_key else None
    if brand_key and brand is None:
        raise BadEndpoint(_("There is no such brand."))
    made = Endpoint.objects.create(name=name, url=url, types=wanted, brand=brand, made_by=principal.id)
    _record(principal, "webhook.made", made)
    return made.id, secret_of(made)


@transaction.atomic
def renew_secret(*, principal: Principal, endpoint_id: UUID) -> str:
    """Sign with another secret from now on, and return it. Raises: AccessDenied, Conflict."""
    endpoint = _in_use(principal, endpoint_id)
    endpoint.secret_number += 1
    endpoint.save(update_fields=["secret_number"])
    _record(principal, "webhook.renewed", endpoint)
    return secret_of(endpoint)


@transaction.atomic
def end_endpoint(*, principal: Principal, endpoint_id: UUID) -> None:
    """Tell a program nothing any more; what wasn't delivered yet is given up. Raises: AccessDenied, Conflict."""
    endpoint = _in_use(principal, endpoint_id)
    endpoint.ended_at = clock.now()
    endpoint.save(update_fields=["ended_at"])
    waiting = Notice.objects.filter(endpoint=endpoint, state=Notice.State.WAITING)
    waiting.update(state=Notice.State.DEAD, ended_at=endpoint.ended_at)
    _record(principal, "webhook.ended", endpoint)


def secret_of(endpoint: Endpoint) -> str:
    """Give the secret that an endpoint's events are signed with."""
    return rules.secret_of(secret("webhooks"), endpoint_id=endpoint.id, number=endpoint.secret_number)


def _in_use(principal: Principal, endpoint_id: UUID) -> Endpoint:
    access_endpoint(principal, endpoint_id)
    endpoint = Endpoint.objects.select_for_update().get(id=endpoint_id)
    if endpoint.ended_at is not None:
        raise Conflict(_("This address has been ended already."))
    return endpoint


def _record(principal: Principal, action: Action, endpoint: Endpoint) -> None:
    told = {"name": endpoint.name, "url": endpoint.url, "types": endpoint.types}
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=endpoint.id, data=told)


# --- events ----------------------------------------------------------------------------------------------------------


def note(*, kind: str, subject: str, brand_key: str, data: Mapping[str, Any]) -> None:
    """Note an event for everybody who wants it, in the caller's transaction."""
    for endpoint in _wanting(kind, brand_key):
        _note(endpoint, kind, subject, data, clock.now())


def is_wanted(kind: str) -> bool:
    """Tell whether anybody wants events of a type, without asking the database for each."""
    global _known  # noqa: PLW0603 -- what this process knows
    until, types = _known
    if time.monotonic() >= until:
        rows = Endpoint.objects.filter(ended_at=None).values_list("types", flat=True)
        types = frozenset(one for row in rows for one in row)
        _known = (time.monotonic() + _KNOWN_SECONDS, types)
    return kind in types


_known: tuple[float, frozenset[str]] = (0.0, frozenset())


def forget() -> None:
    """Ask the database anew at the next event."""
    global _known  # noqa: PLW0603 -- what this process knows
    _known = (0.0, frozenset())


def _wanting(kind: str, brand_key: str) -> list[Endpoint]:
    found = Endpoint.objects.filter(ended_at=None, types__contains=[kind]).select_related("brand").order_by("id")
    return [one for one in found if one.brand is None or one.brand.key == brand_key]


def _note(endpoint: Endpoint, kind: str, subject: str, data: Mapping[str, Any], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('webhooks_notice_number')")
        (number,) = cursor.fetchone()
    id_ = ids.new_id()
    event = rules.cloud_event(
        event_id=id_, kind=kind, subject=subject, number=number, at=now, source=settings.FIRSTLINE_PUBLIC_URL, data=data
    )
    Notice.objects.create(
        id=id_, endpoint=endpoint, type=kind, subject=subject, number=number, event=event, at=now, next_attempt_at=now
    )
    _want(id_, now)


def _want(notice_id: UUID, now: datetime) -> None:
    key = f"webhook:{notice_id}:{now.isoformat()}"
    outbox.put(kind=OUTBOX_KIND, key=key, payload={"notice_id": str(notice_id)})


@transaction.atomic
def send_again(*, principal: Principal, endpoint_id: UUID, notice_id: UUID | None = None) -> int:
    """Try one, or all, that couldn't be delivered, from the oldest on; returns how many. Raises: AccessDenied, Conflict."""
    endpoint = _in_use(principal, endpoint_id)
    dead = Notice.objects.select_for_update().filter(endpoint=endpoint, state=Notice.State.DEAD)
    if notice_id is not None:
        dead = dead.filter(id=notice_id)
    now, found = clock.now(), list(dead.order_by("subject", "number").values_list("id", flat=True))
    Notice.objects.filter(id__in=found).update(
        state=Notice.State.WAITING, first_attempt_at=None, attempts=0, next_attempt_at=now, ended_at=None
    )
    for id_ in found:
        _want(id_, now)
    if found:
        _record(principal, "webhook.replayed", endpoint)
    return len(found)
