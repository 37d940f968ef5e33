"""Reads about relationships."""

from firstline.relationship.queries.definitions import DEFINITION, definition_of, expected_in_vain, problems_in_files
from firstline.relationship.queries.facts import Standing, facts_now, last_facts
from firstline.relationship.queries.indicators import Shown, indicators
from firstline.relationship.queries.stages import StageRow, by_rule, stage_changes, stage_now, stage_row

__all__ = [
    "DEFINITION",
    "Shown",
    "StageRow",
    "Standing",
    "by_rule",
    "definition_of",
    "expected_in_vain",
    "facts_now",
    "indicators",
    "last_facts",
    "problems_in_files",
    "stage_changes",
    "stage_now",
    "stage_row",
]
