"""Dates, times and durations: from text, to text, their parts, order and arithmetic.

Every function takes Python's own values and the wide ones alike, also mixed.
"""

from feel._temporal._arithmetic import (
    add_duration,
    difference,
    divided,
    last_day,
    make_months,
    midnight,
    months_between,
    moved_to,
    multiplied,
    negated,
    ratio,
    total,
)
from feel._temporal._order import Moment, is_identical, moments_order
from feel._temporal._parts import PARTS
from feel._temporal._reading import parse_date, parse_date_and_time, parse_duration, parse_literal, parse_time
from feel._temporal._text import AnyDuration, Point, Temporal, to_text
from feel._temporal._zones import fixed_zone, zone_of

__all__ = [
    "PARTS",
    "AnyDuration",
    "Moment",
    "Point",
    "Temporal",
    "add_duration",
    "difference",
    "divided",
    "fixed_zone",
    "is_identical",
    "last_day",
    "make_months",
    "midnight",
    "moments_order",
    "months_between",
    "moved_to",
    "multiplied",
    "negated",
    "parse_date",
    "parse_date_and_time",
    "parse_duration",
    "parse_literal",
    "parse_time",
    "ratio",
    "to_text",
    "total",
    "zone_of",
]
