"""What an administrator writes about a source: connection, views, commands; read from YAML with all mistakes at once."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Literal, Protocol, runtime_checkable

from firstline.accounts.principals import EVERY_ROLE
from firstline.definitions import Notebook, Part, Problem, Texts, read_yaml
from firstline.sources.rules.pace import Pace
from firstline.sources.rules.spellings import SPELLINGS
from firstline.sources.rules.templates import Template, check_places, parse_template
from firstline.sources.rules.values import FIELD_TYPES, FieldType

_KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
_RATE = re.compile(r"([1-9]\d{0,5}) per (s|min|h)")
_KIND = re.compile(rf"email|phone|customer_number|source:{_KEY.pattern}")
# Where a question has a place for a value: :name or {name}.
_PLACE = re.compile(r"(?<!:):[a-z_]|\{[a-z_]+\}")
_PER = {"s": 1.0, "min": 60.0, "h": 3600.0}
TileKind = Literal["fields", "table", "amount", "list", "trend", "link", "document"]
TILE_KINDS: tuple[TileKind, ...] = ("fields", "table", "amount", "list", "trend", "link", "document")
PARAMETER_TYPES = ("text", "date", "number", "boolean", "choice")
# Names that a query or a write may use besides the fields and parameters.
CUSTOMER, RECORD, VERSION, VALUE, KEY = "customer", "record", "version", "value", "key"
DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to find a customer's key in a source: an identifier that is the key, or one to look it up by."""

    kind: str
    spelling: str
    find: object | None
    field: str
    # Several people may have it, as a household has one telephone: good enough to look, never to write.
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    path: str
    label: Texts
    type: FieldType
    currency: str
    is_sensitive: bool
    spellings: Mapping[str, Texts]
    # Who sees it; nobody named: whoever sees the view.
    roles: frozenset[str] = frozenset()
    # Of a document: how the connector fetches it, by what this field holds.
    document: object | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Which fields of a view make each of its rows an entry in the customer's timeline; '' is none."""

    at: str
    title: str
    amount: str = ""
    state: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    key: str
    label: Texts
    tile: TileKind
    read: object
    fields: tuple[Field, ...]
    deadline: timedelta
    cache: timedelta
    limit: int
    roles: frozenset[str]
    empty: Texts
    # Where fields of type link may lead.
    hosts: frozenset[str] = frozenset()
    timeline: Moments | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    label: Texts
    type: str
    is_required: bool
    max_length: int
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One value that a command changes: where it is read, and what it becomes."""

    name: str
    path: str
    label: Texts
    type: FieldType
    currency: str
    becomes: Template
    is_sensitive: bool
    roles: frozenset[str] = frozenset()
    # What its values are called by people.
    spellings: Mapping[str, Texts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    key: str
    label: Texts
    parameters: tuple[Parameter, ...]
    read: object
    record: str
    version: str
    changes: tuple[Change, ...]
    write: object
    undo: object
    when_missing: Literal["refuse", "skip", "create"]
    # What a record that is created is called, from the parameters; "" unless `when_missing` is create.
    new_record: str
    max_records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    key: str
    label: Texts
    connector: str
    connection: object
    timeout: timedelta
    # A command holds a worker while it waits, so it is given less time, and tried again instead.
    command_timeout: timedelta
    concurrency: int
    rate: Pace | None
    retry: tuple[timedelta, ...]
    customer: tuple[Way, ...]
    views: dict[str, View] = field(default_factory=dict)
    commands: dict[str, Command] = field(default_factory=dict)


class Parser(Protocol):
    """What a connector knows about its own parts of a definition."""

    def connection(self, part: Part) -> object: ...
    def read(self, part: Part, names: frozenset[str]) -> object: ...
    def write(self, part: Part, names: frozenset[str]) -> object: ...


@runtime_checkable
class DocumentParser(Protocol):
    """What a connector that fetches documents knows besides."""

    def document(self, part: Part, names: frozenset[str]) -> object: ...


class DefinitionProblems(Exception):
    """The definitions can't be used; `problems` are all the mistakes in all files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def parse_sources(
    files: Mapping[str, str], parsers: Mapping[str, Parser], *, is_from_screen: bool = False
) -> dict[str, Source]:
    """Read all definitions, given as text by file name.

    Raises: DefinitionProblems with every mistake in every file.
    """
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for file, text in sorted(files.items()):
        notes = Notebook(file=file, is_from_screen=is_from_screen)
        content = read_yaml(text, notes)
        if content is not None:
            source = _source(Part(content, (), notes), parsers)
            if source.key in sources:
                notes.add(("key",), "twice", f"Another file defines the source '{source.key}' already.")
            sources[source.key] = source
        problems += sorted(notes.problems, key=lambda one: one.line)
    if problems:
        raise DefinitionProblems(problems)
    return sources


