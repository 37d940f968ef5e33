"""How far the changes for a case have come, system by system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change in a system; `what` is the same when it is wanted once more, because it was stopped before."""

    system: str
    what: tuple[object, ...]
    is_done: bool
    is_stopped: bool
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemProgress:
    """One system: done when all of its changes are, stopped when one of them is."""

    system: str
    is_done: bool
    is_stopped: bool
    next_attempt_at: datetime | None


def superseded(changes: Sequence[Change]) -> list[bool]:
    """Tell of each change, oldest first, whether it was stopped and is wanted anew."""
    return [
        one.is_stopped and any(later.what == one.what for later in changes[place + 1 :])
        for place, one in enumerate(changes)
    ]


def by_system(changes: Sequence[Change]) -> list[SystemProgress]:
    """Sum up changes, oldest first, by system; what was stopped and is wanted anew counts no more."""
    live = [one for one, is_old in zip(changes, superseded(changes), strict=True) if not is_old]
    return [
        _of(system, [one for one in live if one.system == system])
        for system in dict.fromkeys(one.system for one in live)
    ]


def _of(system: str, changes: Sequence[Change]) -> SystemProgress:
    return SystemProgress(
        system=system,
        is_done=all(one.is_done for one in changes),
        is_stopped=any(one.is_stopped for one in changes),
        next_attempt_at=min((one.next_attempt_at for one in changes if one.next_attempt_at), default=None),
    )


def next_attempt(systems: Sequence[SystemProgress]) -> datetime | None:
    """Say when a system is tried next, if any waits."""
    return min((one.next_attempt_at for one in systems if one.next_attempt_at), default=None)
