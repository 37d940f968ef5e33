"""How many examples a property is tried on: the same few in every run, others and more where somebody asks for them."""

import os

from hypothesis import settings

TIMES = int(os.environ.get("FIRSTLINE_EXAMPLES", "1"))
"""`FIRSTLINE_EXAMPLES=50` tries fifty times as many, different ones each time; a failure says how to have it again."""


def examples(count: int) -> settings:
    """Try a property on so many examples, many times more when asked to; the rest is as conftest.py sets it."""
    return settings(max_examples=count * TIMES)
