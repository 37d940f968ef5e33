"""In which stage a relationship is, and how it came there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from firstline.customers import queries as customer_queries
from firstline.relationship import rules
from firstline.relationship.definition import Definition
from firstline.relationship.models import StageChange
from firstline.relationship.queries.deciding import decided
from firstline.relationship.queries.facts import Standing
from firstline.relationship.queries.indicators import Used, used_facts, written
from firstline.sources.rules.tiles import in_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of stage, in words; `facts` are those that the rule looked at, by name."""

    id: UUID
    stage: str
    label: str
    at: datetime
    is_by_hand: bool
    reason: str
    by: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRow:
    """The line of stages, the history, and what the rule says now."""

    steps: tuple[rules.Step, ...]
    current: str
    label: str
    is_by_hand: bool
    history: tuple[Change, ...]
    by_rule_label: str
    rule: str
    decision: str
    used: tuple[Used, ...]
    problems: tuple[str, ...]


def stage_now(customer_id: UUID) -> StageChange | None:
    """Give the change that holds, of all who are this customer."""
    these = customer_queries.same_as(customer_id)
    return StageChange.objects.filter(customer_id__in=these).order_by("-at", "-id").first()


def stage_changes(customer_id: UUID, *, definition: Definition | None, language: str, limit: int = 50) -> list[Change]:
    """List how the stage changed, the last on top."""
    names = {one.key: in_language(one.label, language) for one in definition.stages} if definition else {}
    these = customer_queries.same_as(customer_id)
    found = StageChange.objects.filter(customer_id__in=these).order_by("-at", "-id")[:limit]
    return [
        Change(
            id=one.id,
            stage=one.stage,
            label=names.get(one.stage, one.stage),
            at=one.at,
            is_by_hand=one.is_by_hand,
            reason=one.reason,
            by=one.by,
            facts=tuple((name, written(value, unit="", language=language)) for name, value in one.facts.items()),
        )
        for one in found
    ]


def by_rule(definition: Definition, standing: Standing) -> rules.Outcome:
    """Ask the rule for the stage; one that isn't among the stages is no answer."""
    if definition.stage_decision:
        found = decided(definition.stage_decision, standing)
    elif definition.stage_rule is not None:
        found = rules.outcome(definition.stage_rule, standing.facts, now=standing.at)
    else:
        return rules.Outcome(value=None, used=(), problems=(_("This brand has no stages."),))
    if found.problems or found.value in {one.key for one in definition.stages}:
        return found
    wrong = _("The rule gives “%(stage)s”, which is none of the stages.") % {"stage": found.value}
    return rules.Outcome(value=None, used=found.used, problems=(wrong,))


def stage_row(customer_id: UUID, *, definition: Definition, standing: Standing, language: str) -> StageRow | None:
    """Describe the stage of a relationship, None for a brand without stages."""
    if not definition.gives_stages:
        return None
    history = stage_changes(customer_id, definition=definition, language=language)
    last, found = history[0] if history else None, by_rule(definition, standing)
    stages = [(one.key, in_language(one.label, language)) for one in definition.stages]
    return StageRow(
        steps=tuple(rules.steps(stages, last.stage if last else "")),
        current=last.stage if last else "",
        label=last.label if last else "",
        is_by_hand=last.is_by_hand if last else False,
        history=tuple(history),
        by_rule_label=dict(stages).get(str(found.value), ""),
        rule=definition.stage_rule.text if definition.stage_rule else "",
        decision=definition.stage_decision,
        used=used_facts(found.used, language),
        problems=found.problems,
    )
