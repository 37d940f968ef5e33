"""What a definition says to the connector to Tryton."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.domains import Login, Records, parse_login, parse_model, parse_records
from firstline.sources.rules.templates import check_places


@dataclass(frozen=True, slots=True, kw_only=True)
class TrytonConnection:
    login: Login
    # What every question is asked in: {company: 1}.
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is done with one record: values written, a method called, or a wizard gone through."""

    model: str
    method: str
    values: Mapping[str, Any]
    wizard: str
    state: str
    form: Mapping[str, Any]


class TrytonParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> TrytonConnection:
        return TrytonConnection(login=parse_login(part), context=part.mapping("context"))

    def read(self, part: Part, names: frozenset[str]) -> Records:
        return parse_records(part, names)

    def write(self, part: Part, names: frozenset[str]) -> Action:
        action = Action(
            model=parse_model(part, "model"),
            method=part.text("method", "write"),
            values=part.mapping("values"),
            wizard=parse_model(part, "wizard") if part.has("wizard") else "",
            state=part.text("state", "") if part.has("wizard") else "",
            form=part.mapping("form"),
        )
        if not action.method.isidentifier() or action.method in ("create", "delete", "copy"):
            part.problem("method", "bad-name", f"'{action.method}' is no method that changes one record.")
        if action.wizard and not action.state:
            part.problem("state", "missing", "'state' says which button of the wizard is pressed.")
        for key, content in (("values", action.values), ("form", action.form)):
            check_places(part, key, content, names)
        return action
