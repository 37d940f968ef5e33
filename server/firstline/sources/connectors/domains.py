"""Domains: conditions as Tryton and Odoo write them, lists of [field, operator, value], made from parts that are checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_noop

from firstline.definitions import Part
from firstline.sources.connectors.http import HttpConnection, parse_http
from firstline.sources.connectors.secrets import Reference, parse_reference
from firstline.sources.ports import NOT_OF_TYPE, SourceRefused
from firstline.sources.rules.templates import check_places, fill_content

_NO_RECORD = gettext_noop("'%(value)s' is no number of a record")
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "ilike", "in")
TYPES = ("text", "number", "boolean", "date")
MODEL = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z0-9_]+)*")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ORDER = re.compile(rf"{_FIELD.pattern}( (asc|desc))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Where a system is, which of its databases, and who signs in."""

    http: HttpConnection
    database: str
    user: Reference
    password: Reference


def parse_login(part: Part) -> Login:
    """Read what both systems want to know; user and password go into the questions, not into their headers."""
    login = Login(
        database=part.text("database"),
        user=parse_reference(part, "user"),
        password=parse_reference(part, "password"),
        http=parse_http(part.without("user", "password")),
    )
    if login.database and not re.fullmatch(r"[\w.-]+", login.database):
        part.problem("database", "bad-name", f"'{login.database}' is no name of a database.")
    return login


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    field: str
    operator: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Which records of a model, and what of them."""

    model: str
    conditions: tuple[Condition, ...]
    fields: tuple[str, ...]
    order: tuple[tuple[str, str], ...]

    def domain(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Fill in the values.

        Raises: SourceRefused when one hasn't its type.
        """
        return [
            [one.field, one.operator, as_type(fill_content(one.value, parameters), one.type)] for one in self.conditions
        ]


def parse_records(part: Part, names: frozenset[str]) -> Records:
    """Read which records a view or a command is about."""
    found = Records(
        model=parse_model(part, "model"),
        conditions=tuple(_condition(inner, names) for inner in part.parts("where", needed=False)),
        fields=part.strings("fields"),
        order=tuple((one.partition(" ")[0], one.partition(" ")[2] or "asc") for one in part.strings("order")),
    )
    if not found.fields:
        part.problem("fields", "missing", "'fields' says what is read of each record.")
    for key, pattern in (("fields", _FIELD), ("order", _ORDER)):
        for one in part.strings(key):
            if not pattern.fullmatch(one):
                part.problem(key, "bad-name", f"'{one}' can't stand here.")
    return found


def parse_model(part: Part, key: str) -> str:
    """Read the name of a model or a wizard."""
    name = part.text(key)
    if name and not MODEL.fullmatch(name):
        part.problem(key, "bad-name", f"'{name}' is no name of a model.")
    return name


def _condition(part: Part, names: frozenset[str]) -> Condition:
    found = Condition(
        field=part.text("field"),
        operator=part.choice("is", OPERATORS, "="),
        type=part.choice("type", TYPES, "text"),
        value=part.raw("value"),
    )
    if found.field and not _FIELD.fullmatch(found.field):
        part.problem("field", "bad-name", f"'{found.field}' is no name of a field.")
    check_places(part, "value", found.value, names)
    part.end()
    return found


def as_type(value: Any, kind: str) -> Any:
    """Read a value as what it is to be; lists one by one.

    Raises: SourceRefused when it isn't.
    """
    if isinstance(value, list):
        return [as_type(one, kind) for one in value]
    value = getattr(value, "amount", value)
    if value is None or not isinstance(value, str):
        return value
    try:
        return _READ[kind](value)
    except (ValueError, KeyError, InvalidOperation):
        raise SourceRefused(NOT_OF_TYPE, value=value[:100], kind=kind) from None


def _number(value: str) -> int | Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return int(number) if number == number.to_integral_value() and abs(number) < 2**53 else number


_READ: dict[str, Any] = {
    "text": str,
    "number": _number,
    "boolean": lambda value: {"true": True, "false": False}[value.lower()],
    "date": lambda value: (
        datetime.fromisoformat(value) if len(value) > len("2026-01-01") else date.fromisoformat(value)
    ),
}


def record_id(record: Mapping[str, Any]) -> int:
    """Read which record is meant.

    Raises: SourceRefused when it is none.
    """
    text = str(record.get("record") or "")
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text, re.ASCII):
        raise SourceRefused(_NO_RECORD, value=text[:50])
    return int(text)
