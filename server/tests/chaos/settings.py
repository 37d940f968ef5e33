"""Settings of the processes that are killed: those of the product, in a house where nothing but processes runs."""

import os
from pathlib import Path

from firstline.config.settings import *  # noqa: F403 -- the same but for what follows
from tests.chaos.targets import stores

FIRSTLINE_SUBSCRIPTIONS = "tests.chaos.wiring"
FIRSTLINE_PAUSE_AFTER = 25
ALLOWED_HOSTS = ["127.0.0.1"]
FIRSTLINE_SOURCES = stores.SOURCES
FIRSTLINE_SOURCES_LOOK_SECONDS = None
FIRSTLINE_SECRETS = Path(os.environ[stores.FOLDER])
FIRSTLINE_RECONCILE_AT = None
