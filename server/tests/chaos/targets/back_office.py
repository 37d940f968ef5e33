"""What people do around the systems: open accounts, look at a preview, change something themselves, compare, and put right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from uuid import UUID

import psycopg
from django.db.models import QuerySet

from firstline import clock
from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers.models import Customer, Identifier
from firstline.sources import actions, reconciliation
from firstline.sources.models import Command, Divergence
from tests.chaos.targets import SYSTEMS, stores
from tests.chaos.targets.hands import KIND, NEW, customer_of

_BRAND = "chaos"
_STRANGE = "Strange Street"
_ROLES = frozenset({"agent", "lead"})
_AGENT = Principal(kind="staff", id=UUID(int=2), name="Bob", roles=_ROLES, brands=frozenset({_BRAND}))
_OURS = "firstline:"


def open_accounts(record: str, *, closed: Sequence[str] = ()) -> None:
    brand, _ = Brand.objects.get_or_create(key=_BRAND, defaults={"names": {"en": "Chaos"}})
    customer, _ = Customer.objects.get_or_create(
        brand=brand, number=record.split("~", 1)[0], defaults={"family_name": "X"}
    )
    Identifier.objects.get_or_create(kind=KIND, value=record, customer=customer, defaults={"shown": record})
    stores.open_accounts(record, closed=closed)


class Away(psycopg.OperationalError):
    """A system was killed just now: who asks asks again, and does nothing else before."""


def see(record: str) -> None:
    """Look at what will change where, as the agent does before the process is started.

    Raises: Away while a system doesn't say.
    """
    found = actions.previews(
        customer_id=customer_of(record).id,
        commands=[f"{system}.move" for system in SYSTEMS],
        parameters={"street": NEW},
        principal=_AGENT,
        language="en",
    )
    if any(one.state != "ready" for one in found):
        raise Away


def change(system: str, record: str) -> None:
    """Let somebody change the account, once."""
    if not _is_strange(system, record):
        stores.change(system, record, _STRANGE)


def is_confirmed(system: str, record: str) -> bool:
    """Whether everything that was to be written to the system is."""
    found = _commands(system, record)
    return found.exists() and not found.exclude(state=Command.State.CONFIRMED).exists()


def may_be_compared(system: str, record: str) -> bool:
    """Whether somebody has changed the account, and what was confirmed of it is of the past."""
    if _commands(system, record).filter(confirmed_at__gte=clock.now()).exists():
        return False
    return _is_strange(system, record)


def _is_strange(system: str, record: str) -> bool:
    return any(
        one.record == record and one.system == system and one.became == _STRANGE for one in stores.ledger(record)
    )


def compare(system: str, record: str) -> bool:
    """Have what was confirmed compared; False until the account is listed."""
    with suppress(reconciliation.AlreadyUnderWay):
        if not is_listed(system, record):
            reconciliation.start(principal=_AGENT, source=system)
    return is_listed(system, record)


def is_listed(system: str, record: str) -> bool:
    return _divergences(system, record).exists()


def repair(system: str, record: str) -> None:
    for row in _divergences(system, record).filter(state=Divergence.State.OPEN):
        reconciliation.repair(principal=_AGENT, divergence_id=row.id)


def _commands(system: str, record: str) -> QuerySet[Command]:
    return Command.objects.filter(customer_id=customer_of(record).id, source=system)


def _divergences(system: str, record: str) -> QuerySet[Divergence]:
    return Divergence.objects.filter(source=system, record=record)


# --- taking stock ---


def happened(prefix: str) -> Counter[str]:
    """Count what stands in the systems, what was written there by whom, and what the house says of it."""
    found = Counter(f"stands {system} {record} {street}" for system, record, street in stores.streets(prefix))
    for one in stores.ledger(prefix):
        what = "written" if one.by.startswith(_OURS) else "changed by others"
        found[f"{what} {one.system} {one.record}"] += 1
    records = dict(Identifier.objects.filter(kind=KIND, value__startswith=prefix).values_list("customer_id", "value"))
    for one in Command.objects.filter(customer_id__in=records):
        found[f"{one.kind} {one.state} {one.source} {records[one.customer_id]}"] += 1
    for row in Divergence.objects.filter(customer_id__in=records):
        found[f"divergence {row.state} {row.source} {row.record}"] += 1
    return found


def wrong() -> Counter[str]:
    """Count writes with one key that were made twice, of nobody, or over something that nobody had looked at."""
    return Counter(_wrong())


def _wrong() -> Iterator[str]:
    entries = {str(one.id): one for one in Command.objects.all()}
    seen: set[tuple[str, str]] = set()
    for one in stores.ledger():
        if not one.by.startswith(_OURS):
            continue
        if (one.system, one.by) in seen:
            yield f"written twice with one key: {one.system} {one.record}"
        seen.add((one.system, one.by))
        _, command, round_ = one.by.split(":")[:3]
        entry = entries.get(command)
        if entry is None:
            yield f"written for nobody: {one.system} {one.record}"
        elif int(round_) == entry.round and one.was not in {
            before["values"]["street"] for before in entry.before or ()
        }:
            yield f"overwritten unseen: {one.system} {one.record}"
    for entry in entries.values():
        if entry.is_written and not any(by.startswith(entry.target_key) for _, by in seen):
            yield f"confirmed and never written: {entry.command}"
