"""What was confirmed is compared with what stands in the sources now; a difference is repaired, or left as it is for a reason."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.audit import actions as audit
from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.errors import Conflict, FirstlineError
from firstline.outbox import actions as outbox
from firstline.push.actions import hint
from firstline.sources.access import access_divergence
from firstline.sources.adapters import loaded
from firstline.sources.adapters.asking import NotYet
from firstline.sources.adapters.reaching import read_records
from firstline.sources.models import Command, Divergence, Reading, Reconciliation
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.rules import commands, definitions
from firstline.sources.rules.definitions import Source
from firstline.sources.rules.reconciliation import Diverging, diverging, last_due, still_expected

CHECK, REPAIR = "sources.reconcile", "sources.repair"
MAX_REASON = 1_000
# A source that is busy with something else gets this long for each comparison.
_SECONDS = 10.0
_ENDED = (Command.State.CONFIRMED, Command.State.CONFLICT, Command.State.REFUSED)


class AlreadyUnderWay(Conflict):
    """Somebody compares, or repairs, already."""

    code = "under-way"


class CannotRepair(Conflict):
    """The record has gone: there is nothing to write to."""

    code = "cannot-repair"


class NoReason(FirstlineError):
    """Leaving a difference as it is needs a reason."""

    code = "no-reason"
    status = 422


# --- comparing -------------------------------------------------------------------------------------------------------


def start(*, principal: Principal | None, source: str = "", days: int | None = None) -> UUID:
    """Have everything compared that was confirmed in the last `days`, in one source or all; None of a principal is the night's.

    Raises: AlreadyUnderWay.
    """
    now = clock.now()
    run = Reconciliation(
        source=source,
        since=now - timedelta(days=days or settings.FIRSTLINE_RECONCILE_DAYS),
        started_by=principal.id if principal else None,
        started_by_name=principal.name if principal else "",
        started_at=now,
    )
    run.total = _confirmed(run).count()
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            outbox.put(kind=CHECK, key=f"reconcile:{run.id}", payload={"run_id": str(run.id)})
    except IntegrityError as error:
        raise AlreadyUnderWay(_("A comparison is under way already. Wait until it is done.")) from error
    return run.id


def start_when_due(*, now: datetime) -> bool:
    """Begin the night's comparison, once after its hour; returns whether it began."""
    at = settings.FIRSTLINE_RECONCILE_AT
    if at is None or not loaded.sources():
        return False
    due = last_due(at, now=timezone.localtime(now))
    if Reconciliation.objects.filter(Q(started_at__gte=due) | Q(finished_at=None), source="").exists():
        return False
    try:
        start(principal=None)
    except AlreadyUnderWay:  # another worker was faster
        return False
    return True


def check_some(run_id: UUID, *, limit: int) -> bool:
    """Compare up to `limit` more commands; returns whether all are done, as far as this process knows."""
    run = Reconciliation.objects.get(id=run_id)
    if run.finished_at is not None:
        return True
    unreachable: Counter[str] = Counter(run.unreachable)
    entries = list(_after(run)[:limit])
    for entry in entries:
        if not _check(entry):
            unreachable[entry.source] += 1
    crash_point("sources.reconciliation.checked")
    is_done = len(entries) < limit
    changes = {
        "checked": run.checked + len(entries),
        "unreachable": dict(unreachable),
        "finished_at": clock.now() if is_done else None,
        "reached_at": entries[-1].confirmed_at if entries else run.reached_at,
        "reached": entries[-1].id if entries else run.reached,
    }
    with transaction.atomic():
        # Whoever was so slow that another went on mustn't undo what that one noted.
        if not Reconciliation.objects.filter(id=run.id, reached=run.reached, finished_at=None).update(**changes):
            return False
        if run.started_by is not None:
            hint(audience=f"user:{run.started_by}", kind="reconciliation", id=str(run.id))
    return is_done


def _confirmed(run: Reconciliation) -> QuerySet[Command]:
    # Later ones are compared the next time.
    found = Command.objects.filter(
        state=Command.State.CONFIRMED,
        confirmed_at__gte=run.since,
        confirmed_at__lt=run.started_at,
        wanted__isnull=False,
    )
    return found.filter(source=run.source) if run.source else found


