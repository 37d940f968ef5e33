"""Reads about who somebody is and for whom they speak."""

from firstline.identity.queries.askable import askable, asked_in
from firstline.identity.queries.authority import AuthorityRow, authorities_of, spoken_for_by
from firstline.identity.queries.codes import proven
from firstline.identity.queries.counting import clock_for
from firstline.identity.queries.panel import Panel, addressee_of, panel_of, trail_of

__all__ = [
    "AuthorityRow",
    "Panel",
    "addressee_of",
    "askable",
    "asked_in",
    "authorities_of",
    "clock_for",
    "panel_of",
    "proven",
    "spoken_for_by",
    "trail_of",
]
