"""A model in the making, with what it says must happen: blocks add to both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from bpmn.testing import element, end, extensions, flow, gateway, model, path, start, user_task, zeebe

if TYPE_CHECKING:
    from .case import Case

Ends = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the models wait: hours of a clock that is moved, or seconds of a real one."""

    unit: str

    @property
    def is_real(self) -> bool:
        return self.unit == "S"

    def of(self, number: int) -> str:
        return f"PT{number}{self.unit}"


def shown(value: object) -> str:
    """Write a value of a process, however its numbers are kept."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(shown, value))}]"
    return str(value)


def always(case: Case) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants of the house, and repeats until it is answered.

    It is asked for when `is_due`, and again while it says False; who got no answer looks first whether it `is_done`, unless asking twice is asking once (None).
    The step named by `holds` isn't done before.
    """

    do: Callable[[Case], object]
    is_due: Callable[[Case], bool] = always
    is_done: Callable[[Case], bool] | None = None
    holds: str = ""


@dataclass
class Draft:
    """One process being written; `said` is shared with those that it calls or begins."""

    process: str
    dice: Random
    pace: Pace
    parts: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    variables: dict[str, object] = field(default_factory=dict)
    others: list[bytes] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    # What is asked before the first instance begins.
    preparations: list[Request] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    _used: list[int] = field(default_factory=lambda: [0])

    # --- writing ---

    def new(self, kind: str) -> str:
        """Name something; the number is used once in all processes of a draft."""
        self._used[0] += 1
        return f"{kind}{self._used[0]}"

    def another(self, kind: str) -> Draft:
        """Begin another process of the same run."""
        return Draft(
            process=f"{self.prefix}_{self.new(kind)}",
            dice=self.dice,
            pace=self.pace,
            others=self.others,
            requests=self.requests,
            preparations=self.preparations,
            said=self.said,
            _used=self._used,
        )

    @property
    def prefix(self) -> str:
        """What the names of everything in this run begin with."""
        return self.process.split("_", 1)[0]

    def add(self, *xml: str) -> None:
        self.parts.extend(xml)

    def merge(self, *outs: str) -> str:
        """Let whichever way is taken go on in one."""
        id_ = self.new("merge")
        self.add(gateway("exclusive", id_), *(flow(out, id_) for out in outs))
        self.enters(id_)
        return id_

    def task(self, kind: str = "task") -> str:
        """Write a person's step: see `case.Case` for who does it when, by the kind."""
        id_ = self.new(kind)
        self.add(user_task(id_))
        self.enters(id_)
        return id_

    def service(self, kind: str, *, job_type: str = "work", body: str = "", times: int = 1, **headers: str) -> str:
        """Write a step that calls the outside: it does so `times`, once each."""
        id_ = self.new(kind)
        what = f"{self.process} {id_}"
        written = "".join(zeebe("header", key=key, value=value) for key, value in {"of": what, **headers}.items())
        work = extensions(zeebe("taskDefinition", type=job_type, retries="4"), zeebe("taskHeaders", written))
        attributes = {"isForCompensation": "true"} if kind == "undo" else {}
        self.add(element("serviceTask", id_, work, body, **attributes))
        self.said[f"applied {what}"] += times
        return id_

    def closed(self, *blocks: Ends, begin: str = "") -> bytes:
        """Write the process around blocks that follow each other; `begin` is its start event if that isn't the plain one."""
        first, last = self.new("start"), self.new("end")
        self.add(begin.replace("@", first) or start(first), end(last))
        self.add(path(first, blocks[0][0]), path(blocks[-1][1], last))
        self.add(*(flow(out, into) for (_, out), (into, _) in pairwise(blocks)))
        self.enters(first, last)
        return self.written()

    def written(self) -> bytes:
        return model(*self.parts, process_id=self.process, definitions=self.definitions)

    # --- saying what must happen ---

    def enters(self, *ids: str, times: int = 1) -> None:
        for id_ in ids:
            self.said[f"entered {self.process} {id_}"] += times

    def leaves_out(self, *ids: str) -> None:
        for id_ in ids:
            self.enters(id_, times=-1)

    def ends(self, outcome: str = "completed", times: int = 1) -> None:
        """Say how it ends; the outside is told so (see `wiring`)."""
        self.said[f"{outcome} {self.process}"] += times
        self.said[f"applied {self.process} {outcome}"] += times

    def happens_too(self, what: str, times: int = 1) -> None:
        """Say what else must happen, in the words of `tally.happened`."""
        self.said[what] += times

    def keeps(self, name: str, value: object) -> None:
        """Say what a variable of the process is in the end."""
        self.said[f"kept {self.process} {name} = {shown(value)}"] = 1

    def changes(self, name: str, value: object) -> None:
        """Say that a variable of the process, of which something was said, is something else in the end."""
        for what in [one for one in self.said if one.startswith(f"kept {self.process} {name} = ")]:
            del self.said[what]
        self.keeps(name, value)

    def happens(self, times: int) -> None:
        """Say how often the process runs: so often happens everything that was said of it."""
        for what in self.said:
            if self.process in what.split(" "):
                self.said[what] *= times

    def prepares(self, request: Request) -> None:
        self.preparations.append(request)

    def asks(self, request: Request) -> None:
        self.requests.append(request)

    def begins_with(self, name: str, value: object) -> None:
        """Give the process a variable from its beginning."""
        self.variables[name] = value
        self.keeps(name, value)