def _after(run: Reconciliation) -> QuerySet[Command]:
    found = _confirmed(run).select_related("compensates").order_by("confirmed_at", "id")
    if run.reached is None:
        return found
    beyond = Q(confirmed_at=run.reached_at, id__gt=run.reached) | Q(confirmed_at__gt=run.reached_at)
    return found.filter(beyond)


def _check(entry: Command) -> bool:
    """Compare one command with its source, and note what differs; False when it couldn't be compared."""
    known = loaded.find_command(entry.command)
    if known is None:
        return False
    if not still_expected(known[1], entry.wanted, _later(entry)):
        _note(entry, [])
        return True
    try:
        current = _read(entry, *known)
    except (SourceDown, SourceRefused, NotYet):
        return False
    # Asked after the reading: what is written meanwhile may stand there already, or not yet. It is compared the next time.
    if not _is_being_written(entry):
        _note(entry, diverging(still_expected(known[1], entry.wanted, _later(entry)), current))
    return True


def _is_being_written(entry: Command) -> bool:
    return _same_place(entry).exclude(state__in=_ENDED).exists()


def _same_place(entry: Command) -> QuerySet[Command]:
    """Find what was, or will be, written to the records of the same customer, also for whom they were or are merged with."""
    same = Q(customer_id__in=customer_queries.same_as(entry.customer_id)) | Q(
        customer_keys__overlap=entry.customer_keys
    )
    return Command.objects.filter(same, source=entry.source)


def _later(entry: Command) -> Iterator[tuple[definitions.Command, dict[str, Any]]]:
    at, id_ = entry.confirmed_at, entry.id
    # What takes it back is later whatever the clocks of two machines say.
    is_later = Q(confirmed_at__gt=at) | Q(confirmed_at=at, id__gt=id_) | Q(compensates=entry)
    later = _same_place(entry).filter(is_later, state=Command.State.CONFIRMED, wanted__isnull=False)
    for one in later:
        known = loaded.find_command(one.command)
        if known is not None:
            yield known[1], one.wanted


def _read(entry: Command, source: Source, command: definitions.Command) -> list[commands.Record]:
    original = entry
    while original.compensates is not None:
        original = original.compensates
    values = commands.check_parameters(command, original.parameters)[0]
    known = list(customer_queries.identifiers_of_each(entry.customer_id).values())
    window, keys = loaded.window(source), entry.customer_keys
    key = ("reconcile", entry.id)
    asked = window.ask(key, lambda: read_records(window.connector, source, command, known, values, keys))
    return commands.records_of(command, asked.wait(_SECONDS))


@transaction.atomic
def _note(entry: Command, found: list[Diverging]) -> None:
    """Bring what is known of a command's divergences in line with what was found just now."""
    now = clock.now()
    by_record = {one.record: one for one in found}
    known = list(Divergence.objects.select_for_update().filter(command=entry))
    for row in known:
        if row.state == Divergence.State.OPEN and row.record not in by_record:
            row.state, row.settled_at = Divergence.State.GONE, now
            row.save(update_fields=["state", "settled_at"])
    for one in found:
        rows = [row for row in known if row.record == one.record]
        unsettled = next((row for row in rows if row.state not in Divergence.SETTLED), None)
        if unsettled is not None:
            unsettled.expected, unsettled.found, unsettled.found_by = one.expected, one.found, one.found_by
            unsettled.seen_at = now
            unsettled.save(update_fields=["expected", "found", "found_by", "seen_at"])
        elif not any(row.state == Divergence.State.ACCEPTED and _is_same(row, one) for row in rows):
            _open(entry, one, now)


def _open(entry: Command, one: Diverging, now: datetime) -> None:
    row = Divergence(
        command=entry,
        customer_id=entry.customer_id,
        case_id=entry.case_id,
        source=entry.source,
        record=one.record[:200],
        expected=one.expected,
        found=one.found,
        found_by=one.found_by[:200],
        found_at=now,
        seen_at=now,
    )
    # A worker that is late, or one that goes on in its place, may list the same at this moment.
    Divergence.objects.bulk_create([row], ignore_conflicts=True)


