"""The switches of the systems, in one small file that every process reads anew each time."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

SYSTEMS = ("billing", "master", "orders", "payments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    is_on: bool = True
    slow_seconds: float = 0.0


class UnknownSystem(ValueError):
    """There is no system of this name in the demo."""


def pace(folder: Path, system: str) -> Pace:
    """Read the switch of `system`; on and fast where nothing was ever switched."""
    if system not in SYSTEMS:
        raise UnknownSystem(f"There is no system '{system}' in the demo; there are {', '.join(SYSTEMS)}.")
    return _read(folder).get(system, Pace())


def set_pace(folder: Path, system: str, wanted: Pace) -> None:
    """Set the switch of `system`."""
    _write(folder, {**_read(folder), system: wanted})


def reset(folder: Path) -> None:
    """Turn everything on and fast."""
    _write(folder, {})


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def _read(folder: Path) -> dict[str, Pace]:
    try:
        content = json.loads((folder / "switches.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {system: Pace(**fields) for system, fields in content.items()}


def _write(folder: Path, paces: dict[str, Pace]) -> None:
    write_private(folder / "switches.json", json.dumps({system: asdict(pace) for system, pace in paces.items()}))