def _source(part: Part, parsers: Mapping[str, Parser]) -> Source:
    key = part.text("key")
    if key and not _KEY.fullmatch(key):
        part.problem("key", "bad-name", f"'{key}' is no name of a source; use small letters, digits and _.")
    connector = part.choice("connector", tuple(parsers))
    parser = parsers.get(connector, _NOTHING)
    source = Source(
        key=key,
        label=part.texts("label"),
        connector=connector,
        connection=_own(part, "connection", parser.connection),
        timeout=part.duration("timeout", "10 s"),
        command_timeout=part.duration("command_timeout", "10 s"),
        concurrency=part.integer("concurrency", 4, at_most=32),
        rate=_rate(part),
        retry=part.durations("retry", ["1 s", "2 s", "5 s", "15 s", "1 min"]),
        customer=tuple(_way(inner, parser) for inner in part.parts("customer")),
        views={f"{key}.{name}": _view(f"{key}.{name}", inner, parser) for name, inner in part.named_parts("views")},
        commands={
            f"{key}.{name}": _command(f"{key}.{name}", inner, parser) for name, inner in part.named_parts("commands")
        },
    )
    part.end()
    return source


def _rate(part: Part) -> Pace | None:
    """Read '20 per s' or '100 per min'."""
    text = part.text("rate", "")
    found = _RATE.fullmatch(text)
    if text and found is None:
        part.problem("rate", "no-rate", f"'{text}' is no rate; write it as '20 per s' or '100 per min'.")
    return Pace(questions=int(found[1]), seconds=_PER[found[2]]) if found else None


class _Nothing:
    """Stands in for a connector that doesn't exist, so that the rest of the file is read all the same."""

    def connection(self, part: Part) -> object:
        return _accept_all(part)

    def read(self, part: Part, names: frozenset[str]) -> object:
        return _accept_all(part)

    def write(self, part: Part, names: frozenset[str]) -> object:
        return _accept_all(part)


def _accept_all(part: Part) -> object:
    for key in part.keys():  # noqa: SIM118 -- a part is no dictionary
        part.raw(key)
    return None


_NOTHING: Parser = _Nothing()


def _own(part: Part, key: str, parse: Any, *arguments: Any) -> object:
    inner = part.part(key)
    parsed: object = parse(inner, *arguments)
    inner.end()
    return parsed


def _way(part: Part, parser: Parser) -> Way:
    finds, kind = part.has("find"), part.text("kind")
    if kind and not _KIND.fullmatch(kind):
        known = "email, phone, customer_number, or source: and the key of a source, without a space"
        part.problem("kind", "no-choice", f"Nobody is known by '{kind}'; it is one of {known}.")
    _check_about(part, "find", VALUE, "whoever comes first there would be taken for everybody")
    way = Way(
        kind=kind,
        spelling=part.choice("spelling", tuple(SPELLINGS), "as_is"),
        find=_own(part, "find", parser.read, frozenset({VALUE})) if finds else None,
        field=part.text("field") if finds else "",
        is_shared=part.boolean("shared", default=kind == "phone"),
    )
    part.end()
    return way


def _check_about(part: Part, key: str, name: str, otherwise: str) -> None:
    """Note a question that names nothing at all, and so is answered alike for everybody."""
    inner = part.mapping(key) if part.has(key) and isinstance(part.raw(key), dict) else {}
    if inner and not _PLACE.search(repr(inner)):
        part.problem(
            key, "about-nobody", f"It doesn't say of whom: put :{name} (SQL) or {{{name}}} in, or {otherwise}."
        )


def _view(key: str, part: Part, parser: Parser) -> View:
    _check_about(part, "read", CUSTOMER, "everybody would be shown the same")
    view = View(
        key=key,
        label=part.texts("label"),
        tile=part.choice("tile", TILE_KINDS),
        read=_own(part, "read", parser.read, frozenset({CUSTOMER})),
        fields=tuple(_field(inner, parser) for inner in part.parts("fields")),
        deadline=part.duration("deadline", "800 ms"),
        cache=part.duration("cache", "30 s"),
        limit=part.integer("limit", 20, at_most=500),
        roles=_roles(part),
        empty=part.texts("empty", needed=False),
        hosts=frozenset(host.lower() for host in part.strings("hosts")),
        timeline=_moments(part.part("timeline")) if part.has("timeline") else None,
    )
    _note_doubles(part, "fields", [one.name for one in view.fields])
    _check_tile(part, view)
    _check_moments(part, view)
    part.end()
    return view


def _roles(part: Part) -> frozenset[str]:
    found = frozenset(part.strings("roles"))
    for unknown in sorted(found - set(EVERY_ROLE)):
        part.problem("roles", "no-role", f"'{unknown}' is no role; there are {', '.join(EVERY_ROLE)}.")
    return found


def _moments(part: Part) -> Moments:
    found = Moments(
        at=part.text("at"),
        title=part.text("title"),
        amount=part.text("amount", ""),
        state=part.text("state", ""),
        link=part.text("link", ""),
    )
    part.end()
    return found


