"""Reads: what the sources know about a customer, and what was, or is to be, changed there."""

from firstline.sources.queries.asked import Asked, ask, settle
from firstline.sources.queries.views import describe_sources, remembered, tile, try_view, view, view_fields, view_labels
from firstline.sources.queries.writes import (
    CommandRow,
    Progress,
    changes_of,
    commands_of_case,
    guarantee_of,
    is_connected,
    list_commands,
    list_writes,
    progress_of_case,
    write_rows,
    writes_of_case,
)

__all__ = [
    "Asked",
    "CommandRow",
    "Progress",
    "ask",
    "changes_of",
    "commands_of_case",
    "describe_sources",
    "guarantee_of",
    "is_connected",
    "list_commands",
    "list_writes",
    "progress_of_case",
    "remembered",
    "settle",
    "tile",
    "try_view",
    "view",
    "view_fields",
    "view_labels",
    "write_rows",
    "writes_of_case",
]
