"""Writes of decision models and of the decisions made with them."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

import dmn
from firstline.crashpoints import crash_point
from firstline.decisions import rules
from firstline.decisions.models import DecisionModel, Evaluation
from firstline.decisions.queries import model_with
from firstline.errors import FirstlineError


class DecisionProblems(FirstlineError):
    """A decision model can't be used; the message names every mistake."""

    code = "decision-problems"
    status = 422


@transaction.atomic
def deploy(*, release_id: str, files: Mapping[str, str], now: datetime) -> None:
    """Keep the decision models of a release: file name -> DMN text. A second time changes nothing.

    Raises: DecisionProblems.
    """
    for file, xml in files.items():
        try:
            model = dmn.load(xml.encode())
        except dmn.DmnProblems as error:
            raise DecisionProblems(f"{file}: {error}", file=file) from error
        DecisionModel.objects.get_or_create(
            release_id=release_id,
            file=file,
            defaults={"xml": xml, "decision_ids": [decision.id for decision in model.decisions], "deployed_at": now},
        )


@transaction.atomic
def decide_for_instance(
    *,
    release_id: str,
    decision_id: str,
    context: Mapping[str, object],
    instance_id: UUID,
    business_id: UUID | None,
    element_id: str,
    now: datetime,
) -> object:
    """Make a decision for a business rule task and keep how it came about.

    Raises: UnknownDecision.
    """
    model = model_with(release_id, decision_id)
    result = model.evaluate(decision_id, context, now=now)
    diagnostics = [rules.in_words(diagnostic) for diagnostic in result.diagnostics]
    Evaluation.objects.create(
        business_id=business_id,
        instance_id=instance_id,
        element_id=element_id,
        release_id=release_id,
        decision_id=decision_id,
        inputs=rules.inputs_of(model, decision_id, context),
        value=rules.storable(result.value),
        trace=rules.storable(result.trace),
        diagnostics=diagnostics,
        evaluated_at=now,
    )
    crash_point("decisions.decide.before_commit")
    return result.value
