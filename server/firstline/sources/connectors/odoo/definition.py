"""What a definition says to the connector to Odoo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.domains import Login, Records, parse_login, parse_model, parse_records
from firstline.sources.rules.templates import check_places


@dataclass(frozen=True, slots=True, kw_only=True)
class OdooConnection:
    login: Login
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Records, and which of their fields are true or false: Odoo says false also for what is empty."""

    records: Records
    booleans: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done with one record: values written, or a method called; the field that tells its version."""

    model: str
    method: str
    values: Mapping[str, Any]
    version_field: str


class OdooParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> OdooConnection:
        return OdooConnection(login=parse_login(part), context=part.mapping("context"))

    def read(self, part: Part, names: frozenset[str]) -> Question:
        return Question(records=parse_records(part, names), booleans=part.strings("booleans"))

    def write(self, part: Part, names: frozenset[str]) -> Action:
        action = Action(
            model=parse_model(part, "model"),
            method=part.text("method", "write"),
            values=part.mapping("values"),
            version_field=part.text("version_field", "write_date"),
        )
        if (
            not action.method.isidentifier()
            or action.method.startswith("_")
            or action.method in ("create", "unlink", "copy")
        ):
            part.problem("method", "bad-name", f"'{action.method}' is no method that changes one record.")
        check_places(part, "values", action.values, names)
        return action
