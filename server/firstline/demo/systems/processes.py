"""Starting and stopping the helper processes of the systems, and knowing whether they live.

A process holds a lock on its own file for as long as it lives: a number in a file may belong to somebody else by now, a lock can't.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_PATIENCE_SECONDS = 10.0
_held: list[int] = []


class NotStarted(RuntimeError):
    """A helper process of the demo died before it was ready."""


def hold(lock: Path) -> bool:
    """Mark this process as the one that `lock` stands for; False when another one is."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    _held.append(descriptor)  # open, and so locked, until this process ends
    return True


def holder(lock: Path) -> int | None:
    """Say which process holds `lock`, None when nobody does."""
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(lock.read_text() or 0) or None
    else:
        return None
    finally:
        os.close(descriptor)


def start(folder: Path, name: str, *arguments: str, module: str = "") -> None:
    """Start the module `firstline.demo.systems.<module>`, else `<name>`, as the process `name`, and wait until it is ready."""
    lock = folder / f"{name}.lock"
    if holder(lock) is not None:
        return
    ready = folder / f"{name}.ready"
    ready.unlink(missing_ok=True)
    # Its output goes to a file: a process that keeps our pipe open would hang whoever reads from us.
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our own module
            [sys.executable, "-m", f"firstline.demo.systems.{module or name}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not ready.exists():
        if process.poll() is not None and holder(lock) is None:
            raise NotStarted(f"The demo's process '{name}' ended at once; see {folder / f'{name}.log'}.")
        if time.monotonic() > deadline:
            raise NotStarted(f"The demo's process '{name}' isn't ready after {_PATIENCE_SECONDS:.0f} s.")
        time.sleep(0.02)
    # Reaped when it ends, wherever that is: nothing may be left of it.
    _children[lock] = process


_children: dict[Path, "subprocess.Popen[bytes]"] = {}


def stop(folder: Path, name: str) -> None:
    """End the process `name` and wait for its end."""
    lock = folder / f"{name}.lock"
    pid = holder(lock)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while holder(lock) is not None:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
    child = _children.pop(lock, None)
    if child is not None:
        child.wait(timeout=_PATIENCE_SECONDS)


def stop_all(folder: Path) -> None:
    """End every helper process of the systems in `folder`."""
    for lock in folder.glob("*.lock"):
        stop(folder, lock.stem)
