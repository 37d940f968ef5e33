"""The workers behind the job types `source-command` and `source-compensate`, comparisons and repairs.

Between any two lines of this module the process may die. So every step first says in the database what it is about to do, and
every attempt first looks at what the earlier ones did: a change that may have been sent is never sent again unseen.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from firstline.crashpoints import crash_point
from firstline.customers import queries as customer_queries
from firstline.outbox.ports import Delivery, TryAgain
from firstline.sources import actions, reconciliation
from firstline.sources.adapters import loaded
from firstline.sources.adapters.asking import Window
from firstline.sources.adapters.reaching import read_records
from firstline.sources.models import Command, Divergence
from firstline.sources.ports import (
    CannotCompensate,
    CommandConflict,
    CommandRefused,
    Job,
    SourceChanged,
    SourceDown,
    SourceRefused,
)
from firstline.sources.rules import commands, definitions
from firstline.sources.rules.audiences import is_shown_to_all
from firstline.sources.rules.definitions import Source
from firstline.sources.rules.templates import CantFill
from firstline.sources.rules.tiles import in_language, in_words

# Sentences that arise here are kept, and read by staff: in the language of the house.
LANGUAGE = settings.LANGUAGE_CODE
# So many comparisons, then others of the worker's tasks get their turn.
_AT_ONCE = 20


def run_command(job: Job) -> dict[str, Any]:
    """Carry out the command that the job's header `command` names, exactly once however often it is delivered.

    Variables of the job: `customer_id`, `parameters` (a context), `reading_id` (optional; also a context of ids by command).
    Raises: outbox.ports.TryAgain while the source is down, CommandConflict, CommandRefused.
    """
    key, source, command = _command_of(job)
    entry = actions.note_command(job=job, command=key, kind=Command.Kind.CHANGE)
    crash_point("sources.command.noted")
    return _carry_out(_Run(entry, source, command))


def run_compensation(job: Job) -> dict[str, Any]:
    """Restore what the command named by the header `command` changed for this process, exactly once.

    Variables of the job: `customer_id`, and `command_id` where only one of several changes is meant (the result of a command has it:
    `billing_change_address.id`).
    Raises: outbox.ports.TryAgain, CannotCompensate when it was changed again since.
    """
    key, source, command = _command_of(job)
    _withdraw(job, key, source)
    entry = actions.note_command(job=job, command=key, kind=Command.Kind.COMPENSATION)
    crash_point("sources.command.noted")
    if actions.is_behind(entry):
        raise TryAgain("What was written later is taken back first.", actions.back_off(source, 0))
    try:
        return _carry_out(_Undo(entry, source, command))
    except (CommandConflict, CommandRefused) as error:
        raise CannotCompensate(
            _("What was written can't be taken back: %(reason)s Look at it in the system itself, then go on.")
            % {"reason": error.message}
        ) from error


def _withdraw(job: Job, key: str, source: Source) -> None:
    """Keep what isn't carried out yet from being so: its job is gone, but a worker may have it in hand."""
    for entry in actions.meant_by(job, key).exclude(state=Command.State.CONFIRMED):
        with actions.alone(entry) as is_ours:
            if not is_ours:
                raise TryAgain("What is to be taken back is being written.", actions.back_off(source, 0))
            actions.withdraw(entry=entry)


def run_ordered(delivery: Delivery) -> None:
    """Carry out a command that stands in no process, exactly once. Raises: TryAgain while the source is down."""
    entry = Command.objects.select_related("reading").get(id=UUID(delivery.payload["command_id"]))
    known = loaded.find_command(entry.command)
    if known is None:
        message = _("The source's file doesn't define this command any more.")
        actions.stop(entry=entry, state="refused", message=message)
        return
    # Why it can't be done is noted with it, and read there by whoever ordered it.
    with suppress(CommandConflict, CommandRefused):
        _carry_out(_Run(entry, *known))


def _command_of(job: Job) -> tuple[str, Source, definitions.Command]:
    key = job.headers.get("command", "")
    found = loaded.find_command(key)
    if found is None:
        raise CommandRefused(f"There is no command '{key}'; name one of a source's file in the header 'command'.")
    return key, *found


