"""The engines that are compared, each in an environment of its own outside of the project's."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`script` measures it; `install` is what pip or npm installs, separated by spaces, None where the project's own environment has it already.

    `home` is its folder among the homes; those on Node may share one.
    """

    name: str
    script: Path
    install: str | None = None
    node: bool = False
    home: str = ""

    def command(self, homes: Path, given: Path) -> Sequence[str | Path]:
        """Tell how to run it; `given` is the file with what it is to do."""
        if self.node:
            return ["node", self.script, self.name, given]
        python = sys.executable if self.install is None else homes / self.home / "bin" / "python"
        return [python, "-P", "-W", "ignore", self.script]

    def folder(self, homes: Path) -> Path:
        """Say where it runs: one on Node where its node_modules are."""
        return homes / self.home if self.node else self.script.parents[1]


def set_up_all(engines: Iterable[Engine], homes: Path) -> dict[str, str]:
    """Install the engines that aren't there; give the reason for each for which that isn't possible."""
    return {engine.name: reason for engine in engines if (reason := set_up(engine, homes))}


def set_up(engine: Engine, homes: Path) -> str | None:
    """Install an engine unless it's there; give the reason when that isn't possible."""
    if engine.install is None:
        return None
    home = homes / engine.home
    done = home / f"{engine.script.name}-{engine.name}.installed"
    if done.exists() and done.read_text() == engine.install:
        return None
    try:
        _install(engine, home, engine.install)
    except (OSError, subprocess.SubprocessError) as error:
        shown = getattr(error, "stderr", None) or str(error)
        return f"can't be installed: {str(shown).strip().splitlines()[-1][:120]}"
    done.write_text(engine.install)
    return None


def _install(engine: Engine, home: Path, what: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    command: list[str | Path]
    if engine.node:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("Node isn't on this machine")
        command = [npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", home, *what.split()]
    else:
        venv.create(home, with_pip=True, clear=True, symlinks=True)
        command = [home / "bin" / "pip", "install", "-q", "--disable-pip-version-check", *what.split()]
    subprocess.run(command, cwd=home, check=True, capture_output=True, text=True, timeout=600)
