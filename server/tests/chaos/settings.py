"""Settings of the processes that are killed: those of the product, in a house where nothing but processes runs."""

from firstline.config.settings import *  # noqa: F403 -- the same but for what follows

FIRSTLINE_SUBSCRIPTIONS = "tests.chaos.wiring"
FIRSTLINE_PAUSE_AFTER = 25
ALLOWED_HOSTS = ["127.0.0.1"]
