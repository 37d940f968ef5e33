"""The four back-office systems of the demo: real ones, each with its own ways, that can be switched off and slowed down.

- `billing`: a PostgreSQL database of its own, reached with a role of its own;
- `master`: the customer master, a small process behind a REST API, on its own SQLite file;
- `orders`: orders, meter readings and appointments in an SQLite file;
- `payments`: mandates and transfers in another.

No Django in here: Firstline reaches them only through the definitions in `demo/sources`, like any other company's systems.
Everything lies in one folder; `set_up` writes there where each system is to be found, and what is needed to get in.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firstline.demo.generate import World
from firstline.demo.systems import billing, control, in_a_file, master, orders, payments, processes
from firstline.demo.systems.control import SYSTEMS, Pace

__all__ = [
    "SLOW_SECONDS",
    "SYSTEMS",
    "SystemState",
    "connections",
    "is_set_up",
    "set_up",
    "start",
    "state",
    "stop",
    "switch",
]

# How long a slow system thinks before it answers.
SLOW_SECONDS = 20.0

_SETTLE: dict[str, Callable[..., None]] = {
    "billing": billing.settle,
    "master": master.settle,
    "orders": partial(in_a_file.settle, system="orders"),
    "payments": partial(in_a_file.settle, system="payments"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    system: str
    is_on: bool
    slow_seconds: float
    is_reachable: bool


def connections(folder: Path) -> Path:
    """Say in which folder the addresses and secrets of the four systems lie, one file each."""
    return folder / "connections"


def is_set_up(folder: Path) -> bool:
    """Tell whether `set_up` has come to its end here, for all that there are."""
    return (folder / "ready").exists() and (connections(folder) / f"{SYSTEMS[-1]}.url").exists()


def set_up(*, folder: Path, server_url: str, world: World, billing_name: str = billing.NAME) -> None:
    """Make the four systems anew and fill them.

    `server_url` is a PostgreSQL where databases and roles may be made; billing's is called `billing_name` there.
    """
    stop(folder=folder)
    (folder / "ready").unlink(missing_ok=True)
    shutil.rmtree(connections(folder), ignore_errors=True)
    connections(folder).mkdir(parents=True, mode=0o700)
    control.reset(folder)
    billing.set_up(folder, connections(folder), server_url, billing_name, world)
    master.set_up(folder, connections(folder), world)
    orders.set_up(folder, connections(folder), world)
    payments.set_up(folder, connections(folder), world)
    (folder / "ready").touch()


def tear_down(*, folder: Path) -> None:
    """Remove the four systems and all their data."""
    stop(folder=folder)
    billing.tear_down(folder)
    shutil.rmtree(folder)


def start(*, folder: Path) -> None:
    """Start what of the systems is a process, and bring every system into the state that its switch shows."""
    master.start(folder)
    for system, settle in _SETTLE.items():
        settle(folder, pace=control.pace(folder, system))


def stop(*, folder: Path) -> None:
    """Stop the processes of the systems; their data and switches stay."""
    processes.stop_all(folder)


def switch(system: str, *, folder: Path, on: bool | None = None, slow: bool | float | None = None) -> SystemState:
    """Turn `system` off or on, slow or fast; what is None stays. `slow` may be a number of seconds."""
    pace = control.pace(folder, system)
    is_on = pace.is_on if on is None else on
    slow_seconds = pace.slow_seconds if slow is None else SLOW_SECONDS * slow if isinstance(slow, bool) else float(slow)
    pace = Pace(is_on=is_on, slow_seconds=slow_seconds)
    control.set_pace(folder, system, pace)
    _SETTLE[system](folder, pace=pace)
    return _state(folder, system)


def state(*, folder: Path) -> dict[str, SystemState]:
    """Tell for each system how its switch stands and whether it is reachable."""
    return {system: _state(folder, system) for system in SYSTEMS}


_REACHABLE: dict[str, Callable[[Path], bool]] = {
    "billing": billing.is_reachable,
    "master": master.is_reachable,
    "orders": partial(in_a_file.is_reachable, system="orders"),
    "payments": partial(in_a_file.is_reachable, system="payments"),
}


def _state(folder: Path, system: str) -> SystemState:
    pace = control.pace(folder, system)
    reachable = _REACHABLE[system](folder) if is_set_up(folder) else False
    return SystemState(system=system, is_on=pace.is_on, slow_seconds=pace.slow_seconds, is_reachable=reachable)
