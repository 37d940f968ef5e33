"""What a whole day of crashes and kills comes to, as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .crashes import Ran


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What came of the kills: who was killed how often, and how many cases there were meanwhile."""

    kills: Counter[str]
    cases: int
    blocks: Counter[str]
    lost: Counter[str]
    doubled: Counter[str]


@dataclass
class Report:
    points: Sequence[str]
    # How the runs were chosen, as `make chaos` is told.
    way: str = ""
    runs: int = 0
    crashes: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    killed: Killed | None = None
    # Each as "what (how to repeat it)".
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def add(self, ran: Ran) -> list[str]:
        """Count a run; returns what was lost and doubled in it."""
        self.runs += 1
        self.crashes.update(ran.crashed_at)
        self.blocks.update(set(ran.blocks))
        return self._note(ran.lost, ran.doubled, f"make chaos RUNS=1 SEED={ran.seed} KILLS=0{self.way}")

    def add_kills(self, killed: Killed) -> None:
        self.killed = killed
        self._note(killed.lost, killed.doubled, "by kills")

    def _note(self, lost: Counter[str], doubled: Counter[str], where: str) -> list[str]:
        of_lost, of_doubled = (
            [f"{number} x {what} ({where})" for what, number in sorted(found.items())] for found in (lost, doubled)
        )
        self.lost += of_lost
        self.doubled += of_doubled
        return [*(f"lost: {one}" for one in of_lost), *(f"doubled: {one}" for one in of_doubled)]

    @property
    def so_far(self) -> str:
        """Say in a line what came of it until now."""
        died_at = sum(1 for point in self.points if self.crashes[point])
        return (
            f"{self.crashes.total():,} crashes at {died_at} of {len(self.points)} points, "
            f"lost {len(self.lost)}, doubled {len(self.doubled)}"
        )

    @property
    def never_crashed(self) -> list[str]:
        """Name the points where nothing ever died, once there were runs enough for all."""
        return [point for point in self.points if not self.crashes[point]] if self.runs >= len(self.points) else []

    @property
    def is_fine(self) -> bool:
        return not (self.lost or self.doubled or self.never_crashed)

    def lines(self) -> list[str]:
        """Write the table."""
        return [
            *self._of_runs(),
            *self._of_kills(),
            *_list("lost", self.lost),
            *_list("doubled or left over", self.doubled),
            *(f"nothing ever died at {point}" for point in self.never_crashed),
        ]

    def _of_runs(self) -> list[str]:
        if not self.runs:
            return []
        each = (_line(f"  crashes at {point}", self.crashes[point]) for point in self.points)
        return [_line("runs", self.runs), *each, *_blocks("runs", self.blocks)]

    def _of_kills(self) -> list[str]:
        if self.killed is None:
            return []
        each = (_line(f"  kill -9 of {name}", number) for name, number in sorted(self.killed.kills.items()))
        return [
            _line("kills", self.killed.kills.total()),
            *each,
            _line("cases meanwhile", self.killed.cases),
            *_blocks("cases", self.killed.blocks),
        ]


def _blocks(of: str, blocks: Counter[str]) -> list[str]:
    return [_line(f"  {of} with {block!r}", number) for block, number in sorted(blocks.items())]


def _line(what: str, number: int) -> str:
    return f"{what:<50}{number:>8,}"


def _list(what: str, things: Sequence[str]) -> list[str]:
    return [f"{what:<50}{f'{len(things):,}' if things else 'nothing':>8}", *(f"  {one}" for one in things)]
