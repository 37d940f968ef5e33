"""Properties are tried on the same examples in every run; how long one takes depends on the machine, so nothing asks."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady",
    derandomize="FIRSTLINE_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("steady")
