"""Checks of decision tables that need no data: rules that overlap, are missing, or can't be reached."""

from collections import Counter
from collections.abc import Iterator

from dmn._analysis._check import check_table
from dmn._analysis._finding import Finding
from dmn._analysis._search import Budget
from dmn._model import Model
from dmn._tables import possible_outputs

__all__ = ["Finding", "check_tables"]

MAX_STEPS = 4_000_000
"""Parts of inputs that are looked at in all tables of a model."""

MAX_STEPS_OF_TABLE = 2_000_000


def check_tables(model: Model) -> tuple[Finding, ...]:
    """Check every decision table of a model without data.

    Tests that compare an input with constants are analysed exactly, and so is any test of an input with finitely many
    values; rules with other tests are named and left out, so a finding is never a guess. Inputs that are null are
    only looked at where a test speaks of null. What another decision gives is taken as it is when that's a table of
    fixed outputs. The effort is bounded; what was cut short says so.
    Source: Calvanese et al., Semantics and analysis of DMN decision tables (2016).
    """
    computed = frozenset(decision.variable for decision in model.decisions)
    domains = dict(_domains(model))
    left = MAX_STEPS
    findings: list[Finding] = []
    for table in model.tables:
        budget = Budget(min(left, MAX_STEPS_OF_TABLE))
        left -= budget.steps
        required = {name: values for name, values in domains.items() if name in table.names}
        findings += check_table(table, computed, required, budget)
        left += max(budget.steps, 0)
    return tuple(findings)


def _domains(model: Model) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Give the decisions that are a table with few values: by their names as inputs of other tables."""
    owners = Counter(table.owner for table in model.tables)
    variables = {decision.id: decision.variable for decision in model.decisions}
    for table in model.tables:
        values = possible_outputs(table)
        if values is not None and owners[table.owner] == 1 and table.owner in variables:
            yield variables[table.owner], values
