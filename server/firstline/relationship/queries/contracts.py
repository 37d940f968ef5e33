"""Contracts, read from the rows of a view as a brand says; nothing of them is kept here."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from firstline.definitions import Texts
from firstline.relationship.definition import Contracts
from firstline.relationship.rules import Contract
from firstline.sources.rules.tiles import Cell, Tile, in_language


def contracts_in(tile: Tile, mapping: Contracts, *, products: Mapping[str, Texts], language: str) -> list[Contract]:
    """Read each row of a tile as a contract."""
    return [_contract({cell.name: cell for cell in row}, mapping, products, language) for row in tile.rows]


def _contract(cells: Mapping[str, Cell], mapping: Contracts, products: Mapping[str, Texts], language: str) -> Contract:
    state = str(_value(cells, mapping.state) or "")
    product = mapping.products.get(str(_value(cells, mapping.product)), mapping.otherwise)
    named = in_language(products[product], language) if product in products else ""
    return Contract(
        number=str(_value(cells, mapping.number) or ""),
        product=product,
        product_name=" · ".join(part for part in (named, _text(cells, mapping.product)) if part),
        state=mapping.states.get(state, state),
        state_text=_text(cells, mapping.state),
        from_on=_day(_value(cells, mapping.from_on)),
        until_on=_day(_value(cells, mapping.until_on)),
    )


def _value(cells: Mapping[str, Cell], name: str) -> Any:
    return cells[name].value if name in cells else None


def _text(cells: Mapping[str, Cell], name: str) -> str:
    return cells[name].text if name in cells else ""


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
