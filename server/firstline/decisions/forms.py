"""The form to try a decision: its fields, what was entered in them, and past values as text. Pure."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import feel
from firstline.decisions.outline import Box, Column, ItemType, Node, Outline

MAX_TEXT = 10_000
MAX_FIELDS = 100
MAX_SEEN = 50
_MAX_DEPTH = 3
_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_CONSTRUCTORS = {
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "date and time": "date and time",
    "days and time duration": "duration",
    "dayTimeDuration": "duration",
    "years and months duration": "duration",
    "yearMonthDuration": "duration",
}
_WORDS = {
    **dict.fromkeys(("true", "yes", "ja", "wahr", "waar"), True),
    **dict.fromkeys(("false", "no", "nein", "falsch", "nee", "onwaar"), False),
}
# The numbers of the standard's other schema languages.
_ALIASES = dict.fromkeys(("integer", "long", "double", "int", "decimal"), "number")


class NotReadable(ValueError):
    """What was entered is no value of the field's type; `expected` names the type, `reason` FEEL's objection."""

    def __init__(self, expected: str, reason: str = "") -> None:
        super().__init__(f"no {expected}: {reason}")
        self.expected = expected
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that a decision reads; `path` leads to it inside a context: ("customer", "kind")."""

    path: tuple[str, ...]
    type: str = ""
    allowed: tuple[str, ...] = ()
    # The tests of the table or type, when they aren't a list of values: "[0..100]".
    limits: str = ""
    # Values that rules test for, to choose from when none are declared.
    seen: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Values to choose from."""
        return self.allowed or (("true", "false") if self.type == "boolean" else self.seen)


# --- which fields ---


def fields_of(outline: Outline, node_id: str, *, inputs: Sequence[str] = ()) -> tuple[Field, ...]:
    """List what a decision, service or function reads, itself or through others, in the order of the model.

    `inputs` are those that the library knows; imported models' are only there.
    """
    nodes = outline.required_by(node_id)
    found: dict[tuple[str, ...], Field] = {}
    for name, declared in islice(reads(outline, node_id, inputs=inputs).items(), MAX_FIELDS):
        for field in _fields(name, declared, outline, nodes):
            found.setdefault(field.path, field)
    return tuple(found.values())[:MAX_FIELDS]


def reads(outline: Outline, node_id: str, *, inputs: Sequence[str] = ()) -> dict[str, str]:
    """Name the variables that a node reads, each with its declared type ("" = none).

    Input data is declared; what else its tables and expressions read counts too, as process models rely on it.
    """
    asked = outline.nodes.get(node_id)
    if asked is not None and asked.kind != "decision":
        return dict(asked.parameters)
    nodes = outline.required_by(node_id)
    found = {node.variable: node.type for node in nodes if node.kind == "input"}
    found.update({name: "" for name in inputs if name not in found})
    computed = {node.variable for node in nodes if node.kind != "input"}
    known = frozenset(computed | set(found) | {name for name, _namespace in outline.imports})
    for text in _texts(nodes):
        for name in sorted(_names(text, known) - known):
            found.setdefault(name, "")
    return found


def _texts(nodes: Sequence[Node]) -> Iterator[str]:
    """Give the expressions that see the variables of the process: those of decisions, outside functions."""
    for node in nodes:
        if node.kind != "decision" or node.box is None:
            continue
        if node.box.kind == "literalExpression":
            yield node.box.text
        if node.box.table is not None:
            yield from (column.text for column in node.box.table.inputs)


def _names(text: str, known: frozenset[str]) -> frozenset[str]:
    try:
        return feel.compile_expression(text, names=known).names
    except feel.FeelError:
        return frozenset()


def _fields(name: str, declared: str, outline: Outline, nodes: Sequence[Node]) -> Iterator[Field]:
    columns = [
        (column, [rule.tests[number] for rule in table.rules if number < len(rule.tests)])
        for node in nodes
        if node.box
        for table in node.box.tables()
        for number, column in enumerate(table.inputs)
    ]
    if declared in outline.types:
        yield from _typed((name,), outline.types[declared], outline, 0)
        return
    if not declared and (paths := _paths(name, outline, nodes)):
        for path in paths:
            yield _column_field(path, "", [one for one in columns if one[0].text == ".".join(path)])
        return
    yield _column_field((name,), declared, [one for one in columns if one[0].text == name])


def _column_field(path: tuple[str, ...], declared: str, columns: Sequence[tuple[Column, Sequence[str]]]) -> Field:
    kind = declared or next((column.type for column, _tests in columns if column.type), "")
    allowed = next((column.allowed for column, _tests in columns if column.allowed), "")
    values = _listed(allowed)
    seen = {value: None for _column, tests in columns for test in tests for value in _listed(test)}
    return Field(
        path=path,
        type=_ALIASES.get(kind, kind),
        allowed=values,
        limits="" if values else allowed,
        seen=tuple(seen)[:MAX_SEEN],
    )


def _typed(path: tuple[str, ...], item: ItemType, outline: Outline, depth: int) -> Iterator[Field]:
    if item.components and not item.is_collection and depth < _MAX_DEPTH:
        for name, component in item.components.items():
            yield from _typed((*path, name), component, outline, depth + 1)
        return
    inner = outline.types.get(item.type)
    if inner is not None and not item.is_collection and depth < _MAX_DEPTH:
        yield from _typed(path, _narrowed(inner, item), outline, depth + 1)
        return
    values = _listed(item.allowed)
    kind = "" if item.is_collection or item.components else item.type
    yield Field(path=path, type=_ALIASES.get(kind, kind), allowed=values, limits="" if values else item.allowed)


def _narrowed(inner: ItemType, outer: ItemType) -> ItemType:
    return ItemType(
        type=inner.type,
        allowed=outer.allowed or inner.allowed,
        is_collection=inner.is_collection,
        components=inner.components,
    )


def _paths(name: str, outline: Outline, nodes: Sequence[Node]) -> list[tuple[str, ...]]:
    """List the parts of a context that are read, when nothing reads it as a whole."""
    found: dict[tuple[str, ...], None] = {}
    mention = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for text in (text for node in nodes if node.box for text in _all_texts(node.box)):
        if not mention.search(text):
            continue
        if not _PATH.fullmatch(text):
            return []
        found[tuple(text.split("."))] = None
    return list(found)


def _all_texts(box: Box) -> Iterator[str]:
    yield box.text
    for table in (box.table,) if box.table else ():
        yield from (column.text for column in table.inputs)
        for rule in table.rules:
            yield from (*rule.tests, *rule.results)
    for name, part in box.parts:
        yield name
        yield from _all_texts(part)


def _listed(allowed: str) -> tuple[str, ...]:
    """Give the values of a list such as `"low", "high"` as somebody would type them; none when it isn't a plain list."""
    if not allowed:
        return ()
    try:
        values = feel.evaluate(f"[{allowed}]").value
    except feel.FeelError:
        return ()
    simple = isinstance(values, list) and all(isinstance(one, str | Decimal | bool) for one in values)
    return tuple(plain(one) for one in values) if simple and isinstance(values, list) else ()