def _is_same(row: Divergence, one: Diverging) -> bool:
    """Tell whether what was accepted is still what stands there."""
    return (row.expected, row.found) == (one.expected, one.found)


# --- settling --------------------------------------------------------------------------------------------------------


@transaction.atomic
def repair(*, principal: Principal, divergence_id: UUID) -> UUID:
    """Have what was confirmed written again, unless the record changes once more before; returns the command's id.

    Raises: AccessDenied, AlreadyUnderWay, CannotRepair.
    """
    row = _unsettled(principal, divergence_id)
    if row.found is None:
        raise CannotRepair(
            _("The record has gone from the system, so nothing can be written to it. Look for it there.")
        )
    before, now = row.command, clock.now()
    seen = commands.Record(record=row.record, customer=row.found_by, version=None, values=row.found)
    reading = Reading.objects.create(
        customer_id=row.customer_id,
        source=row.source,
        view=before.command,
        value={"records": commands.as_data([seen])},
        read_at=row.seen_at,
        read_by=principal.id,
    )
    entry = Command.objects.create(
        case_id=row.case_id,
        kind=Command.Kind.REPAIR,
        compensates=before.compensates,
        element_id=before.element_id,
        customer_id=row.customer_id,
        source=row.source,
        command=before.command,
        parameters=before.parameters,
        reading=reading,
        key=f"repair:{row.id}:{now.isoformat()}",
        # Only what differs is put right; the rest of the record stays as it stands there.
        wanted={row.record: {**row.found, **row.expected}},
        customer_keys=[row.found_by] if row.found_by else [],
    )
    row.state, row.repair, row.last_error = Divergence.State.REPAIRING, entry, ""
    _settled_by(row, principal)
    outbox.put(kind=REPAIR, key=entry.key, payload={"divergence_id": str(row.id)}, about=row.case_id)
    _record(principal, "divergence.repaired", row)
    return entry.id


@transaction.atomic
def accept(*, principal: Principal, divergence_id: UUID, reason: str) -> None:
    """Leave what stands there as it is; it is listed again only when it changes once more.

    Raises: AccessDenied, AlreadyUnderWay, NoReason.
    """
    row = _unsettled(principal, divergence_id)
    given = reason.strip()[:MAX_REASON]
    if not given:
        raise NoReason(_("Write why it stays as it is; it is kept with your name."))
    row.state, row.settled_at, row.reason = Divergence.State.ACCEPTED, clock.now(), given
    _settled_by(row, principal)
    _record(principal, "divergence.accepted", row)


def note_repaired(row: Divergence) -> None:
    """Note that the record shows what was confirmed again."""
    with transaction.atomic():
        # What wasn't ours to write stays out of what is compared from now on.
        if row.repair is not None:
            Command.objects.filter(id=row.repair.id).update(wanted={row.record: row.expected})
        row.state, row.settled_at, row.last_error = Divergence.State.REPAIRED, clock.now(), ""
        row.save(update_fields=["state", "settled_at", "last_error"])


def note_not_repaired(row: Divergence, *, message: str) -> None:
    """Note that the repair can't be had, and why; a person decides anew."""
    Divergence.objects.filter(id=row.id).update(state=Divergence.State.OPEN, last_error=message)


def _unsettled(principal: Principal, divergence_id: UUID) -> Divergence:
    access_divergence(principal, divergence_id)
    row = Divergence.objects.select_for_update(of=("self",)).select_related("command").get(id=divergence_id)
    if row.state != Divergence.State.OPEN:
        raise AlreadyUnderWay(_("This is being settled, or is settled, already. Look at the list again."))
    return row


def _settled_by(row: Divergence, principal: Principal) -> None:
    row.settled_by, row.settled_by_name = principal.id, principal.name
    row.save()


def _record(principal: Principal, action: Any, row: Divergence) -> None:
    told: Mapping[str, Any] = {"record": row.record, "expected": row.expected, "found": row.found}
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=row.id, reason=row.reason, data=told)
