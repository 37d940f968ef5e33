"""Decisions are made by the release's own tables, and how is kept."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from firstline.decisions import actions, queries
from firstline.decisions.models import DecisionModel, Evaluation

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).resolve().parents[3] / "procedures/cancellation/decisions/offer-to-stay.dmn"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
RELEASE = "r" * 64
FACTS = {
    "leaving_reason": "price",
    "years_as_customer": Decimal(8),
    "customer": {"kind": "person"},
    "secret": "not read",
}


@pytest.fixture
def deployed() -> None:
    actions.deploy(release_id=RELEASE, files={"offer-to-stay": TABLE.read_text()}, now=NOW)


def decide(context: dict[str, object], case_id: object = None) -> object:
    return actions.decide_for_instance(
        release_id=RELEASE,
        decision_id="offer-to-stay",
        context=context,
        instance_id=uuid4(),
        business_id=case_id,
        element_id="choose_offer",
        now=NOW,
    )


@pytest.mark.usefixtures("deployed")
def test_a_decision_is_made_and_its_trace_kept_with_what_it_read() -> None:
    case_id = uuid4()
    assert decide(FACTS, case_id) == {"key": "loyalty-15", "percent": Decimal(15), "months": Decimal(12)}
    (row,) = queries.evaluations_of(case_id)
    assert (row.decision_id, row.element_id, row.evaluated_at) == ("offer-to-stay", "choose_offer", NOW)
    assert row.value["percent"] == Decimal(15)
    assert row.inputs["leaving_reason"] == "price"
    assert "secret" not in row.inputs
    assert row.trace
    assert queries.evaluations_of(uuid4()) == ()


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("facts", "offer"),
    [
        ({"leaving_reason": "moving"}, None),
        ({"leaving_reason": "price", "years_as_customer": Decimal(1)}, "price-10"),
        ({"customer": {"kind": "organisation"}}, None),
        ({}, None),
    ],
)
def test_each_rule_of_the_table_counts(facts: dict[str, object], offer: str | None) -> None:
    value = decide({"leaving_reason": None, "years_as_customer": None, "customer": {"kind": "person"}, **facts})
    assert isinstance(value, dict)
    assert value["key"] == offer


@pytest.mark.usefixtures("deployed")
def test_deploying_twice_changes_nothing_and_unknown_decisions_are_refused() -> None:
    actions.deploy(release_id=RELEASE, files={"offer-to-stay": TABLE.read_text()}, now=NOW)
    assert DecisionModel.objects.count() == 1
    with pytest.raises(queries.UnknownDecision):
        queries.model_with(RELEASE, "no-such-decision")
    with pytest.raises(queries.UnknownDecision):
        queries.model_with("x" * 64, "offer-to-stay")
    assert not Evaluation.objects.exists()


def test_a_broken_model_is_refused_with_its_mistakes() -> None:
    with pytest.raises(actions.DecisionProblems, match="offer"):
        actions.deploy(release_id=RELEASE, files={"offer": "<x/>"}, now=NOW)
    assert not DecisionModel.objects.exists()
