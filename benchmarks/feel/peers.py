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

    def command(self, homes: Path, cases: Path) -> Sequence[str | Path]:
        """Tell how to run it."""
        if self.node:
            return ["node", HERE / "engines" / self.script, self.name, cases]
        python = sys.executable if self.install is None else homes / self.name / "bin" / "python"
        return [python, "-P", "-W", "ignore", HERE / "engines" / self.script]


ENGINES = (
    Engine(name="floor", script="floor.py"),
    Engine(name="firstline", script="firstline.py"),
    Engine(name="bkflow-feel", script="bkflow.py", install="bkflow-feel==1.2.0"),
    Engine(name="pySFeel", script="pysfeel.py", install="pySFeel==1.4.2"),
    Engine(name="feelin", script="node.mjs", install="feelin@8.2.0", node=True),
    Engine(name="js-feel", script="node.mjs", install="js-feel@1.4.7", node=True),
    Engine(name="zen-engine", script="zen.py", install="zen-engine==2.1.3"),
    Engine(name="SpiffWorkflow", script="spiff.py", install="SpiffWorkflow==3.2.0"),
    Engine(name="pyDMNrules", script="pydmnrules.py", install="pyDMNrules==1.4.5"),
    Engine(name="dmn-eval-js", script="node.mjs", install="@hbtgmbh/dmn-eval-js@1.5.0", node=True),
)
NOT_FEEL = frozenset({"zen-engine", "SpiffWorkflow"})


def set_up(engine: Engine, homes: Path) -> str | None:
    """Install an engine unless it's there; give the reason when that isn't possible."""
    if engine.install is None:
        return None
    home = homes / ("node" if engine.node else engine.name)
    done = home / f"{engine.script}-{engine.name}.installed"
    if done.exists() and done.read_text() == engine.install:
        return None
    try:
        _install(engine, home)
    except (OSError, subprocess.SubprocessError) as error:
        shown = getattr(error, "stderr", None) or str(error)
        return f"can't be installed: {str(shown).strip().splitlines()[-1][:120]}"
    done.write_text(engine.install)
    return None


def _install(engine: Engine, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    if engine.node:
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("Node isn't on this machine")
        commands = [[npm, "install", "--no-audit", "--no-fund", "--silent", engine.install]]
        if not (home / "package.json").exists():
            commands.insert(0, [npm, "init", "-y"])
    else:
        venv.create(home, with_pip=True, clear=True, symlinks=True)
        commands = [[home / "bin" / "pip", "install", "-q", "--disable-pip-version-check", engine.install]]
    for command in commands:
        subprocess.run(command, cwd=home, check=True, capture_output=True, text=True, timeout=600)
