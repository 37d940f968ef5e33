"""Checks of decision tables that need no data: rules that overlap, are missing, or can't be reached."""

from dmn._analysis._check import check_table
from dmn._analysis._finding import Finding
from dmn._model import Model

__all__ = ["Finding", "check_tables"]


def check_tables(model: Model) -> tuple[Finding, ...]:
    """Check every decision table of a model without data.

    Tests that compare an input with constants are analysed exactly, and so is any test of an input with finitely many
    values; rules with other tests are named and left out, so a finding is never a guess. Inputs that are null are
    only looked at where a test speaks of null. The effort is bounded; what was cut short says so.
    Source: Calvanese et al., Semantics and analysis of DMN decision tables (2016).
    """
    computed = frozenset(decision.variable for decision in model.decisions)
    return tuple(finding for table in model.tables for finding in check_table(table, computed))
