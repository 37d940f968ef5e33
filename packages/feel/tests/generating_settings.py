"""How many examples a property is tried on: the same few in every run, others and more where somebody asks for them."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FIRSTLINE_EXAMPLES", "1"))
"""`FIRSTLINE_EXAMPLES=50` tries fifty times as many, different ones each time; a failure says how to have it again."""


def examples(count: int) -> settings:
    """Try a property on so many examples. How long one takes depends on the machine: no deadline."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        print_blob=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
