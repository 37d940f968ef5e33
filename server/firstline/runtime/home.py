"""The home folder: database, files, keys, logs."""

import os
import secrets
from pathlib import Path


def home() -> Path:
    """Say where the data lies: FIRSTLINE_HOME, or a folder of the user's own; made when it isn't there."""
    chosen = os.environ.get("FIRSTLINE_HOME")
    path = Path(chosen) if chosen else Path.home() / ".local" / "share" / "firstline"
    path = path.resolve()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def secret(name: str) -> str:
    """Read the key `name`, made at first use, readable by the owner alone."""
    path = home() / "keys" / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()
