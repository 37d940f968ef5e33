"""Writes: preview a change (which keeps what was seen), and note how far a change has come."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from firstline import clock, events, ids
from firstline.accounts.principals import Principal
from firstline.customers import queries as customer_queries
from firstline.errors import FirstlineError
from firstline.outbox import actions as outbox
from firstline.push import actions as push_actions
from firstline.sources.access import access_command, access_command_work, withheld_changes
from firstline.sources.adapters import loaded
from firstline.sources.adapters.asking import NotYet, Question
from firstline.sources.adapters.reaching import Identifiers, read_records
from firstline.sources.events import CommandConfirmed, CommandStopped, CommandWaiting
from firstline.sources.models import Command, Reading
from firstline.sources.ports import CannotCompensate, CommandRefused, Job, Row, SourceDown, SourceRefused
from firstline.sources.rules import commands, definitions
from firstline.sources.rules.definitions import Source
from firstline.sources.rules.templates import CantFill
from firstline.sources.rules.tiles import in_language, in_words
from firstline.sources.rules.values import MASK, same

PREVIEW_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One value in one place: what stands there and what will."""

    source: str
    where: str
    old: Any
    new: Any
    old_text: str
    new_text: str
    is_changed: bool


# ready: it will be written. same: it stands there already. unknown: the source didn't answer; it will be written all the
# same, as soon as it does. not-possible: `problem` says why.
PreviewState = Literal["ready", "same", "unknown", "not-possible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a command will change where; `reading_id` goes with the command, which compares with it before it writes."""

    command: str
    label: str
    source: str
    state: PreviewState
    rows: tuple[PreviewRow, ...]
    reading_id: UUID | None
    problem: str


def preview(
    *,
    customer_id: UUID,
    command: str,
    parameters: Mapping[str, Any],
    principal: Principal,
    language: str,
    is_verified: bool = False,
) -> Preview:
    """Say what a command would change, and keep what was seen for the comparison."""
    found = previews(
        customer_id=customer_id,
        commands=[command],
        parameters=parameters,
        principal=principal,
        language=language,
        is_verified=is_verified,
    )
    return found[0]


def previews(
    *,
    customer_id: UUID,
    commands: Sequence[str],
    parameters: Mapping[str, Any],
    principal: Principal,
    language: str,
    is_verified: bool = False,
) -> list[Preview]:
    """Say what several commands with the same parameters would change, all systems asked at once."""
    found = [access_command(principal, customer_id, key) for key in commands]
    known = customer_queries.identifiers_of_each(customer_id)
    with translation.override(language):
        prepared = [
            _Prepared.of(
                source,
                command,
                parameters,
                language,
                is_verified=is_verified,
                withheld=withheld_changes(principal, source, command),
            )
            for source, command in found
        ]
        for one in prepared:
            one.ask(known)
        return [one.finish(customer_id, principal) for one in prepared]


@dataclass(slots=True, kw_only=True)
class _Prepared:
    """One command on its way to a preview."""

    source: Source
    command: definitions.Command
    values: dict[str, Any]
    problems: list[commands.ParameterProblem]
    language: str
    is_verified: bool
    # Names of changes: what stands there is for others.
    withheld: frozenset[str]
    question: Question[list[Row]] | None = None

    @classmethod
    def of(
        cls,
        source: Source,
        command: definitions.Command,
        parameters: Mapping[str, Any],
        language: str,
        *,
        is_verified: bool,
        withheld: frozenset[str],
    ) -> "_Prepared":
        values, problems = commands.check_parameters(command, parameters)
        return cls(
            source=source,
            command=command,
            values=values,
            problems=problems,
            language=language,
            is_verified=is_verified,
            withheld=withheld,
        )

    def ask(self, known: Mapping[UUID, Identifiers]) -> None:
        if self.problems:
            return
        window = loaded.window(self.source)
        source, command, values = self.source, self.command, self.values
        key = (*known, command.key, repr(sorted(values.items())))
        each = list(known.values())
        self.question = window.ask(key, lambda: read_records(window.connector, source, command, each, values))

    def finish(self, customer_id: UUID, principal: Principal) -> Preview:
        if self.question is None:
            return self._preview("not-possible", problem=parameter_sentence(self.command, self.problems, self.language))
        try:
            rows = self.question.wait(PREVIEW_SECONDS)
            records = commands.records_of(self.command, rows)
            wanted = {one.record: commands.wanted_values(self.command, one, self.values) for one in records}
        except (NotYet, SourceDown):
            sentence = _("%(source)s isn't answering. The change is made as soon as it does.")
            return self._preview("unknown", problem=sentence % self._named())
        except SourceRefused as error:
            return self._preview("not-possible", problem=_said(self.source, error.told(), self.language))
        except CantFill as error:
            return self._preview("not-possible", problem=_said(self.source, str(error), self.language))
        decision = commands.decide(
            current=records, wanted=wanted, seen=None, before=None, max_records=self.command.max_records
        )
        reading = _keep(self.source, self.command, records, customer_id, principal)
        rows_shown = tuple(self._rows(records, wanted)) if decision.next in ("write", "there") else ()
        match decision.next:
            case "missing":
                state: PreviewState = "same" if self.command.when_missing == "skip" else "not-possible"
                return self._preview(state, problem=missing_sentence(self.source, self.language), reading=reading)
            case "too-many":
                sentence = too_many_sentence(self.source, records, self.language)
                return self._preview("not-possible", problem=sentence, reading=reading)
            case "there":
                return self._preview("same", rows=rows_shown, reading=reading)
            case _:
                return self._preview("ready", rows=rows_shown, reading=reading)

    def _rows(
        self, records: Sequence[commands.Record], wanted: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[PreviewRow]:
        for record in records:
            for change in self.command.changes:
                old, new = record.values[change.name], wanted[record.record][change.name]
                where = in_language(change.label, self.language)
                mask = self._mask(change, old)
                yield PreviewRow(
                    source=in_language(self.source.label, self.language),
                    where=where if len(records) == 1 else f"{record.record}: {where}",
                    old=None if mask else old,
                    new=new,
                    old_text=mask or in_words(old, change.spellings, self.language),
                    new_text=in_words(new, change.spellings, self.language),
                    is_changed=not same(old, new),
                )

    def _mask(self, change: definitions.Change, old: Any) -> str:
        """Say what is shown instead of the old value; "" for itself."""
        if change.name in self.withheld:
            return _("for other roles")
        return MASK if change.is_sensitive and not self.is_verified and old is not None else ""

    def _preview(
        self,
        state: PreviewState,
        *,
        rows: tuple[PreviewRow, ...] = (),
        problem: str = "",
        reading: Reading | None = None,
    ) -> Preview:
        return Preview(
            command=self.command.key,
            label=in_language(self.command.label, self.language),
            source=in_language(self.source.label, self.language),
            state=state,
            rows=rows,
            reading_id=reading.id if reading else None,
            problem=problem,
        )

    def _named(self) -> dict[str, str]:
        return {"source": in_language(self.source.label, self.language)}


def _keep(
    source: Source,
    command: definitions.Command,
    records: Sequence[commands.Record],
    customer_id: UUID,
    principal: Principal,
) -> Reading:
    return Reading.objects.create(
        customer_id=customer_id,
        source=source.key,
        view=command.key,
        value={"records": commands.as_data(records)},
        version=" ".join(str(one.version) for one in records if one.version is not None)[:200],
        read_at=clock.now(),
        read_by=principal.id,
    )


def missing_sentence(source: Source, language: str) -> str:
    """Say that there is nothing to write to."""
    return _("%(source)s has no record of this customer that this could be written to.") % {
        "source": in_language(source.label, language)
    }


def too_many_sentence(source: Source, records: Sequence[commands.Record], language: str) -> str:
    """Say that it isn't clear which record is meant."""
    return _("%(source)s has several records that this could be about (%(records)s). Say which one.") % {
        "source": in_language(source.label, language),
        "records": ", ".join(one.record for one in records),
    }


def given_up_sentence(entry: Command) -> str:
    """Say who decided that it isn't tried any more, and why."""
    return _("%(name)s gave it up: %(why)s") % {"name": entry.given_up_by, "why": entry.given_up_why}


def parameter_sentence(
    command: definitions.Command, problems: Sequence[commands.ParameterProblem], language: str
) -> str:
    """Say which details are missing or wrong."""
    labels = {parameter.name: in_language(parameter.label, language) for parameter in command.parameters}
    missing = ", ".join(labels[one.name] for one in problems if one.code == "missing")
    wrong = ", ".join(labels[one.name] for one in problems if one.code != "missing")
    sentences = [
        _("Missing: %(names)s.") % {"names": missing} if missing else "",
        _("Not as it should be: %(names)s.") % {"names": wrong} if wrong else "",
    ]
    return " ".join(filter(None, sentences))


def _said(source: Source, words: str, language: str) -> str:
    return _("%(source)s says: %(words)s") % {"source": in_language(source.label, language), "words": words}


ORDERED = "sources.command"
_UNDER_WAY = (Command.State.PENDING, Command.State.WRITING, Command.State.WRITTEN, Command.State.WAITING)


class BadParameters(FirstlineError):
    """Details that a command can't be carried out with; `parameters` names them."""

    code = "bad-parameters"
    status = 422


class UnknownReading(FirstlineError):
    """A reading that isn't what a preview of this command showed for this customer."""

    code = "unknown-reading"
    status = 422


@transaction.atomic
def order(
    *,
    principal: Principal,
    customer_id: UUID,
    command: str,
    parameters: Mapping[str, Any],
    reading_id: UUID | None,
    language: str,
) -> Command:
    """Have a command carried out outside of any process, as soon as its system answers.

    `reading_id` is what a preview showed: it is compared with before anything is written.
    Raises: AccessDenied, Forbidden, UnknownCommand, BadParameters, UnknownReading.
    """
    _source, known = access_command_work(principal, customer_id, command)
    _values, problems = commands.check_parameters(known, parameters)
    if problems:
        with translation.override(language):
            sentence = parameter_sentence(known, problems, language)
        raise BadParameters(sentence, parameters={one.name: one.code for one in problems})
    seen = Reading.objects.filter(customer_id=customer_id, view=command)
    if reading_id is not None and not seen.filter(id=reading_id).exists():
        raise UnknownReading(_("There is no such preview of this command for this customer. Preview it again."))
    entry = Command.objects.create(
        element_id="",
        customer_id=customer_id,
        source=command.partition(".")[0],
        command=command,
        parameters=dict(parameters),
        reading_id=reading_id,
        key=f"ordered:{ids.new_id()}",
    )
    outbox.put(kind=ORDERED, key=entry.key, payload={"command_id": str(entry.id)})
    return entry


# --- How far a change has come: each of these is one transaction, and what lies between them may crash ---------------


def note_command(*, job: Job, command: str, kind: str) -> Command:
    """Write down that a job wants this change, or find what was written down at an earlier delivery.

    A compensation is of one change, which no other compensation is of.
    Raises: CommandRefused when the process doesn't say which customer it is about, CannotCompensate.
    """
    variables, is_compensation = job.variables, kind == Command.Kind.COMPENSATION
    parameters = _named(job) if is_compensation else _context(variables.get("parameters"))
    reading_id = _reading_id(variables.get("reading_id"), command)
    with transaction.atomic(durable=True):
        compensates = _to_take_back(job, command) if is_compensation else None
        customer_id = as_uuid(variables.get("customer_id")) or (compensates.customer_id if compensates else None)
        if customer_id is None:
            raise CommandRefused(
                _("The process doesn't say which customer it is about: its variable 'customer_id' is missing.")
            )
        found, made = Command.objects.select_for_update(of=("self",)).get_or_create(
            key=job.key,
            defaults={
                "case_id": as_uuid(job.business_id),
                "kind": kind,
                "compensates": compensates,
                "instance_id": as_uuid(job.instance_id),
                "element_id": job.element_id,
                "customer_id": customer_id,
                "source": command.partition(".")[0],
                "command": command,
                "parameters": parameters,
                "reading_id": reading_id,
                "is_withdrawn": kind == Command.Kind.CHANGE and _is_taken_back(job, command),
            },
        )
        if made:
            _hint(found)
        elif found.state in (Command.State.CONFLICT, Command.State.REFUSED):
            _open_again(found, parameters, reading_id)
        return found


def _to_take_back(job: Job, command: str) -> Command | None:
    """Choose what a compensation takes back: of what is meant the last one written. None: nothing was, or others take it back already.

    Raises: CannotCompensate.
    """
    # Locked first, looked at then: of two that choose at once the second sees what the first has chosen.
    list(changes_of(job, command).select_for_update(no_key=True).order_by("id").values_list("id"))
    meant = meant_by(job, command)
    if _named(job) and not meant.exists():
        raise CannotCompensate(
            _("The variable 'command_id' names no change that this process has made with %(command)s.")
            % {"command": command}
        )
    others = Command.objects.filter(kind=Command.Kind.COMPENSATION).exclude(key=job.key)
    written = meant.filter(before__isnull=False).exclude(compensations__in=others)
    # As the engine compensates: what was done last is taken back first.
    return written.order_by("-created_at", "-id").first()


def meant_by(job: Job, command: str) -> QuerySet[Command]:
    """Find which changes a compensation is about: the one that its variable `command_id` names, else all of its process."""
    found = changes_of(job, command)
    if not _named(job):
        return found
    named = as_uuid(job.variables["command_id"])
    return found.filter(id=named) if named else found.none()


def _named(job: Job) -> dict[str, str]:
    named = job.variables.get("command_id")
    return {} if named is None else {"command_id": str(named)}


def is_behind(entry: Command) -> bool:
    """Tell whether something that the process wrote later, to the same customer's records, is being taken back just now."""
    original = entry.compensates
    if original is None:
        return False
    at, id_ = original.created_at, original.id
    later = Command.objects.filter(
        Q(created_at__gt=at) | Q(created_at=at, id__gt=id_),
        instance_id=original.instance_id,
        command=original.command,
        customer_id=original.customer_id,
    )
    under_way = Command.objects.filter(state__in=_UNDER_WAY, given_up_by="", kind=Command.Kind.COMPENSATION)
    return under_way.filter(compensates__in=later).exists()


def _is_taken_back(job: Job, command: str) -> bool:
    """Tell whether the process wanted this taken back after it had wanted it: the job was in some worker's hand meanwhile."""
    # Keys of jobs are in the order of their making. What names a change was told of it, so that it had been made already.
    later = _of_process(job, command).filter(kind=Command.Kind.COMPENSATION, key__gt=job.key)
    return later.exclude(parameters__has_key="command_id").exists()


def changes_of(job: Job, command: str) -> QuerySet[Command]:
    """Find what the process of a job wanted changed by this command, for the customer of the job."""
    return _of_process(job, command).filter(kind=Command.Kind.CHANGE)


def _of_process(job: Job, command: str) -> QuerySet[Command]:
    found = Command.objects.filter(instance_id=as_uuid(job.instance_id), command=command)
    customer_id = as_uuid(job.variables.get("customer_id"))
    return found.filter(customer_id=customer_id) if customer_id else found


def withdraw(*, entry: Command) -> None:
    """Note that the process has taken a change back."""
    with transaction.atomic(durable=True):
        Command.objects.filter(id=entry.id).update(is_withdrawn=True)


def _open_again(entry: Command, parameters: dict[str, Any], reading_id: UUID | None) -> None:
    """Begin again after a conflict or a refusal.

    With other details, or another reading, a person has decided anew: it is another write. With the same ones it may as well be
    the same delivery once more, so that what is known of the first write stays.
    """
    entry.state = Command.State.PENDING
    if (parameters, reading_id) != (entry.parameters, entry.reading_id):
        entry.round += 1
        entry.before = entry.wanted = None
        entry.customer_keys = []
        entry.parameters, entry.reading_id = parameters, reading_id
    entry.save()


@transaction.atomic
def want_note(
    *, key: str, command: str, customer_id: UUID, case_id: UUID | None, about: str, parameters: Mapping[str, Any]
) -> None:
    """Want something noted in a system, once per `key`; whoever wants it doesn't wait for it. `about` says in a word what it is of."""
    entry, made = Command.objects.get_or_create(
        key=key,
        defaults={
            "kind": Command.Kind.NOTE,
            "case_id": case_id,
            "element_id": about,
            "customer_id": customer_id,
            "source": command.partition(".")[0][:60],
            "command": command,
            "parameters": dict(parameters),
        },
    )
    if made:
        outbox.put(kind=ORDERED, key=key, payload={"command_id": str(entry.id)}, about=case_id)
        _hint(entry)


def begin_writing(
    *, entry: Command, before: Sequence[commands.Record], wanted: Mapping[str, Mapping[str, Any]]
) -> None:
    """Note that from now on the change may have been sent, and what stood there before."""
    with transaction.atomic(durable=True):
        entry.state = Command.State.WRITING
        if entry.before is None:
            entry.before = commands.as_data(before)
            entry.wanted = {record: dict(values) for record, values in wanted.items()}
            entry.customer_keys = commands.customer_keys(before)
        entry.save()


def note_written(*, entry: Command) -> None:
    """Note that the source took the change."""
    with transaction.atomic(durable=True):
        entry.state = Command.State.WRITTEN
        entry.is_written = True
        entry.save()


def confirm(*, entry: Command) -> None:
    """Note that the change was seen in the source."""
    now = clock.now()
    with transaction.atomic(durable=True):
        entry.state = Command.State.CONFIRMED
        entry.confirmed_at = now
        entry.next_attempt_at = None
        entry.last_error = ""
        entry.save()
        events.announce(CommandConfirmed(**_about(entry), at=now))
        _hint(entry)


def postpone(*, entry: Command, message: str, after: timedelta) -> None:
    """Note that the source can't now, and when it is tried again."""
    next_attempt_at = clock.now() + after
    with transaction.atomic(durable=True):
        # What may have been sent stays so: the next attempt looks before it writes, because `before` is set.
        entry.state = Command.State.WAITING
        entry.attempts += 1
        entry.next_attempt_at = next_attempt_at
        entry.last_error = message
        entry.save()
        events.announce(CommandWaiting(**_about(entry), next_attempt_at=next_attempt_at))
        _hint(entry)


def stop(*, entry: Command, state: Literal["conflict", "refused"], message: str) -> None:
    """Note that the change can't be carried out, and why."""
    with transaction.atomic(durable=True):
        entry.state = state
        entry.next_attempt_at = None
        entry.last_error = message
        entry.save()
        events.announce(CommandStopped(**_about(entry), reason=state, message=message))
        _hint(entry)


@contextmanager
def alone(entry: Command) -> Iterator[bool]:
    """Hold a lock on a command while it is carried out; False when another worker has it.

    The lock belongs to the session: it survives our short transactions and ends with the process, should it die.
    """
    number = lock_number(entry)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        row: tuple[bool] = cursor.fetchone()
    try:
        yield row[0]
    finally:
        if row[0]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def lock_number(entry: Command) -> int:
    """Say which of PostgreSQL's advisory locks is a command's."""
    return int.from_bytes(entry.id.bytes[8:], "big", signed=True)


def as_uuid(value: object) -> UUID | None:
    """Read an id that may come as text out of a process."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _context(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _reading_id(value: object, command: str) -> UUID | None:
    """Read which reading the person saw: an id, or ids by command or source, when one form prepared several commands."""
    found = (value.get(command) or value.get(command.partition(".")[0])) if isinstance(value, Mapping) else value
    wanted = as_uuid(found)
    return wanted if wanted and Reading.objects.filter(id=wanted, view=command).exists() else None


def _about(entry: Command) -> dict[str, Any]:
    return {"command_id": entry.id, "case_id": entry.case_id, "source": entry.source, "command": entry.command}


def _hint(entry: Command) -> None:
    if entry.case_id is not None:
        push_actions.hint(audience=f"case:{entry.case_id}", kind="command", id=str(entry.id))


def back_off(source: Source, attempts: int) -> timedelta:
    """Say how long to wait after so many failed attempts."""
    return source.retry[min(attempts, len(source.retry) - 1)]


def read_seen(entry: Command) -> list[commands.Record] | None:
    """Give what the person saw who decided, if they saw anything."""
    reading = entry.reading
    content: dict[str, Any] = reading.value if reading is not None else {}
    return commands.from_data(content.get("records"))
