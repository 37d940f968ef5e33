"""What a definition says to the connector to OData services."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from firstline.definitions import Part
from firstline.sources.connectors.http import HttpConnection, parse_http
from firstline.sources.connectors.odata.literals import TYPES
from firstline.sources.rules.templates import check_places

Version = Literal["v2", "v4"]
COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le", "contains", "startswith", "endswith")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_ORDER = re.compile(rf"{_NAME.pattern}( (asc|desc))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ODataConnection:
    http: HttpConnection
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    field: str
    comparison: str
    type: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which entities of a set, and what of them."""

    entity_set: str
    conditions: tuple[Condition, ...]
    select: tuple[str, ...]
    expand: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One entity, by its key, and what becomes of it."""

    entity_set: str
    key: Any
    key_type: str
    body: Mapping[str, Any]


class ODataParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> ODataConnection:
        return ODataConnection(http=parse_http(part), version=part.choice("version", ("v2", "v4"), "v4"))

    def read(self, part: Part, names: frozenset[str]) -> Question:
        return Question(
            entity_set=_named(part, "set"),
            conditions=tuple(_condition(inner, names) for inner in part.parts("where", needed=False)),
            select=_all_named(part, "select", _NAME),
            expand=_all_named(part, "expand", _NAME),
            order=_all_named(part, "order", _ORDER),
        )

    def write(self, part: Part, names: frozenset[str]) -> Update:
        update = Update(
            entity_set=_named(part, "set"),
            key=part.text("key", "{record}"),
            key_type=part.choice("key_type", tuple(TYPES), "text"),
            body=part.mapping("body"),
        )
        check_places(part, "key", update.key, names)
        check_places(part, "body", update.body, names)
        return update


def _condition(part: Part, names: frozenset[str]) -> Condition:
    condition = Condition(
        field=_named(part, "field"),
        comparison=part.choice("is", COMPARISONS, "eq"),
        type=part.choice("type", tuple(TYPES), "text"),
        value=part.raw("value"),
    )
    check_places(part, "value", condition.value, names)
    part.end()
    return condition


def _named(part: Part, key: str) -> str:
    name = part.text(key)
    if name and not _NAME.fullmatch(name):
        part.problem(key, "bad-name", f"'{name}' is no name of OData.")
    return name


def _all_named(part: Part, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    found = part.strings(key)
    for one in found:
        if not pattern.fullmatch(one):
            part.problem(key, "bad-name", f"'{one}' can't stand here.")
    return found
