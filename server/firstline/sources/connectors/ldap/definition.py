"""What a definition says to the connector to directories."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstline.definitions import Part
from firstline.sources.connectors.secrets import Reference, parse_reference
from firstline.sources.rules.templates import check_places

_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]*(;[A-Za-z0-9-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapConnection:
    url: Reference
    user: Reference | None
    password: Reference | None
    # All that is read and written lies below it.
    base: str
    starttls: bool
    ca_file: str
    allow: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Entries that have all of these values."""

    where: Mapping[str, Any]
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """What becomes of one entry: attributes to replace, and which of them tells its version."""

    replace: Mapping[str, Any]
    version_attribute: str


class LdapParser:
    """Reads what stands under `connection`, `read` and `write`."""

    def connection(self, part: Part) -> LdapConnection:
        found = LdapConnection(
            url=parse_reference(part, "url"),
            user=parse_reference(part, "user") if part.has("user") else None,
            password=parse_reference(part, "password") if part.has("password") else None,
            base=part.text("base"),
            starttls=part.boolean("starttls", default=False),
            ca_file=part.text("ca_file", ""),
            allow=part.strings("allow"),
        )
        if (found.user is None) != (found.password is None):
            part.problem("user", "half", "'user' and 'password' belong together; without both, nobody is signed in.")
        return found

    def read(self, part: Part, names: frozenset[str]) -> Search:
        search = Search(where=_attributes(part, "where"), attributes=part.strings("attributes"))
        if not search.where:
            part.problem("where", "missing", "'where' says which entries: {uid: \"{customer}\"}.")
        check_places(part, "where", search.where, names)
        for name in search.attributes:
            _check_name(part, "attributes", name)
        return search

    def write(self, part: Part, names: frozenset[str]) -> Modification:
        found = Modification(
            replace=_attributes(part, "replace"), version_attribute=part.text("version_attribute", "entryCSN")
        )
        if not found.replace:
            part.problem("replace", "missing", "'replace' says what becomes of which attribute.")
        _check_name(part, "version_attribute", found.version_attribute)
        check_places(part, "replace", found.replace, names)
        return found


def _attributes(part: Part, key: str) -> Mapping[str, Any]:
    found = part.mapping(key)
    for name in found:
        _check_name(part, key, name)
    return found


def _check_name(part: Part, key: str, name: str) -> None:
    if not _ATTRIBUTE.fullmatch(name):
        part.problem(key, "bad-name", f"'{name}' is no name of an attribute.")
