"""Values as OData writes them in addresses; whatever is in a value, it stays one value."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from firstline.sources.ports import NOT_OF_TYPE, SourceRefused


def _text(value: str, version: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _number(value: str, version: str) -> str:
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return f"{number:f}"


def _boolean(value: str, version: str) -> str:
    return {"true": "true", "false": "false"}[value.lower()]


def _guid(value: str, version: str) -> str:
    return str(UUID(value)) if version == "v4" else f"guid'{UUID(value)}'"


def _date(value: str, version: str) -> str:
    day = date.fromisoformat(value[:10]).isoformat()
    return day if version == "v4" else f"datetime'{day}T00:00:00'"


def _moment(value: str, version: str) -> str:
    moment = datetime.fromisoformat(value)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    written = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return written if version == "v4" else f"datetimeoffset'{written}'"


TYPES: dict[str, Callable[[str, str], str]] = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "guid": _guid,
    "date": _date,
    "moment": _moment,
}


def literal(value: Any, kind: str, version: str) -> str:
    """Write a value as OData's version does.

    Raises: SourceRefused when it isn't of that type.

    >>> literal("O'Neil", "text", "v4")
    "'O''Neil'"
    >>> literal("2026-01-05", "date", "v2")
    "datetime'2026-01-05T00:00:00'"
    """
    value = getattr(value, "amount", value)
    if value is None:
        return "null"
    written = value.isoformat() if isinstance(value, date) else str(value)
    try:
        return TYPES[kind](written, version)
    except (ValueError, KeyError, InvalidOperation):
        raise SourceRefused(NOT_OF_TYPE, value=written[:100], kind=kind) from None
