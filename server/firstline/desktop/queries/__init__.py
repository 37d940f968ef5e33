"""Reads for the desk."""

from firstline.desktop.queries.desk import (
    addresses_of,
    calls_for,
    desk_of,
    is_shown,
    queue_of,
    reveals,
    seen_views,
    speaking_of,
    verification_of,
)
from firstline.desktop.queries.tiles import ask_tiles, tile_of, tiles_of

__all__ = [
    "addresses_of",
    "ask_tiles",
    "calls_for",
    "desk_of",
    "is_shown",
    "queue_of",
    "reveals",
    "seen_views",
    "speaking_of",
    "tile_of",
    "tiles_of",
    "verification_of",
]
