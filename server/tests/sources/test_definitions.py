"""Definitions: what is read from a file, and that every mistake is told at once with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from firstline.demo import systems
from firstline.sources.adapters.loaded import check_folder
from firstline.sources.connectors.table import PARSERS
from firstline.sources.rules.definitions import DefinitionProblems, Source, parse_sources

GOOD = """\
key: shop
label: {en: Shop, de: Laden}
connector: sql
connection:
  url: {env: SHOP_URL}
customer:
  - kind: email
    spelling: lower
    find: {sql: "SELECT id FROM buyer WHERE mail = :value"}
    field: id
views:
  orders:
    label: {en: Orders}
    tile: table
    deadline: 300 ms
    read: {sql: "SELECT number, total FROM orders WHERE buyer = :customer"}
    fields:
      - {name: number, label: {en: Number}}
      - {name: total, label: {en: Total}, type: money, sensitive: true}
commands:
  rename:
    label: {en: Rename}
    parameters:
      name: {max_length: 40}
    read: {sql: "SELECT id, name FROM buyer WHERE id = :customer"}
    record: id
    changes:
      - {name: name, label: {en: Name}, becomes: "{name}"}
    write: {sql: "UPDATE buyer SET name = :name WHERE id = :record"}
"""


def parse(text: str) -> Source:
    return parse_sources({"shop.yaml": text}, PARSERS)["shop"]


def problems_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DefinitionProblems) as caught:
        parse(text)
    return [(one.line, one.place, one.code) for one in caught.value.problems]


def test_a_source_is_read_with_its_defaults() -> None:
    source = parse(GOOD)
    view, command = source.views["shop.orders"], source.commands["shop.rename"]
    assert (source.timeout, source.concurrency, view.deadline) == (
        timedelta(seconds=10),
        4,
        timedelta(milliseconds=300),
    )
    assert [(field.name, field.type, field.is_sensitive) for field in view.fields] == [
        ("number", "text", False),
        ("total", "money", True),
    ]
    assert command.undo == command.write
    assert command.max_records == 1


def test_the_demo_has_no_mistakes() -> None:
    found = check_folder(Path(systems.__file__).parent.parent / "sources")
    commands = {key: len(source.commands) for key, source in found.items()}
    assert commands == {"billing": 6, "master": 1, "orders": 1, "payments": 2}


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = (
        GOOD.replace("connector: sql", "connector: sql\nconcurency: 3")
        .replace("{en: Shop, de: Laden}", "{de: Laden, fr: Magasin}")
        .replace("300 ms", "soon")
        .replace("tile: table", "tile: graph")
        .replace(':customer"}\n    fields', ':who"}\n    fields')
        .replace('becomes: "{name}"', 'becomes: "{nam}"')
    )
    assert sorted(problems_of(text)) == [
        (2, "label", "no-english"),
        (2, "label", "unknown-language"),
        (4, "concurency", "unknown-key"),
        (15, "views.orders.tile", "no-choice"),
        (16, "views.orders.deadline", "no-duration"),
        (17, "views.orders.read.sql", "unknown-parameter"),
        (29, "commands.rename.changes.0.becomes", "unknown-name"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("url: {env: SHOP_URL}", "url: postgresql://me:secret@host/db", "connection.url", "open-secret"),
        ("url: {env: SHOP_URL}", "url: {env: A, file: b}", "connection.url", "no-reference"),
        ("SELECT number, total FROM orders", "DELETE FROM orders", "views.orders.read.sql", "bad-statement"),
        ("connector: sql", "connector: cobol", "connector", "no-choice"),
        ("  orders:", "  Orders!:", "views.Orders!", "bad-name"),
        ("label: {en: Orders}", "label: Orders", "views.orders.label", "no-texts"),
        ("label: {en: Orders}", "label: {en: On, en: Off}", "views.orders.label.en", "twice"),
        ("name: number", "name: no", "views.orders.fields.0.name", "no-text"),
        ("    record: id\n", "", "commands.rename.record", "missing"),
        ("connector: sql", "connector: sql\nrate: often", "rate", "no-rate"),
        ("key: shop", "key: My shop", "key", "bad-name"),
        ("spelling: lower", "spelling: rot13", "customer.0.spelling", "no-choice"),
        ("max_length: 40", "max_length: many", "commands.rename.parameters.name.max_length", "no-number"),
        ("{max_length: 40}", "{type: choice}", "commands.rename.parameters.name.choices", "missing"),
        ("kind: email", "kind: e-mail", "customer.0.kind", "no-choice"),
        ("kind: email", "kind: 'source: shop'", "customer.0.kind", "no-choice"),
        ("WHERE mail = :value", "", "customer.0.find", "about-nobody"),
        ("WHERE buyer = :customer", "WHERE number::text = '7'", "views.orders.read", "about-nobody"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, place: str, code: str) -> None:
    assert old in GOOD
    assert (place, code) in [(place, code) for _, place, code in problems_of(GOOD.replace(old, new))]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    assert problems_of("key: shop\nlabel: {en: [\n") == [(3, "(file)", "broken-yaml")]


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("  url:", "\turl:", "spaces, not with tabs"),
        ("connector: sql", "connector: sql: 2", "belongs in quotes"),
        ("    label: {en: Orders}", "     label: {en: Orders}", "indented differently"),
        ("{en: Orders}", "{en: Orders", "a bracket is missing"),
    ],
)
def test_what_is_no_yaml_is_told_with_what_it_mostly_comes_of(old: str, new: str, hint: str) -> None:
    with pytest.raises(DefinitionProblems, match=hint):
        parse(GOOD.replace(old, new))


def test_mistakes_come_in_the_order_of_their_lines() -> None:
    wrong = GOOD.replace("tile: table", "tile: graph").replace("key: shop", "key: 7").replace("record: id", "record: 8")
    lines = [line for line, _, _ in problems_of(wrong)]
    assert len(lines) == 3
    assert lines == sorted(lines)


def test_a_definition_may_not_hold_itself() -> None:
    with pytest.raises(DefinitionProblems):
        parse(GOOD.replace("customer:\n", "loop: &loop [*loop]\ncustomer:\n"))


def test_two_files_may_not_define_the_same_source() -> None:
    with pytest.raises(DefinitionProblems, match="Another file"):
        parse_sources({"a.yaml": GOOD, "b.yaml": GOOD}, PARSERS)


def test_a_secret_never_stands_in_what_is_told() -> None:
    with pytest.raises(DefinitionProblems) as caught:
        parse(GOOD.replace("url: {env: SHOP_URL}", "url: postgresql://me:hunter2@host/db"))
    assert "hunter2" not in str(caught.value)
