"""The engines that are compared. Each is a program: `... URL CALLERS INSTANCES ROUNDS`, which tells each round as a line of JSON."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import installing
from psycopg.conninfo import conninfo_to_dict
from shapes import COMPLAINT

HERE = Path(__file__).parent
ENGINES = HERE / "engines"
JAVA = ENGINES / "java"

Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """`set_up(homes)` gives the reason why it can't be had, "" when it can; `command(homes, url, numbers)` says how to run it."""

    name: str
    set_up: Callable[[Path], str]
    command: Callable[[Path, str, Sequence[str]], Command]
    # Of a big machine's worth: engines that are slow get fewer.
    instances: int = 1_000


def _in_python(name: str, script: str, install: str | None = None, instances: int = 1_000) -> Peer:
    engine = installing.Engine(name=name, script=ENGINES / script, install=install, home=f"durable-{name}")

    def command(homes: Path, url: str, numbers: Sequence[str]) -> Command:
        python = sys.executable if install is None else homes / engine.home / "bin" / "python"
        return [python, "-W", "ignore", ENGINES / script, url, *numbers]

    return Peer(
        name=name,
        set_up=lambda homes: installing.set_up(engine, homes) or "",
        command=command,
        instances=instances,
    )


def _in_java(name: str, engine: str) -> Peer:
    def command(homes: Path, url: str, numbers: Sequence[str]) -> Command:
        home = homes / "durable-java"
        return [
            "java",
            "-cp",
            f"{home}/lib/*:{home}/classes",
            "Durable",
            engine,
            home / "complaint.bpmn",
            *_jdbc(url),
            *numbers,
        ]

    return Peer(name=name, set_up=_compile_java, command=command)


def _jdbc(url: str) -> tuple[str, str]:
    """Say where the database is, over its socket, and who asks."""
    known = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    socket = f"{known['host']}/.s.PGSQL.{known.get('port', '5432')}"
    factory = "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg"
    settings = f"socketFactory={factory}&socketFactoryArg={socket}&sslmode=disable"
    return f"jdbc:postgresql://localhost/{known['dbname']}?{settings}", known["user"]


def _compile_java(homes: Path) -> str:
    home = homes / "durable-java"
    home.mkdir(parents=True, exist_ok=True)
    (home / "complaint.bpmn").write_text(COMPLAINT.xml("juel"))
    wanted = "".join(path.read_text() for path in sorted(JAVA.iterdir()))
    done = home / "installed"
    if done.exists() and done.read_text() == wanted:
        return ""
    if shutil.which("mvn") is None or shutil.which("javac") is None:
        return "Maven or a Java compiler isn't on this machine"
    shutil.copy(JAVA / "pom.xml", home)
    fetch = ["mvn", "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={home}/lib"]
    compile_ = ["javac", "-proc:none", "-cp", f"{home}/lib/*", "-d", home / "classes", *JAVA.glob("*.java")]
    try:
        for command in (fetch, compile_):
            subprocess.run(command, cwd=home, check=True, capture_output=True, text=True, timeout=900)
    except subprocess.SubprocessError as error:
        shown = getattr(error, "stdout", None) or getattr(error, "stderr", None) or str(error)
        return f"can't be built: {str(shown).strip().splitlines()[0][:160]}"
    done.write_text(wanted)
    return ""


OURS, STEPS, FLOOR = "firstline", "firstline-tasks", "pgbench"
PEERS = (
    _in_python(OURS, "firstline_complaint.py"),
    _in_python("firstline-by-worker", "firstline_by_worker.py"),
    _in_python(STEPS, "firstline_tasks.py"),
    _in_java("Camunda 7", "camunda"),
    _in_java("Flowable", "flowable"),
    _in_python("SpiffWorkflow", "spiff_complaint.py", "SpiffWorkflow==3.2.0 psycopg[binary]==3.3.9", instances=200),
    _in_python("DBOS", "dbos_complaint.py", "dbos==3.4.0", instances=200),
    _in_python(FLOOR, "floor.py"),
)
