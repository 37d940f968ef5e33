"""What was measured, as tables for people."""

import math
from collections.abc import Mapping
from typing import Any

import page
from measure import DeskScore, Score
from online import Waited
from taking_in import TakenIn

from firstline.customers.matching import Model

Desk = list[tuple[str, str, DeskScore]]
Pairs = list[tuple[str, int, Score]]


def pairs(found: Pairs) -> str:
    """Write precision, recall and F1 over all pairs of each set."""
    head = ["set", "records", "precision", "recall", "F1"]
    rows = [
        [name, f"{records:,}", f"{one.precision:.4f}", f"{one.recall:.4f}", f"{one.f1:.4f}"]
        for name, records, one in found
    ]
    return page.table(head, rows)


def desk(found: Desk) -> str:
    """Write who was first, and how often a wrong person was certain."""
    head = ["set", "callers say", "calls", "right first", "and certain", "wrong certain"]
    rows = [
        [name, said, f"{one.calls:,}", f"{one.right_first / one.customers:.1%}", f"{one.right_certain / one.customers:.1%}", str(one.wrong_certain)]
        for name, said, one in found
    ]  # fmt: skip
    return page.table(head, rows)


def weights(model: Model) -> str:
    """Write what each level of each field says, in bits, before rare values count more."""
    lines = []
    for name, same in model.same.items():
        if len(set(same)) > 1:
            bits = (math.log2(one / other) for one, other in zip(same, model.strangers[name], strict=True))
            lines.append(" ".join([f"  {name:14}", *(f"{one:7.1f}" for one in bits)]))
    return "\n".join(["weights (bits by level, best level first)", *lines, ""])


def waited(found: list[Waited]) -> str:
    """Write how long callers took."""
    head = ["callers say", "half of them ms", "95 of 100 ms", "99 of 100 ms", "right first"]
    rows = [[one.said, f"{one.p50:.1f}", f"{one.p95:.1f}", f"{one.p99:.1f}", f"{one.right_first:.1%}"] for one in found]
    return page.table(head, rows)


def taken_in(found: TakenIn) -> str:
    """Write how fast a file was taken in."""
    head = ["a file of customers", "rows a second"]
    rows = [
        ["tried", f"{found.tried:,.0f}"],
        ["taken in", f"{found.taken_in:,.0f}"],
        ["compared with everybody", f"{found.compared:,.0f}"],
    ]
    more = (
        f"\n{found.rows:,} rows, {found.pairs:,} pairs compared; who with whom was found in {found.gather_seconds:.0f} s of that. "
        f"{found.duplicates:,} possible duplicates.\n"
    )
    return page.table(head, rows) + more


def whole(told: Mapping[str, str], *, command: str, machine: str, load: tuple[float, float]) -> str:
    """Write the page: each part under its heading."""
    busy = "; others were working on the machine" if max(load) > 2 else ""
    head = (
        "# How well the same customers are found, and how fast\n\n"
        f"`{command}` on {machine}; load {load[0]:.1f} before, {load[1]:.1f} after{busy}. README.md says what is measured.\n"
    )
    return head + "".join(f"\n## {title}\n\n{part}" for title, part in told.items())


def plain(found: Any) -> Any:
    """Turn what was found into values for JSON."""
    if hasattr(found, "__dataclass_fields__"):
        return {name: plain(getattr(found, name)) for name in found.__dataclass_fields__}
    if isinstance(found, list | tuple):
        return [plain(one) for one in found]
    return found
