"""The engines that are compared, each in an environment of its own outside of the project's."""

import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """`install` is what pip or npm installs; None where the project's own environment has it already."""

    name: str
    script: str
    install: str | None = None
    node: bool = False

    def home(self, homes: Path) -> Path:
        """Say where it's installed."""
        return homes / f"bpmn-{self.name}"

    def command(self, homes: Path, shapes: Path) -> Sequence[str | Path]:
        """Tell how to run it."""
        if self.node:
            return ["node", HERE / "engines" / self.script, self.name, shapes]
        python = sys.executable if self.install is None else self.home(homes) / "bin" / "python"
        return [python, "-P", "-W", "ignore", HERE / "engines" / self.script]


OURS = "firstline"
ENGINES = (
    Engine(name=OURS, script="firstline.py"),
    Engine(name="SpiffWorkflow", script="spiff.py", install="SpiffWorkflow==3.2.0"),
    Engine(name="bpmn-engine", script="node.mjs", install="bpmn-engine@25.0.1", node=True),
)


def set_up(engine: Engine, homes: Path) -> str | None:
    """Install an engine unless it's there; give the reason when that isn't possible."""
    if engine.install is None:
        return None
    done = engine.home(homes) / "installed"
    if done.exists() and done.read_text() == engine.install:
        return None
    try:
        _install(engine, engine.home(homes), engine.install)
    except (OSError, subprocess.SubprocessError) as error:
        shown = getattr(error, "stderr", None) or str(error)
        return f"can't be installed: {str(shown).strip().splitlines()[-1][:120]}"
    done.write_text(engine.install)
    return None


def _install(engine: Engine, home: Path, what: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    if engine.node:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("Node isn't on this machine")
        install = [npm, "install", "--no-audit", "--no-fund", "--silent", "--prefix", home, what]
    else:
        venv.create(home, with_pip=True, clear=True, symlinks=True)
        install = [home / "bin" / "pip", "install", "-q", "--disable-pip-version-check", what]
    subprocess.run(install, cwd=home, check=True, capture_output=True, text=True, timeout=600)
