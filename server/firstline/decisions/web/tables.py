"""Decision tables as pages show them: rows with how often they matched, and those that matched marked."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from firstline.decisions.outline import Box, Node, Outline, Rule, Table
from firstline.decisions.queries import Hits

_POLICIES: dict[str, Promise] = {
    "U": _("at most one rule matches"),
    "A": _("several rules may match, with the same result"),
    "P": _("of the rules that match, the most important result counts"),
    "F": _("the first rule that matches counts"),
    "C": _("the results of all rules that match are collected"),
    "R": _("the results of all rules that match, in the order of the rules"),
    "O": _("the results of all rules that match, the most important first"),
}
_SUMS: dict[str, Promise] = {
    "SUM": _("the results of all rules that match are added"),
    "MIN": _("the smallest result of the rules that match counts"),
    "MAX": _("the largest result of the rules that match counts"),
    "COUNT": _("it is counted how many rules match"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule with what became of it."""

    rule: Rule
    is_matched: bool
    hits: int = 0
    # Of 100, for the bar.
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A table as a page shows it; `asked` is how many of the last decisions asked it, None when that isn't shown."""

    table: Table
    title: str
    policy: Promise | str
    rows: Sequence[RuleRow]
    asked: int | None = None

    @property
    def has_notes(self) -> bool:
        return any(row.rule.note for row in self.rows)

    @property
    def never(self) -> int:
        """How many rules never matched, when the table was asked at all."""
        return sum(not row.hits for row in self.rows) if self.asked else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxView:
    """A boxed expression as a page shows it."""

    kind: str
    name: str
    text: str
    table: TableView | None
    parts: Sequence["BoxView"]


def box_view(
    node: Node, outline: Outline, *, matched: Collection[str] | None = None, hits: Hits | None = None
) -> BoxView | None:
    """Show what is inside a node."""
    if node.box is None:
        return None
    asked = None if hits is None else _asked(node, outline, hits)
    return _box(node.box, "", node.name, matched or (), hits, asked)


def _box(box: Box, name: str, title: str, matched: Collection[str], hits: Hits | None, asked: int | None) -> BoxView:
    return BoxView(
        kind=box.kind,
        name=name,
        text=box.text,
        table=None if box.table is None else table_view(box.table, title, matched=matched, hits=hits, asked=asked),
        parts=[_box(part, label, title, matched, hits, asked) for label, part in box.parts],
    )


def table_view(
    table: Table, title: str, *, matched: Collection[str] = (), hits: Hits | None = None, asked: int | None = None
) -> TableView:
    """Show a table."""
    by_rule = hits.by_rule if hits else {}
    return TableView(
        table=table,
        title=title,
        policy=_SUMS.get(table.aggregation, _POLICIES.get(table.hit_policy[:1], table.hit_policy)),
        rows=[
            RuleRow(
                rule=rule,
                is_matched=rule.key in matched,
                hits=(count := by_rule.get(rule.key, 0)),
                length=round(100 * count / asked) if asked else 0,
            )
            for rule in table.rules
        ],
        asked=asked,
    )


def outputs_of(node: Node | None) -> Sequence[str]:
    """Name the outputs of a node's table, in their order."""
    table = node.box.table if node and node.box else None
    return [column.text for column in table.outputs] if table else ()


def marks(outline: Outline, matched: Collection[str]) -> str:
    """Name the rules to mark, as the drawing takes them."""
    return json.dumps(
        [rule.drawn_id for table in outline.tables().values() for rule in table.rules if rule.key in matched]
    )


def _asked(node: Node, outline: Outline, hits: Hits) -> int:
    """Count the decisions that asked a node, themselves or through others."""
    return sum(
        count
        for decision_id, count in hits.by_decision.items()
        if any(one.id == node.id for one in outline.required_by(decision_id))
    )
