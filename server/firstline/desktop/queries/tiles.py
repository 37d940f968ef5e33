"""Tiles at the desk: what systems know, masked until the caller is verified or somebody looks."""

from collections.abc import Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.contacts.models import Contact
from firstline.desktop import screens
from firstline.identity import access as identity_access
from firstline.identity.adapters.loaded import policy_of
from firstline.sources import queries as source_queries
from firstline.sources.rules import tiles as source_tiles
from firstline.sources.rules.values import MASK


def ask_tiles(
    *, contact: Contact, keys: list[str], principal: Principal, fresh: bool = False, is_awaited: bool = True
) -> list[source_queries.Asked]:
    """Begin to ask the systems for tiles, and wait for none; see `sources.queries.ask`.

    Raises: AccessDenied, Forbidden, UnknownView.
    """
    assert contact.customer_id is not None
    return source_queries.ask(
        customer_id=contact.customer_id, views=keys, principal=principal, fresh=fresh, is_awaited=is_awaited
    )


def tiles_of(
    asked: Sequence[source_queries.Asked], *, contact: Contact, language: str, revealed: bool = False
) -> list[screens.Tile]:
    """Show what systems answered; what is sensitive stays masked until the caller is verified, or somebody looks."""
    now = clock.now()
    standing = identity_access.standing_of(contact_id=contact.id, customer_id=contact.customer_id)
    shown = {
        one.key: revealed or identity_access.may_see(standing, brand=contact.brand, view=one.key, now=now)
        for one in asked
    }
    found = source_queries.settle(asked, language=language, verified=shown.__getitem__)
    policy = policy_of(contact.brand.key)
    with translation.override(language):
        return [_tile(one if shown[one.view] else _hidden(one, policy.asked_of(one.view)), contact) for one in found]


def tile_of(
    *, contact: Contact, key: str, principal: Principal, language: str, fresh: bool = False, revealed: bool = False
) -> screens.Tile:
    """Ask one system and show its answer."""
    asked = ask_tiles(contact=contact, keys=[key], principal=principal, fresh=fresh)
    return tiles_of(asked, contact=contact, language=language, revealed=revealed)[0]


def _tile(found: source_tiles.Tile, contact: Contact) -> screens.Tile:
    is_masked = any(cell.is_masked for row in found.rows for cell in row)
    here = reverse("desktop:tile", args=[contact.id, found.view])
    return screens.Tile(
        key=found.view,
        title=found.label,
        source=found.source_label,
        state=found.state,
        at=found.read_at,
        labels=found.labels if found.kind in _AS_ROWS else (),
        rows=tuple(tuple(cell.text for cell in row) for row in found.rows) if found.kind in _AS_ROWS else (),
        trend=found.trend,
        facts=() if found.kind in _AS_ROWS else _facts(found),
        message=found.sentence or (_("Masked until the caller is verified.") if is_masked else ""),
        is_masked=is_masked,
        retry_url=f"{here}?fresh=1" if found.state in {"late", "failed"} else "",
        reveal_url=reverse("desktop:reveal", args=[contact.id, found.view]) if is_masked else "",
    )


def _hidden(tile: source_tiles.Tile, fields: frozenset[str]) -> source_tiles.Tile:
    """Hide what callers are asked: nobody sees the answer before it was given."""
    rows = tuple(
        tuple(
            replace(cell, value=None, text=MASK, is_masked=True, href="") if cell.name in fields and cell.text else cell
            for cell in row
        )
        for row in tile.rows
    )
    return replace(tile, rows=rows)


# Kinds of tiles that are shown row by row; the others say what stands in one record.
_AS_ROWS = ("table", "list", "trend")
# Kinds of which each row leads to one thing.
_NAMED = ("link", "document")


def _facts(found: source_tiles.Tile) -> tuple[screens.TileFact, ...]:
    if found.kind in _NAMED:
        return tuple(_link(row, found.kind) for row in found.rows)
    return tuple(_fact(cell) for cell in found.cells)


def _link(row: tuple[source_tiles.Cell, ...], kind: str) -> screens.TileFact:
    """Say in one fact what leads where: called as the row's first value, or as the address or document itself."""
    leads = next(cell for cell in row if cell.type == kind)
    name = next((cell.text for cell in row if cell.type != kind and cell.text), leads.text)
    return _fact(replace(leads, text=name))


def _fact(cell: source_tiles.Cell) -> screens.TileFact:
    is_ours = cell.type == "document"
    return screens.TileFact(
        label=cell.label, value=cell.text, is_masked=cell.is_masked, href=cell.href, is_document=is_ours
    )
