"""Reads of decision models and decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import dmn
from firstline.decisions.models import DecisionModel, Evaluation
from firstline.errors import FirstlineError


class UnknownDecision(FirstlineError):
    """The release has no such decision."""

    code = "unknown-decision"
    status = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """A decision made for a case: what went in, what came out, which rules led there."""

    id: UUID
    decision_id: str
    element_id: str
    evaluated_at: datetime
    inputs: Mapping[str, Any]
    value: Any
    trace: Sequence[Any]
    diagnostics: Sequence[str]


def model_with(release_id: str, decision_id: str) -> dmn.Model:
    """Give the loaded model of a release that has the decision.

    Raises: UnknownDecision.
    """
    models = _models(release_id)
    if decision_id not in models:
        # A release without it may have been looked up before it was deployed.
        _models.cache_clear()
        models = _models(release_id)
    if decision_id not in models:
        raise UnknownDecision(
            f"The release has no decision '{decision_id}'; add it to decisions/ and deploy the procedure again."
        )
    return models[decision_id]


@lru_cache(maxsize=64)
def _models(release_id: str) -> dict[str, dmn.Model]:
    """Load the models of a release once per process: they never change."""
    found: dict[str, dmn.Model] = {}
    for one in DecisionModel.objects.filter(release_id=release_id):
        model = dmn.load(one.xml.encode())
        found.update(dict.fromkeys(one.decision_ids, model))
    return found


def evaluations_of(business_id: UUID) -> tuple[EvaluationRow, ...]:
    """List the decisions made for a case, oldest first."""
    found = Evaluation.objects.filter(business_id=business_id).order_by("evaluated_at", "id")
    return tuple(
        EvaluationRow(
            id=one.id,
            decision_id=one.decision_id,
            element_id=one.element_id,
            evaluated_at=one.evaluated_at,
            inputs=one.inputs,
            value=one.value,
            trace=one.trace,
            diagnostics=one.diagnostics,
        )
        for one in found
    )
