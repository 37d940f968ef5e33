"""Makes a system slow that is a file: holds the file's lock, lets go for a moment, and takes it again.

python -m firstline.demo.systems.file_lock --folder FOLDER --system SYSTEM
"""

import argparse
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from firstline.demo.systems import control, in_a_file, processes

BREATH_SECONDS = 0.5


def main() -> None:
    """Hold and let go until the switch says fast or off, or SIGTERM comes."""
    parser = argparse.ArgumentParser(description="Slows one of the demo's systems down that are files.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--system", required=True)
    chosen = parser.parse_args()
    folder, system = chosen.folder, chosen.system
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the demo, which then ends us
    if not processes.hold(folder / f"{in_a_file.lock_of(system)}.lock"):
        return
    while (pace := control.pace(folder, system)).is_on and pace.slow_seconds > 0:
        _hold(folder, system, pace.slow_seconds)
        time.sleep(BREATH_SECONDS)


def _hold(folder: Path, system: str, seconds: float) -> None:
    address = f"file:{in_a_file.path(folder, system)}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        (folder / f"{in_a_file.lock_of(system)}.ready").touch()
        time.sleep(seconds)


if __name__ == "__main__":
    main()
