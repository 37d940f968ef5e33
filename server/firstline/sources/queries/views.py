"""Reads: what the sources know about a customer, and which views there are."""

from uuid import UUID

from django.utils import translation

from firstline import clock
from firstline.accounts.principals import Principal
from firstline.sources.access import may_see
from firstline.sources.adapters import loaded
from firstline.sources.adapters.reaching import Identifiers, read_view
from firstline.sources.ports import SourceDown, SourceRefused
from firstline.sources.queries.asked import ask, settle, tile_of, wanted
from firstline.sources.rules.tiles import Tile, cells_of, in_language, stored_rows


def tile(
    *, customer_id: UUID, view: str, principal: Principal, language: str, fresh: bool = False, is_verified: bool = False
) -> Tile:
    """Ask one view about a customer; `fresh` asks the source although there is a recent answer or it is paused."""
    asked = ask(customer_id=customer_id, views=[view], principal=principal, fresh=fresh)
    return settle(asked, language=language, verified=lambda _key: is_verified)[0]


def view(
    *, customer_id: UUID, views: list[str], principal: Principal, language: str, is_verified: bool = False
) -> list[Tile]:
    """Ask several views about a customer, all at once, each with its own deadline; in the order asked for.

    Never raises because of a source: a tile says itself that it is late or failed, and what was known last.
    """
    asked = ask(customer_id=customer_id, views=views, principal=principal)
    return settle(asked, language=language, verified=lambda _key: is_verified)


def remembered(*, customer_id: UUID, views: list[str], principal: Principal, language: str) -> list[tuple[Tile, bool]]:
    """Give what was read last about a customer, asking nobody; with each, whether it is recent."""
    now = clock.now()
    with translation.override(language):
        return [
            (tile_of(one, now, language, is_verified=False), one.is_recent(now))
            for one in wanted(customer_id, views, principal)
        ]


def view_fields() -> dict[str, tuple[str, ...]]:
    """Name the fields of each view that there is."""
    return {
        view.key: tuple(field.name for field in view.fields)
        for source in loaded.sources().values()
        for view in source.views.values()
    }


def view_labels(language: str, *, principal: Principal | None = None) -> dict[str, str]:
    """Name all views that there are, or those that are for `principal`, for choosing one."""
    return {
        view.key: f"{in_language(source.label, language)}: {in_language(view.label, language)}"
        for source in loaded.sources().values()
        for view in source.views.values()
        if principal is None or may_see(principal, view.roles)
    }


def describe_sources() -> list[str]:
    """Say in a line each what the definitions in use hold.

    Raises: DefinitionProblems with every mistake.
    """
    return [
        f"{source.key}: {len(source.views)} views, {len(source.commands)} commands, "
        f"writes {loaded.window(source).connector.guarantee}"
        for source in loaded.sources().values()
    ]


def try_view(*, view: str, identifiers: Identifiers) -> list[str]:
    """Ask a view for an administrator who tries its definition; nothing is kept, sensitive fields stay masked."""
    found = loaded.find_view(view)
    if found is None:
        return [f"There is no view '{view}'; there are {', '.join(view_labels('en'))}."]
    source, known = found
    try:
        rows = read_view(loaded.window(source).connector, source, known, [identifiers])
    except (SourceDown, SourceRefused) as error:
        return [f"{in_language(source.label, 'en')}: {error}."]
    if not rows:
        return [
            "Nothing is known there of this customer."
            if rows is None
            else "The customer is known, and there are no rows."
        ]
    shown = cells_of(known, stored_rows(known, rows), language="en", is_verified=False)
    return ["; ".join(f"{cell.label}: {cell.text}" for cell in cells) for cells in shown]
