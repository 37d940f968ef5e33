"""What a check of a decision table finds, as data."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a table's author should look at.

    `kind` is one of: `overlap` (the rules match together, and the hit policy doesn't allow it), `gap` (no rule matches,
    and there is no default output), `masked` (the first of `rules` never decides, as the others come before it),
    `never` (the rule matches no value), `not_analysed` (these rules hold tests that only an evaluation can judge, so
    they are left out), `incomplete` (the check stopped at its limits; there may be more).

    `rules` are numbers from 1, `rule_ids` their element ids. `example` maps each input (its label, or its expression
    where labels are alike) to a value as FEEL text; the table was evaluated with it. `certain` tells that each input is
    data of its own, so that the example can happen; of a computed input nobody knows which values it can have.
    `cells` are, for a gap, the input entries of the rule that is missing.
    """

    kind: str
    decision: str
    table: str
    message: str
    rules: tuple[int, ...] = ()
    rule_ids: tuple[str, ...] = ()
    example: Mapping[str, str]
    cells: tuple[str, ...] = ()
    certain: bool = True
