"""Settings of the tests: a home folder of their own, cheap passwords, nothing that listens."""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
os.environ["FIRSTLINE_HOME"] = os.environ.get("FIRSTLINE_TEST_HOME") or str(_ROOT / "var" / "test")
for _name in ("FIRSTLINE_DEMO", "FIRSTLINE_LMTP", "FIRSTLINE_SMTP_IN", "FIRSTLINE_IMAP", "FIRSTLINE_PUBLIC_URL"):
    os.environ.pop(_name, None)

from firstline.config.settings import *  # noqa: E402, F403 -- the home must be chosen first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
FIRSTLINE_HOLD_SECONDS = 0
# Files only: tests that count statements mustn't meet one that comes by the clock. Those about screens say otherwise.
FIRSTLINE_SOURCES_LOOK_SECONDS = None
