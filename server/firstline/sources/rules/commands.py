"""What a command does next, decided from what was seen, what stands there now and what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from firstline.sources.rules.definitions import Command, Parameter
from firstline.sources.rules.templates import fill
from firstline.sources.rules.values import clean_text, same, typed, value_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a source: which one, in which version, with the values that the command is about."""

    record: str
    customer: str
    version: Any
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    record: str
    name: str
    expected: Any
    found: Any


# write: send it. there: it stands there already. missing, too-many: the source has no such record, or more than one may
# be changed. conflict: `differences` say what has changed meanwhile.
Next = Literal["write", "there", "missing", "too-many", "conflict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    next: Next
    records: tuple[Record, ...] = ()
    differences: tuple[Difference, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterProblem:
    name: str
    code: Literal["missing", "wrong-type", "too-long", "no-choice"]


def check_parameters(command: Command, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[ParameterProblem]]:
    """Read the parameters that the command knows; others that travel along are ignored."""
    values: dict[str, Any] = {}
    problems: list[ParameterProblem] = []
    for parameter in command.parameters:
        value, problem = _checked(parameter, given.get(parameter.name))
        values[parameter.name] = value
        if problem is not None:
            problems.append(ParameterProblem(name=parameter.name, code=problem))
    return values, problems


_TYPES: dict[str, tuple[Any, type]] = {
    "date": ("date", date),
    "number": ("number", Decimal),
    "boolean": ("boolean", bool),
}


def _checked(
    parameter: Parameter, value: Any
) -> tuple[Any, Literal["missing", "wrong-type", "too-long", "no-choice"] | None]:
    if value is None or value == "":
        return None, "missing" if parameter.is_required else None
    if parameter.type in _TYPES:
        field_type, wanted = _TYPES[parameter.type]
        read = typed(value, field_type)
        return (read, None) if isinstance(read, wanted) else (None, "wrong-type")
    if not isinstance(value, str):
        return None, "wrong-type"
    if len(value) > parameter.max_length:
        return None, "too-long"
    if parameter.type == "choice" and value not in parameter.choices:
        return None, "no-choice"
    return clean_text(value).strip(), None


def records_of(command: Command, rows: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Read a source's rows as the command's records."""
    return [
        Record(
            record=str(row.get("@record") or value_at(row, command.record) or ""),
            customer=str(row.get("@customer") or ""),
            version=value_at(row, command.version) if command.version else None,
            values={
                change.name: typed(value_at(row, change.path), change.type, change.currency)
                for change in command.changes
            },
        )
        for row in rows
    ]


def wanted_values(command: Command, record: Record, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Say what the values of a record are to become.

    Raises: CantFill.
    """
    names = {**parameters, "customer": record.customer}
    return {change.name: typed(fill(change.becomes, names), change.type, change.currency) for change in command.changes}


def decide(
    *,
    current: Sequence[Record],
    wanted: Mapping[str, Mapping[str, Any]],
    seen: Sequence[Record] | None,
    before: Sequence[Record] | None,
    max_records: int,
) -> Decision:
    """Decide what to do, by values alone (versions only guard the moment between reading and writing).

    `wanted` are the new values by record; `seen` is what the person who decided saw; `before` is what stood there before an
    earlier attempt, whose outcome isn't known.
    """
    if not current:
        return Decision(next="missing")
    if len(current) > max_records:
        return Decision(next="too-many", records=tuple(current))
    open_records = [record for record in current if not is_as_wanted(record, wanted)]
    if not open_records:
        return Decision(next="there")
    base = before if before is not None else seen
    differences = [] if base is None else [one for record in open_records for one in _differences(record, base, wanted)]
    if differences:
        return Decision(next="conflict", differences=tuple(differences))
    return Decision(next="write", records=tuple(open_records))


def is_as_wanted(record: Record, wanted: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a record shows what is wanted of it."""
    return all(same(value, wanted[record.record][name]) for name, value in record.values.items())


def not_as_wanted(current: Sequence[Record], wanted: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    """List where the records don't show what is wanted; a record that has gone is a difference too."""
    by_record = {record.record: record for record in current}
    return [
        Difference(
            record=key, name=name, expected=value, found=by_record[key].values[name] if key in by_record else None
        )
        for key, values in wanted.items()
        for name, value in values.items()
        if key not in by_record or not same(by_record[key].values[name], value)
    ]


def _differences(record: Record, base: Sequence[Record], wanted: Mapping[str, Mapping[str, Any]]) -> list[Difference]:
    known = next((one for one in base if one.record == record.record), None)
    if known is None:
        return [
            Difference(record=record.record, name=name, expected=None, found=value)
            for name, value in record.values.items()
        ]
    return [
        Difference(record=record.record, name=name, expected=known.values.get(name), found=value)
        for name, value in record.values.items()
        # Somebody who has entered meanwhile just what is wanted has changed nothing that matters.
        if not same(value, known.values.get(name)) and not same(value, wanted[record.record][name])
    ]


def customer_keys(records: Sequence[Record]) -> list[str]:
    """Say by which of the customer's keys in the source they were found."""
    return list(dict.fromkeys(one.customer for one in records if one.customer))


def as_data(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Write records as what a table keeps."""
    return [
        {"record": one.record, "customer": one.customer, "version": one.version, "values": dict(one.values)}
        for one in records
    ]


def from_data(content: Sequence[Mapping[str, Any]] | None) -> list[Record] | None:
    """Read records from what a table kept."""
    return None if content is None else [Record(**one) for one in content]
