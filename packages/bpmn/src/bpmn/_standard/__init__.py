"""What BPMN 2.0 knows: every element of its namespaces, its attributes and what it may hold."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bpmn._standard import diagrams, semantic

PREFIXES = {
    "http://www.omg.org/spec/BPMN/20100524/MODEL": "",
    "http://www.omg.org/spec/BPMN/20100524/DI": "bpmndi:",
    "http://www.omg.org/spec/DD/20100524/DI": "di:",
    "http://www.omg.org/spec/DD/20100524/DC": "dc:",
}
SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

Standing = Literal["known", "misplaced", "unknown", "foreign"]
"""What the standard says of an element: it may stand there, or elsewhere, or it doesn't know it; or it isn't the standard's."""

Value = str | bool | int | float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeKind:
    """What an attribute may hold: "text", "id", "ref" (another element), "uri", "boolean", "integer" or "double"."""

    name: str
    type: str = "text"
    default: str | None = None

    def value_of(self, text: str) -> Value | None:
        """Read a value as its type; None when it isn't one of it."""
        if self.type not in _READERS:
            return text
        pattern, read = _READERS[self.type]
        return read(text.strip()) if pattern.fullmatch(text.strip()) else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind of element; `attributes` and `children` with those of the kinds that it is built on."""

    name: str
    base: "Kind | None" = None
    is_abstract: bool = False
    attributes: Mapping[str, AttributeKind]
    # The name of a child, and the kind of element that it is.
    children: Mapping[str, str]

    def is_a(self, name: str) -> bool:
        """Say whether it is this kind, or built on it."""
        return self.name == name or (self.base is not None and self.base.is_a(name))


def kind_of(parent: Kind | None, namespace: str, tag: str) -> tuple[Kind | None, Standing]:
    """Find what an element is, and how it stands there; `parent` is None in foreign surroundings and at the root."""
    if namespace not in PREFIXES:
        return None, "foreign"
    name = PREFIXES[namespace] + tag
    found = KINDS.get(name)
    anywhere = found if found is not None and not found.is_abstract else None
    if parent is None or "any" in parent.children:
        # What stands in an extension, or in a text, is its author's business; an extension itself must be of another namespace.
        strange: Standing = "unknown" if parent is KINDS["extensionElements"] else "foreign"
        return anywhere, "known" if anywhere else strange
    # A child's own meaning comes first: `source` of a link isn't that of another element.
    if name in parent.children and (parent.children[name] != name or anywhere):
        return KINDS[parent.children[name]], "known"
    if anywhere is not None and any(anywhere.is_a(one) for one in parent.children):
        return anywhere, "known"
    return anywhere, _standing_elsewhere(name)


def narrowed(kind: Kind | None, type_: str) -> Kind | None:
    """Take the kind that `xsi:type` names (tFormalExpression), when it is built on the one that is expected."""
    name = type_.rpartition(":")[2]
    said = KINDS.get(name[1:2].lower() + name[2:]) if name.startswith("t") else None
    return said if kind is not None and said is not None and said.is_a(kind.name) else kind


def _standing_elsewhere(name: str) -> Standing:
    known = name in _NAMES and not (name in KINDS and KINDS[name].is_abstract)
    return "misplaced" if known else "unknown"


# --- the tables ---


def _read_tables(*tables: str) -> dict[str, Kind]:
    lines = [line.split("|") for table in tables for line in table.splitlines() if line]
    kinds: dict[str, Kind] = {name: Kind(name=name, attributes={}, children={"any": "any"}) for name in ("any", "ref")}
    waiting = [(line[0].split("<"), line[1].split(), line[2].split()) for line in lines]
    while waiting:
        ready = [entry for entry in waiting if not entry[0][1:] or entry[0][1].strip() in kinds]
        for names, attributes, children in ready:
            kind = _kind(names, attributes, children, kinds)
            kinds[kind.name] = kind
        waiting = [entry for entry in waiting if entry not in ready]
    return kinds


def _kind(names: list[str], attributes: list[str], children: list[str], kinds: Mapping[str, Kind]) -> Kind:
    written = names[0].strip()
    base = kinds[names[1].strip()] if names[1:] else None
    own = {kind.name: kind for kind in map(_attribute, attributes)}
    inside = {name: kind or name for name, _, kind in (child.partition("=") for child in children)}
    return Kind(
        name=written.strip("()"),
        base=base,
        is_abstract=written.startswith("("),
        attributes={**(base.attributes if base else {}), **own},
        children={**(base.children if base else {}), **inside},
    )


def _attribute(text: str) -> AttributeKind:
    declared, has_default, default = text.partition("=")
    name, _, type_ = declared.partition(":")
    return AttributeKind(name=name, type=type_ or "text", default=default if has_default else None)


def _names(kinds: Mapping[str, Kind]) -> Iterator[str]:
    for kind in kinds.values():
        yield kind.name
        yield from kind.children


_READERS: Mapping[str, tuple[re.Pattern[str], Callable[[str], Value]]] = {
    "boolean": (re.compile(r"true|false|1|0"), lambda text: text in {"true", "1"}),
    "integer": (re.compile(r"[+-]?[0-9]{1,18}"), int),
    "double": (re.compile(r"[+-]?([0-9]{1,300}(\.[0-9]{0,300})?|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?"), float),
}
KINDS: Mapping[str, Kind] = _read_tables(semantic.TABLE, diagrams.TABLE)
_NAMES = frozenset(_names(KINDS)) - {"any", "ref"}
