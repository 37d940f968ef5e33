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
    head = ["callers say", "processor ms", "half of them ms", "95 of 100 ms", "99 of 100 ms", "right first"]
    rows = [
        [one.said, *(f"{ms:.1f}" for ms in (one.processor, one.p50, one.p95, one.p99)), f"{one.right_first:.1%}"]
        for one in found
    ]
    return page.table(head, rows)


def taken_in(found: TakenIn) -> str:
    """Write how fast a file was taken in."""
    head = ["a file of customers", "rows a second", "processor ms a row"]
    rows = [
        [what, f"{one.rows_a_second:,.0f}", f"{one.processor:.2f}"]
        for what, one in (
            ("tried", found.tried),
            ("taken in", found.taken_in),
            ("who with whom", found.gathered),
            ("compared", found.compared),
            ("from its first row to the last one compared", found.whole),
        )
    ]
    others = found.duplicates - found.second_found
    more = (
        f"\n{found.rows:,} rows, {found.pairs:,} pairs compared. {found.second:,} of the rows are second records of customers who are there, with mistakes: "
        f"{found.second_found:,} of them were put on the list, and {others:,} pairs who aren't the same, {1000 * others / found.rows:.1f} of 1,000 rows.\n"
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