class _Run:
    """One attempt at a change: what is wanted, and what the person saw."""

    def __init__(self, entry: Command, source: Source, command: definitions.Command) -> None:
        self.entry = entry
        self.source = source
        self.command = command
        self.write = command.write
        self.window: Window = loaded.window(source)
        self.seconds = source.command_timeout.total_seconds()
        self.when_missing = command.when_missing
        values, problems = commands.check_parameters(command, entry.parameters)
        self.parameters = values
        if problems and entry.kind in (Command.Kind.CHANGE, Command.Kind.NOTE):
            self.refuse(actions.parameter_sentence(command, problems, LANGUAGE))

    @property
    def seen(self) -> list[commands.Record] | None:
        return actions.read_seen(self.entry)

    @property
    def customer_keys(self) -> list[str]:
        return self.entry.customer_keys

    def read(self) -> list[commands.Record]:
        known = list(customer_queries.identifiers_of_each(self.entry.customer_id).values())
        rows = read_records(
            self.window.connector, self.source, self.command, known, self.parameters, keys=self.customer_keys
        )
        return commands.records_of(self.command, rows)

    def wanted_of(self, current: Sequence[commands.Record]) -> dict[str, Mapping[str, Any]]:
        # What was wanted when it may have been sent stays wanted, whatever the records say by now.
        wanted: dict[str, Mapping[str, Any]] = dict(self.entry.wanted or {})
        try:
            for record in current:
                if record.record not in wanted:
                    wanted[record.record] = commands.wanted_values(self.command, record, self.parameters)
        except CantFill as error:
            self.refuse(self.says(str(error)))
        return wanted

    def refuse(self, message: str) -> NoReturn:
        actions.stop(entry=self.entry, state="refused", message=message)
        raise CommandRefused(message, command=self.command.key)

    def conflict(self, differences: Sequence[commands.Difference]) -> NoReturn:
        message = self._conflict_sentence(differences)
        actions.stop(entry=self.entry, state="conflict", message=message)
        raise CommandConflict(message, command=self.command.key)

    def _conflict_sentence(self, differences: Sequence[commands.Difference]) -> str:
        labels = {change.name: in_language(change.label, LANGUAGE) for change in self.command.changes}
        # Kept, and read by whoever sees the case.
        hidden = {
            change.name
            for change in self.command.changes
            if change.is_sensitive or not is_shown_to_all(self.source, change)
        }
        spellings = {change.name: change.spellings for change in self.command.changes}

        def words(name: str, value: object) -> str:
            return in_words(value, spellings[name], LANGUAGE)

        changed = ", ".join(
            labels[one.name]
            if one.name in hidden
            else f"{labels[one.name]}: '{words(one.name, one.found)}' instead of '{words(one.name, one.expected)}'"
            for one in differences
        )
        return _("%(source)s was changed meanwhile (%(changed)s). Look at it with the customer and decide again.") % {
            "source": self.label,
            "changed": changed,
        }

    @property
    def label(self) -> str:
        return in_language(self.source.label, LANGUAGE)

    def says(self, words: str) -> str:
        return _("%(source)s says: %(words)s") % {"source": self.label, "words": words}

    def result(self) -> dict[str, Any]:
        entry = self.entry
        return {
            self.command.key.replace(".", "_"): {
                "id": str(entry.id),
                "state": entry.state,
                "written": entry.is_written,
                "confirmed_at": entry.confirmed_at,
            }
        }


class _Undo(_Run):
    """One attempt at taking a change back: what stood there before is wanted, what we wrote is what must stand there."""

    def __init__(self, entry: Command, source: Source, command: definitions.Command) -> None:
        super().__init__(entry, source, command)
        self.write = command.undo
        self.when_missing = "skip"
        original = entry.compensates
        if original is not None:
            self.parameters = commands.check_parameters(command, original.parameters)[0]

    @property
    def seen(self) -> list[commands.Record] | None:
        original = self.entry.compensates
        before = commands.from_data(original.before) if original is not None else None
        if original is None or before is None:
            return None
        return [
            commands.Record(
                record=one.record, customer=one.customer, version=None, values=dict(original.wanted[one.record])
            )
            for one in before
        ]

    @property
    def customer_keys(self) -> list[str]:
        return self.entry.compensates.customer_keys if self.entry.compensates else []

    def read(self) -> list[commands.Record]:
        original = self.entry.compensates
        if original is None or original.before is None:
            return []
        ours = {one["record"] for one in original.before}
        return [one for one in super().read() if one.record in ours]

    def wanted_of(self, current: Sequence[commands.Record]) -> dict[str, Mapping[str, Any]]:
        original = self.entry.compensates
        before = commands.from_data(original.before) if original is not None else None
        return {one.record: one.values for one in before or []}


class _Repair(_Run):
    """One attempt at putting a record right that was changed after what we wrote was confirmed."""

    def __init__(self, entry: Command, source: Source, command: definitions.Command) -> None:
        super().__init__(entry, source, command)
        self.write = command.undo if entry.compensates else command.write
        self.when_missing = "refuse"
        self.parameters = commands.check_parameters(command, (entry.compensates or entry).parameters)[0]

    def read(self) -> list[commands.Record]:
        return [one for one in super().read() if one.record in self.entry.wanted]


def run_check(delivery: Delivery) -> None:
    """Go on with a comparison of what was confirmed with what stands there now."""
    if not reconciliation.check_some(UUID(delivery.payload["run_id"]), limit=_AT_ONCE):
        raise TryAgain("There is more to compare.", timedelta())


