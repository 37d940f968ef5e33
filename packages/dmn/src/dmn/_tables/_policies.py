"""Hit policies (DMN 1.5, clause 8.2.8): from the rules that matched to the table's value, one function per policy."""

# A function that notes a reason gives null, which is returned in the same line.
# mypy: disable-error-code="func-returns-value"

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import feel
from dmn._frame import Frame
from dmn._tables._table import Output, Rule, Table, in_words

Hit = tuple[Rule, Sequence[object]]
"""A rule that matched, and the values of its output entries."""

Policy = Callable[[Table, list[Hit], Frame], object]


def combined(table: Table, values: Sequence[object]) -> object:
    """Make the value of one rule: of one output its value, of several a context."""
    if len(table.outputs) == 1:
        return values[0]
    return {output.name: value for output, value in zip(table.outputs, values, strict=True)}


def _all(table: Table, hits: list[Hit]) -> list[object]:
    return [combined(table, values) for _, values in hits]


def _unique(table: Table, hits: list[Hit], frame: Frame) -> object:
    if len(hits) == 1:
        return combined(table, hits[0][1])
    matching = in_words([rule for rule, _ in hits])
    return frame.note("hit_policy", f"{table}: {matching} match; with UNIQUE only one may", table.element_id)


def _first(table: Table, hits: list[Hit], _frame: Frame) -> object:
    return combined(table, hits[0][1])


def _any(table: Table, hits: list[Hit], frame: Frame) -> object:
    first = hits[0][1]
    if all(same(values, first) for _, values in hits[1:]):
        return combined(table, first)
    matching = in_words([rule for rule, _ in hits])
    return frame.note(
        "hit_policy", f"{table}: {matching} match with different outputs; with ANY they must agree", table.element_id
    )


def same(left: Sequence[object], right: Sequence[object]) -> bool:
    """Tell whether two rules give equal outputs."""
    return all(_EQUAL({"left": one, "right": other}) is True for one, other in zip(left, right, strict=True))


_EQUAL = feel.compile_expression("left = right")


def _by_priority(table: Table, hits: list[Hit], frame: Frame) -> list[Hit]:
    return sorted(hits, key=lambda hit: rank_of(table, hit[1], now=frame.now))


def rank_of(table: Table, values: Sequence[object], *, now: dt.datetime | None = None) -> list[int]:
    """Rank a rule's outputs, from left to right, by their places in the lists of output values."""
    return [_rank(output, value, now) for output, value in zip(table.outputs, values, strict=True)]


def _rank(output: Output, value: object, now: dt.datetime | None) -> int:
    for rank, test in enumerate(output.priorities):
        if test.evaluate(value, now=now).value is True:
            return rank
    return len(output.priorities)


def _priority(table: Table, hits: list[Hit], frame: Frame) -> object:
    return combined(table, _by_priority(table, hits, frame)[0][1])


def _output_order(table: Table, hits: list[Hit], frame: Frame) -> object:
    return _all(table, _by_priority(table, hits, frame))


def _rule_order(table: Table, hits: list[Hit], _frame: Frame) -> object:
    return _all(table, hits)


def _collect(table: Table, hits: list[Hit], frame: Frame) -> object:
    if table.aggregation is None:
        return _all(table, hits)
    if table.aggregation == "COUNT":
        return _aggregated(table, [list(values) for _, values in hits], frame)
    # The standard leaves several outputs open: here each is aggregated on its own.
    columns = zip(*(values for _, values in hits), strict=True)
    return combined(table, [_aggregated(table, list(column), frame) for column in columns])


def _aggregated(table: Table, outputs: list[object], frame: Frame) -> object:
    aggregate = AGGREGATIONS[table.aggregation or "COUNT"]
    return frame.value(aggregate.evaluate({"outputs": outputs}), table.element_id)


AGGREGATIONS: Mapping[str, feel.Expression] = {
    name: feel.compile_expression(f"{name.lower()}(outputs)") for name in ("SUM", "MIN", "MAX", "COUNT")
}
POLICIES: Mapping[str, Policy] = {
    "UNIQUE": _unique,
    "FIRST": _first,
    "PRIORITY": _priority,
    "ANY": _any,
    "COLLECT": _collect,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
}
