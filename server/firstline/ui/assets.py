"""Addresses of built files that change when their content does, so that browsers may keep them for long."""

import hashlib
from functools import cache
from pathlib import Path

from django.templatetags.static import static

FOLDER = Path(__file__).parent / "static" / "firstline"


def asset_url(name: str) -> str:
    """Say where the browser finds the built file `name`."""
    # Split: pathlib takes no subclass of str, and templates pass one.
    path = FOLDER.joinpath(*name.split("/"))
    changed_at = path.stat().st_mtime_ns if path.exists() else 0
    return f"{static(f'firstline/{name}')}?v={_digest(path, changed_at)}"


@cache
def _digest(path: Path, changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if changed_at else "unbuilt"