def run_repair(delivery: Delivery) -> None:
    """Carry a repair out, and note what came of it. Raises: TryAgain while the source is down."""
    row = Divergence.objects.select_related("repair__compensates").get(id=UUID(delivery.payload["divergence_id"]))
    entry = row.repair
    if row.state != Divergence.State.REPAIRING or entry is None or entry.key != delivery.key:
        return
    known = loaded.find_command(entry.command)
    if known is None:
        reconciliation.note_not_repaired(row, message=_("The source's file doesn't define this command any more."))
        return
    try:
        _carry_out(_Repair(entry, *known))
    except (CommandConflict, CommandRefused) as error:
        reconciliation.note_not_repaired(row, message=error.message)
    else:
        crash_point("sources.repair.confirmed")
        reconciliation.note_repaired(row)


def _carry_out(run: _Run) -> dict[str, Any]:
    if run.entry.state == Command.State.CONFIRMED:
        return run.result()  # delivered again: the process died before it had noted our answer
    with translation.override(LANGUAGE), actions.alone(run.entry) as is_ours:
        if not is_ours:
            raise TryAgain("Another worker is at it.", actions.back_off(run.source, 0))
        run.entry.refresh_from_db()
        if run.entry.state == Command.State.CONFIRMED:
            return run.result()
        if run.entry.is_withdrawn:
            run.refuse(_("The process has taken it back."))
        if run.entry.given_up_by:
            run.refuse(actions.given_up_sentence(run.entry))
        try:
            _bring_about(run)
        except SourceChanged:
            # Changed in the moment between reading and writing: the next attempt reads it and decides.
            _wait(run, _("%(source)s was changed just now.") % {"source": run.label})
        except SourceDown as error:
            run.window.note(success=False, failure=error)
            _wait(
                run,
                _("%(source)s isn't answering: %(reason)s.") % {"source": run.label, "reason": error.told()},
            )
        except SourceRefused as error:
            run.refuse(run.says(error.told()))
        return run.result()


def _wait(run: _Run, message: str) -> NoReturn:
    after = actions.back_off(run.source, run.entry.attempts)
    actions.postpone(entry=run.entry, message=message, after=after)
    raise TryAgain(message, after)


def _bring_about(run: _Run) -> None:
    """Read, decide, write, verify, confirm."""
    entry = run.entry
    current = run.read()
    run.window.note(success=True)
    crash_point("sources.command.read")
    wanted = run.wanted_of(current)
    decision = commands.decide(
        current=current,
        wanted=wanted,
        seen=run.seen,
        before=commands.from_data(entry.before),
        max_records=run.command.max_records,
    )
    match decision.next:
        case "missing" if run.when_missing != "skip":
            run.refuse(actions.missing_sentence(run.source, LANGUAGE))
        case "too-many":
            run.refuse(actions.too_many_sentence(run.source, current, LANGUAGE))
        case "conflict":
            run.conflict(decision.differences)
        case "write":
            _refuse_second_write(run, wanted, current)
            _write(run, current, decision.records, wanted)
        case "there" if entry.before is not None:
            entry.is_written = True  # an earlier attempt got through although we never heard of it
        case "there":
            entry.wanted = {one.record: dict(wanted[one.record]) for one in current}
            entry.customer_keys = commands.customer_keys(current)
        case _:
            pass
    crash_point("sources.command.before_confirm")
    actions.confirm(entry=entry)
    crash_point("sources.command.confirmed")


def _refuse_second_write(
    run: _Run, wanted: Mapping[str, Mapping[str, Any]], current: Sequence[commands.Record]
) -> None:
    """Stop when the target knows that our write went through although it doesn't show it: somebody has changed it back."""
    if run.entry.before is None:
        return
    if run.window.connector.was_written(run.entry.target_key, seconds=run.seconds):
        run.conflict(commands.not_as_wanted(current, {one.record: wanted[one.record] for one in current}))


def _write(
    run: _Run,
    current: Sequence[commands.Record],
    records: Sequence[commands.Record],
    wanted: Mapping[str, Mapping[str, Any]],
) -> None:
    entry = run.entry
    actions.begin_writing(entry=entry, before=current, wanted={one.record: wanted[one.record] for one in current})
    crash_point("sources.command.before_write")
    run.window.connector.write(
        run.write,
        [
            {
                **run.parameters,
                "customer": one.customer,
                "record": one.record,
                "version": one.version,
                **wanted[one.record],
            }
            for one in records
        ],
        key=entry.target_key,
        seconds=run.seconds,
    )
    crash_point("sources.command.after_write")
    actions.note_written(entry=entry)
    crash_point("sources.command.written")
    differences = commands.not_as_wanted(run.read(), {one.record: wanted[one.record] for one in records})
    if differences:
        run.conflict(differences)
