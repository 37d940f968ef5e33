"""Commands to back-office systems for programs: what there is, what one would change, and how far it has come."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Schema

from firstline.accounts.access import access_staff
from firstline.api.web.fields import Sent, Values
from firstline.api.web.paging import Paged, page, position
from firstline.api.web.preconditions import One
from firstline.api.web.routes import Routes
from firstline.sources import actions, queries
from firstline.sources.access import access_write
from firstline.sources.models import Command
from firstline.sources.queries import CommandRow
from firstline.sources.rules import definitions
from firstline.sources.rules.tiles import in_language
from firstline.ui.language import page_language


class ParameterOut(Schema):
    name: str
    label: str
    type: str
    is_required: bool
    max_length: int
    choices: list[str]


class CommandOut(Schema):
    key: str
    label: str
    source: str
    source_label: str
    guarantee: Literal["exactly-once", "verified"] = Field(
        description="verified: the system knows no keys; it is looked at before anything is sent again."
    )
    parameters: list[ParameterOut]


class Commands(Schema):
    items: list[CommandOut]


class Wanted(Sent):
    customer: UUID
    parameters: Values = Field(default_factory=dict)


class Order(Wanted):
    reading: UUID | None = Field(
        None, description="That of the preview: nothing is written when it stands otherwise there by now."
    )


class PreviewRowOut(Schema):
    where: str
    old: str
    new: str
    is_changed: bool


class PreviewOut(Schema):
    state: Literal["ready", "same", "unknown", "not-possible"] = Field(
        description="unknown: the system doesn't answer; it is written as soon as it does. not-possible: `problem` says why."
    )
    problem: str
    rows: list[PreviewRowOut] = Field(description="What stands there and what will; what is sensitive is masked.")
    reading: UUID | None = Field(description="What was seen there: send it with the command.")


class WriteOut(Schema):
    """How far one change has come in one system."""

    id: UUID
    customer_id: UUID
    case_id: UUID | None
    source: str
    source_label: str
    command: str
    label: str
    kind: Command.Kind
    state: Command.State
    sentence: str = Field(description="The same in words.")
    attempts: int
    next_attempt_at: datetime | None
    confirmed_at: datetime | None


class Writes(Schema):
    items: list[WriteOut]
    next: str | None


class WriteFilter(Paged):
    customer: UUID | None = None


ROUTES = Routes("commands")


@ROUTES.lists("/commands", Commands, "List the commands that there are")
def list_commands(request: HttpRequest) -> dict[str, Any]:
    """List what can be changed in which system, and which details it takes."""
    access_staff(request)
    return {"items": [_defined(source, command) for source, command in queries.list_commands()]}


@ROUTES.asks("/commands/{command}/preview", PreviewOut, "Say what a command would change")
def preview_command(request: HttpRequest, command: str, wanted: Wanted) -> dict[str, Any]:
    """Ask the system what a command would change there. What was seen is kept, for the comparison before it is written."""
    found = actions.preview(
        customer_id=wanted.customer,
        command=command,
        parameters=wanted.parameters,
        principal=access_staff(request),
        language=page_language(),
    )
    rows = [
        {"where": one.where, "old": one.old_text, "new": one.new_text, "is_changed": one.is_changed}
        for one in found.rows
    ]
    return {"state": found.state, "problem": found.problem, "rows": rows, "reading": found.reading_id}


@ROUTES.adds("/commands/{command}/carry-out", WriteOut, "Have a command carried out")
def carry_out_command(request: HttpRequest, command: str, order: Order) -> One:
    """Have a command carried out, as soon as its system answers; read the write to see how far it has come."""
    entry = actions.order(
        principal=access_staff(request),
        customer_id=order.customer,
        command=command,
        parameters=order.parameters,
        reading_id=order.reading,
        language=page_language(),
    )
    one = _one(entry)
    return One(value=one.value, state=one.state, location=f"/api/v1/writes/{entry.id}")


@ROUTES.lists("/writes", Writes, "List changes in systems")
def list_writes(request: HttpRequest, wanted: Query[WriteFilter]) -> dict[str, Any]:
    """List the changes in systems, youngest first: those of processes, too."""
    principal = access_staff(request)
    where = position(request, wanted.cursor)
    found = queries.list_writes(
        principal=principal,
        customer_id=wanted.customer,
        after=UUID(where[0]) if where else None,
        limit=wanted.limit + 1,
    )
    shown = page(request, found, limit=wanted.limit, key=lambda one: [one.id])
    return {**shown, "items": [_one(one).value for one in shown["items"]]}


@ROUTES.reads("/writes/{uuid:write_id}", WriteOut, "Read how far a change has come")
def read_write(request: HttpRequest, write_id: UUID) -> One:
    """Read how far a change in a system has come."""
    return _one(access_write(access_staff(request), write_id))


def _one(entry: Command) -> One:
    (row,) = queries.write_rows([entry], language=page_language())
    told = {
        **{name: getattr(row, name) for name in CommandRow.__dataclass_fields__},
        "customer_id": entry.customer_id,
        "case_id": entry.case_id,
    }
    return One(value=told, state=[entry.id, entry.state, entry.attempts, entry.next_attempt_at])


def _defined(source: definitions.Source, command: definitions.Command) -> dict[str, Any]:
    language = page_language()
    return {
        "key": command.key,
        "label": in_language(command.label, language),
        "source": source.key,
        "source_label": in_language(source.label, language),
        "guarantee": queries.guarantee_of(source),
        "parameters": [
            {
                "name": one.name,
                "label": in_language(one.label, language),
                "type": one.type,
                "is_required": one.is_required,
                "max_length": one.max_length,
                "choices": one.choices,
            }
            for one in command.parameters
        ],
    }
