"""Makes the order system slow: holds the lock of its file, lets go for a moment, and takes it again.

python -m firstline.demo.systems.orders_lock --folder FOLDER
"""

import argparse
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from firstline.demo.systems import control, orders, processes

BREATH_SECONDS = 0.5


def main() -> None:
    """Hold and let go until the switch says fast or off, or SIGTERM comes."""
    parser = argparse.ArgumentParser(description="Slows the demo's order system down.")
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the demo, which then ends us
    if not processes.hold(folder / "orders_lock.lock"):
        return
    while (pace := control.pace(folder, "orders")).is_on and pace.slow_seconds > 0:
        _hold(folder, pace.slow_seconds)
        time.sleep(BREATH_SECONDS)


def _hold(folder: Path, seconds: float) -> None:
    address = f"file:{orders.path(folder)}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=30, isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        (folder / "orders_lock.ready").touch()
        time.sleep(seconds)


if __name__ == "__main__":
    main()
