"""Tiles: what is shown of a view, with masks where the caller isn't verified yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext

from firstline.sources.rules import trends
from firstline.sources.rules.definitions import Field, TileKind, View
from firstline.sources.rules.values import MASK, FieldType, safe_link, shown, typed, value_at

# fresh: read just now. cached: read a little while ago. late: not there by the deadline, it may still come. failed: the
# source didn't answer or refused. Late and failed tiles carry the last known value, where there is one.
TileState = Literal["fresh", "cached", "late", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value: `value` for programs, `text` for people, both hidden when `is_masked`."""

    name: str
    label: str
    type: FieldType
    value: Any
    text: str
    is_masked: bool = False
    # It is for other roles: there is nothing to be shown, however the caller proves who they are.
    is_withheld: bool = False
    # Where it leads, for a link that may be clicked on.
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    view: str
    label: str
    source: str
    source_label: str
    kind: TileKind
    state: TileState
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    reading_id: UUID | None
    read_at: datetime | None
    age: timedelta | None
    # What is to be said about it: why it failed, that the customer isn't known there, that there is nothing.
    sentence: str

    @property
    def is_last_known(self) -> bool:
        """Tell whether what is shown is old because the source didn't answer."""
        return self.state in ("late", "failed") and self.read_at is not None

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The fields of the first row: all there is to a tile of fields or an amount."""
        return self.rows[0] if self.rows else ()

    @property
    def trend(self) -> str:
        """The line of a trend: the points of an SVG polyline, its oldest row on the left; '' where there is none.

        Rows come newest first, as everywhere.
        """
        if self.kind != "trend":
            return ""
        found = (
            next((one for cell in row if (one := trends.figure(cell.value)) is not None), None) for row in self.rows
        )
        return trends.line([one for one in found if one is not None][::-1])


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Pick a text; English where the language is missing."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def in_words(value: object, spellings: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Write a value as people of a language call it; as it stands where nothing says how.

    >>> in_words("sent", {"sent": {"en": "sent", "de": "gesendet"}}, "de"), in_words("x", {}, "de")
    ('gesendet', 'x')
    """
    known_as = spellings.get(str(value))
    return in_language(known_as, language) if known_as else shown(value, language)


def stored_rows(view: View, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Keep of a source's rows only what the view shows."""
    return [{one.name: typed(value_at(row, one.path), one.type, one.currency) for one in view.fields} for row in rows]


def cells_of(
    view: View,
    rows: Sequence[Mapping[str, Any]],
    *,
    language: str,
    is_verified: bool,
    withheld: Collection[str] = frozenset(),
) -> tuple[tuple[Cell, ...], ...]:
    """Make rows ready to be shown; of the fields named `withheld` only that they are."""
    return tuple(
        tuple(
            _withheld(one, language)
            if one.name in withheld
            else _cell(one, row.get(one.name), language, is_verified, view.hosts)
            for one in view.fields
        )
        for row in rows
    )


def _withheld(field: Field, language: str) -> Cell:
    label = in_language(field.label, language)
    return Cell(
        name=field.name, label=label, type=field.type, value=None, text=gettext("for other roles"), is_withheld=True
    )


def _cell(field: Field, value: Any, language: str, is_verified: bool, hosts: frozenset[str]) -> Cell:  # noqa: FBT001 -- private
    label = in_language(field.label, language)
    if field.is_sensitive and not is_verified and value is not None:
        return Cell(name=field.name, label=label, type=field.type, value=None, text=MASK, is_masked=True)
    text = in_words(value, field.spellings, language)
    href = safe_link(value, hosts) if field.type == "link" else ""
    return Cell(name=field.name, label=label, type=field.type, value=value, text=text, href=href)