def _check_moments(part: Part, view: View) -> None:
    if view.timeline is None:
        return
    types = {one.name: one.type for one in view.fields}
    fields = asdict(view.timeline)
    for key, name in fields.items():
        if name and name not in types:
            part.problem("timeline", "no-field", f"'{key}: {name}': this view has no field '{name}'.")
    for key, wanted in (("at", ("date", "moment")), ("amount", ("money", "number")), ("link", ("link",))):
        found = types.get(fields[key])
        if found is not None and found not in wanted:
            part.problem("timeline", "wrong-type", f"'{key}: {fields[key]}' must be of type {' or '.join(wanted)}.")


def _check_tile(part: Part, view: View) -> None:
    types = [one.type for one in view.fields]
    if view.tile == "trend" and sum(kind in ("number", "money") for kind in types) != 1:
        part.problem("fields", "no-figure", "A trend has one field of type number or money, and others that say when.")
    if view.tile == "link" and "link" not in types:
        part.problem("fields", "no-link", "A tile of links has a field of type link.")
    if view.tile == DOCUMENT and DOCUMENT not in types:
        part.problem("fields", "no-document", "A tile of documents has a field of type document.")
    if "link" in types and not view.hosts:
        part.problem("hosts", "missing", "'hosts' says where links may lead: [tracking.example.com].")


def _field(part: Part, parser: Parser) -> Field:
    name = part.text("name")
    is_document = part.raw("type") == DOCUMENT
    found = Field(
        name=name,
        path=part.text("path", name),
        label=part.texts("label"),
        type=part.choice("type", FIELD_TYPES, "text"),
        currency=part.text("currency", "EUR"),
        is_sensitive=part.boolean("sensitive", default=False),
        spellings=_translated(part, "values"),
        roles=_roles(part),
        document=_document(part, parser) if is_document else None,
    )
    part.end()
    return found


def _document(part: Part, parser: Parser) -> object:
    if isinstance(parser, DocumentParser):
        return _own(part, DOCUMENT, parser.document, frozenset({DOCUMENT}))
    part.raw(DOCUMENT)
    part.problem("type", "no-documents", "This connector fetches no documents; sql, rest and files do.")
    return None


def _translated(part: Part, key: str) -> dict[str, Texts]:
    """Read how the values of a field are called by people: {active: {en: active, de: aktiv}}."""
    if not part.has(key):
        return {}
    inner = part.part(key)
    found = {value: inner.texts(value) for value in inner.keys()}  # noqa: SIM118 -- a part is no dictionary
    inner.end()
    return found


def _command(key: str, part: Part, parser: Parser) -> Command:
    parameters = tuple(_parameter(name, inner) for name, inner in part.named_parts("parameters"))
    given = frozenset(parameter.name for parameter in parameters)
    changes = tuple(_change(inner, given | {CUSTOMER}) for inner in part.parts("changes"))
    writable = given | {change.name for change in changes} | {CUSTOMER, RECORD, VERSION, KEY}
    write = _own(part, "write", parser.write, writable)
    command = Command(
        key=key,
        label=part.texts("label"),
        parameters=parameters,
        read=_own(part, "read", parser.read, given | {CUSTOMER}),
        record=part.text("record"),
        version=part.text("version", ""),
        changes=changes,
        write=write,
        undo=_own(part, "undo", parser.write, writable) if part.has("undo") else write,
        when_missing=part.choice("when_missing", ("refuse", "skip", "create"), "refuse"),
        new_record=part.text("new_record", ""),
        max_records=part.integer("max_records", 1, at_most=20),
    )
    _note_doubles(part, "changes", [change.name for change in changes])
    _check_creation(part, command, given)
    part.end()
    return command


def _check_creation(part: Part, command: Command, given: frozenset[str]) -> None:
    check_places(part, "new_record", command.new_record, given)
    if (command.when_missing == "create") != bool(command.new_record):
        part.problem(
            "new_record",
            "no-new-record",
            "'when_missing: create' needs 'new_record', which says what the record is called, and only it.",
        )


def _parameter(name: str, part: Part) -> Parameter:
    kind = part.choice("type", PARAMETER_TYPES, "text")
    parameter = Parameter(
        name=name,
        label=part.texts("label", needed=False) or {"en": name},
        type=kind,
        is_required=part.boolean("required", default=True),
        max_length=part.integer("max_length", 200, at_most=2_000),
        choices=part.strings("choices"),
    )
    if kind == "choice" and not parameter.choices:
        part.problem("choices", "missing", "A choice needs 'choices'.")
    part.end()
    return parameter


def _change(part: Part, names: frozenset[str]) -> Change:
    name = part.text("name")
    change = Change(
        name=name,
        path=part.text("path", name),
        label=part.texts("label"),
        type=part.choice("type", FIELD_TYPES, "text"),
        currency=part.text("currency", "EUR"),
        becomes=parse_template(part, "becomes", names),
        is_sensitive=part.boolean("sensitive", default=False),
        roles=_roles(part),
        spellings=_translated(part, "values"),
    )
    if not part.has("becomes"):
        part.problem("becomes", "missing", "'becomes' is missing: what is the new value made of?")
    part.end()
    return change


def _note_doubles(part: Part, key: str, names: list[str]) -> None:
    for name in sorted({name for name in names if names.count(name) > 1}):
        part.problem(key, "twice", f"'{name}' stands here twice.")
