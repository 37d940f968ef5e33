"""Trends and links: what is drawn of figures, and which addresses may be clicked on."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string

from firstline.desktop.queries import tiles as desk
from firstline.money import Money
from firstline.sources.connectors.table import PARSERS
from firstline.sources.rules import trends
from firstline.sources.rules.definitions import DefinitionProblems, View, parse_sources
from firstline.sources.rules.tiles import Tile, cells_of, stored_rows
from firstline.sources.rules.values import safe_link

SOURCE = """\
key: shop
label: {{en: Shop}}
connector: sql
connection: {{url: {{env: A}}}}
customer: [{{kind: email}}]
views:
  one:
    label: {{en: One}}
    tile: {tile}
    read: {{sql: "SELECT :customer"}}
    {more}
    fields:
      - {{name: when, label: {{en: When}}, type: {first}}}
      - {{name: what, label: {{en: What}}, type: {second}}}
"""


def view(tile: str, first: str, second: str, more: str = "limit: 50") -> View:
    text = SOURCE.format(tile=tile, first=first, second=second, more=more)
    return parse_sources({"shop": text}, PARSERS)["shop"].views["shop.one"]


def tile(of: View, rows: list[dict[str, Any]]) -> Tile:
    return Tile(
        view=of.key,
        label="One",
        source="shop",
        source_label="Shop",
        kind=of.tile,
        state="fresh",
        labels=("When", "What"),
        rows=cells_of(of, stored_rows(of, rows), language="en", is_verified=True),
        reading_id=None,
        read_at=None,
        age=None,
        sentence="",
    )


@pytest.mark.parametrize("kind", ["number", "money"])
def test_a_trend_is_drawn_from_the_oldest_on(kind: str) -> None:
    rows = [{"when": date(2026, month, 1), "what": what} for month, what in ((3, "20"), (2, "?"), (1, "10"))]
    shown = tile(view("trend", "date", kind), rows)
    assert shown.trend == "2,26 118,2"
    assert tile(view("table", "date", kind), rows).trend == ""


def test_one_figure_is_no_trend() -> None:
    assert tile(view("trend", "date", "number"), [{"when": date(2026, 1, 1), "what": 3}]).trend == ""
    assert [trends.figure(one) for one in (True, "7", None, Money(Decimal(2), "EUR"))] == [None, None, None, 2]


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://track.example.com/p?id=7#x", True),
        ("http://TRACK.example.com/", True),
        ("https://track.example.com:8443/", True),
        ("https://evil.example/", False),
        ("https://track.example.com.evil.example/", False),
        ("https://track.example.com@evil.example/", False),
        ("https://evil.example\\@track.example.com/", False),
        ("javascript:alert(1)//track.example.com", False),
        ("//track.example.com/", False),
        ("data:text/html,x", False),
        ("https://track.example.com/\n", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_only_addresses_on_the_list_may_be_clicked_on(address: str | None, is_safe: bool) -> None:
    assert bool(safe_link(address, {"track.example.com"})) is is_safe


def test_links_are_drawn_as_links_and_others_as_text() -> None:
    of = view("link", "text", "link", more="hosts: [track.example.com]")
    rows = [
        {"when": "Parcel <7>", "what": "https://track.example.com/7?a=1&b=2"},
        {"when": "Bad", "what": "javascript:alert(1)"},
    ]
    facts = desk._facts(tile(of, rows))
    assert [(one.value, one.href) for one in facts] == [
        ("Parcel <7>", "https://track.example.com/7?a=1&b=2"),
        ("Bad", ""),
    ]
    drawn = render_to_string("ui/parts/tile.html", {"tile": {"key": "k", "state": "fresh", "facts": facts}})
    assert re.findall(r'<a href="([^"]*)" target="_blank" rel="noopener noreferrer">Parcel &lt;7&gt;', drawn) == [
        "https://track.example.com/7?a=1&amp;b=2"
    ]
    assert "javascript" not in drawn


@pytest.mark.parametrize(
    ("tile", "first", "second", "code"),
    [
        ("trend", "date", "text", "no-figure"),
        ("trend", "number", "number", "no-figure"),
        ("link", "text", "text", "no-link"),
        ("link", "text", "link", "missing"),
    ],
)
def test_a_definition_says_what_such_a_tile_needs(tile: str, first: str, second: str, code: str) -> None:
    with pytest.raises(DefinitionProblems) as caught:
        view(tile, first, second)
    assert [one.code for one in caught.value.problems] == [code]