# --- what was entered ---


def context_of(
    fields: Sequence[Field], entered: Mapping[str, str], *, now: dt.datetime
) -> tuple[dict[str, Any], dict[str, NotReadable]]:
    """Build the variables from what was entered, by the names of the fields; empty fields are absent.

    Gives beside them what can't be read, by field.
    """
    context: dict[str, Any] = {}
    refused: dict[str, NotReadable] = {}
    for field in fields:
        text = entered.get(field.name, "").strip()
        if not text:
            continue
        try:
            value = read(field, text, now=now)
        except NotReadable as error:
            refused[field.name] = error
            continue
        inside = context
        for part in field.path[:-1]:
            inside = inside.setdefault(part, {})
        inside[field.path[-1]] = value
    return context, refused


def read(field: Field, text: str, *, now: dt.datetime) -> object:
    """Read what was entered: by the field's type, or as FEEL when it begins with "=".

    Raises: NotReadable.

    >>> read(Field(path=("age",), type="number"), "12,5", now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    Decimal('12.5')
    """
    if len(text) > MAX_TEXT:
        raise NotReadable("short text")
    if text.startswith("="):
        return _feel(text[1:], now)
    if field.type == "string":
        return _feel(text, now) if len(text) > 1 and text[0] == text[-1] == '"' else text
    if field.type == "number":
        if not _NUMBER.fullmatch(text):
            raise NotReadable("number")
        return Decimal(text.replace(",", "."))
    if field.type == "boolean":
        if text.lower() not in _WORDS:
            raise NotReadable("boolean")
        return _WORDS[text.lower()]
    if field.type in _CONSTRUCTORS:
        value = feel.evaluate(f"{_CONSTRUCTORS[field.type]}({_quoted(text)})", now=now).value
        if value is None:
            raise NotReadable(field.type)
        return value
    return _guessed(text, now)


def _guessed(text: str, now: dt.datetime) -> object:
    """Take for FEEL what is a value by itself, and for text everything else."""
    try:
        expression = feel.compile_expression(text)
    except feel.FeelError:
        return text
    return text if expression.names else expression.evaluate({}, now=now).value


def _feel(text: str, now: dt.datetime) -> object:
    try:
        found = feel.evaluate(text, now=now)
    except feel.FeelSyntaxError as error:
        raise NotReadable("FEEL", "; ".join(one.message for one in error.problems)) from None
    except feel.FeelError as error:
        raise NotReadable("FEEL", str(error)) from None
    if found.diagnostics:
        raise NotReadable("FEEL", "; ".join(one.message for one in found.diagnostics))
    return found.value


# --- values as text ---


def entered_from(fields: Sequence[Field], values: Mapping[str, Any], *, now: dt.datetime) -> dict[str, str]:
    """Write values so that the form reads them as they were."""
    found = {}
    for field in fields:
        value: Any = values
        for part in field.path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            found[field.name] = entered(field, value, now=now)
    return found


def entered(field: Field, value: object, *, now: dt.datetime) -> str:
    """Write a value so that the field reads it as it was."""
    text = plain(value)
    try:
        if read(field, text, now=now) == value:
            return text
    except NotReadable:
        pass
    return f"={written(value)}"


def plain(value: object) -> str:
    """Write a value as a person would type it.

    >>> plain("moving"), plain(Decimal("2.5")), plain(True)
    ('moving', '2.5', 'true')
    """
    return value if isinstance(value, str) else _string(value) if _is_temporal(value) else written(value)


def written(value: object) -> str:
    """Write a value as FEEL.

    >>> written({"kind": "person", "years": Decimal(3)})
    '{"kind": "person", "years": 3}'
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, dt.datetime):
        return f"date and time({_quoted(_string(value))})"
    if isinstance(value, dt.date | dt.time):
        return f"{'time' if isinstance(value, dt.time) else 'date'}({_quoted(_string(value))})"
    if _is_temporal(value):
        return f"duration({_quoted(_string(value))})"
    return _quoted(str(value))


def _is_temporal(value: object) -> bool:
    return isinstance(value, dt.date | dt.time | dt.timedelta | feel.MonthsDuration)


def _string(value: object) -> str:
    return str(_STRING({"value": value}))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped.replace(chr(13), chr(92) + "r")}"'


_STRING = feel.compile_expression("string(value)")
