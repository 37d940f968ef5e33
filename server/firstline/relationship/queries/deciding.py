"""The stage by a decision (DMN) that was deployed, instead of a formula; the version deployed last counts."""

from django.utils.translation import gettext as _

from firstline.decisions import queries as decision_queries
from firstline.relationship.definition import Definition
from firstline.relationship.queries.facts import Standing
from firstline.relationship.rules import Outcome, plain


def decided(decision: str, standing: Standing) -> Outcome:
    """Ask a decision for the stage, with the facts that it reads; one that isn't known gives nothing, and says which."""
    try:
        loaded = decision_queries.model_with("", decision, binding=decision_queries.LATEST)
    except decision_queries.UnknownDecision as error:
        return Outcome(value=None, used=(), problems=(error.message,))
    read = sorted(loaded.reads(decision))
    unknown = [name for name in read if name not in standing.facts]
    if unknown:
        why = _("The decision reads “%(names)s”, which is no fact.") % {"names": ", ".join(unknown)}
        return Outcome(value=None, used=(), problems=(why,))
    used = tuple(standing.facts[name] for name in read)
    missing = tuple(dict.fromkeys(one.missing for one in used if one.missing))
    if missing:
        return Outcome(value=None, used=used, problems=missing)
    found = loaded.model.evaluate(decision, {one.name: plain(one.value) for one in used}, now=standing.at)
    problems = tuple(one.message for one in found.diagnostics) if found.value is None else ()
    return Outcome(value=found.value, used=used, problems=problems)


def expected_of_decision(definition: Definition) -> list[str]:
    """Say what is wrong with the decision that gives the stages: not deployed, or it reads what is no fact."""
    if not definition.stage_decision:
        return []
    try:
        loaded = decision_queries.model_with("", definition.stage_decision, binding=decision_queries.LATEST)
    except decision_queries.UnknownDecision as error:
        return [error.message]
    unknown = sorted(set(loaded.reads(definition.stage_decision)) - definition.names)
    return [f"The decision '{definition.stage_decision}' reads '{name}', which is no fact." for name in unknown]
