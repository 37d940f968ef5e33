"""A brand whose stages are given by a decision that was deployed."""

from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.decisions import actions as decision_actions
from firstline.relationship import actions, queries
from tests.conftest import House

pytestmark = pytest.mark.django_db
RELATIONSHIP = """\
complaints: [complaint]
stages:
  - {key: calm, label: {en: Calm}}
  - {key: at_risk, label: {en: At risk}}
stage: {decision: customer_stage}
"""
MODEL = """\
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="Stages" namespace="https://x.example/stages">
  <inputData id="i" name="FACT"><variable id="iv" name="FACT" typeRef="number"/></inputData>
  <decision id="customer_stage" name="Customer stage"><variable id="dv" name="Customer stage" typeRef="string"/>
    <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement>
    <literalExpression id="t"><text>if FACT > 0 then "at_risk" else "calm"</text></literalExpression></decision>
</definitions>"""


@pytest.fixture(autouse=True)
def decided(settings: Any, tmp_path: Path) -> None:
    settings.FIRSTLINE_CUSTOMERS = tmp_path
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "relationship.yaml").write_text(RELATIONSHIP)


def deploy(house: House, fact: str) -> None:
    model = MODEL.replace("FACT", fact)
    principal = house.principal(house.owner)
    decision_actions.deploy_files(files={"stages.dmn": model}, principal=principal, now=clock.now())


def test_the_stage_is_what_the_decision_says(house: House) -> None:
    deploy(house, "open_complaints")
    assert queries.problems_in_files() == []
    assert actions.follow_rule(customer_id=house.customer.id, brand=house.brand.key, now=clock.now())
    last = queries.stage_now(house.customer.id)
    assert last is not None
    assert (last.stage, last.facts) == ("calm", {"open_complaints": 0})
    house.case("complaint")
    assert [one.stage for one in queries.stage_changes(house.customer.id, definition=None, language="en")] == [
        "at_risk",
        "calm",
    ]
    page = house.client(house.lead).get(f"/relationship/{house.customer.id}/")
    assert "customer_stage" in page.content.decode()


def test_what_is_wrong_with_the_decision_is_said(house: House) -> None:
    (said,) = queries.problems_in_files()
    assert "customer_stage" in said
    deploy(house, "fortune")
    assert queries.problems_in_files() == [
        "default/relationship.yaml: The decision 'customer_stage' reads 'fortune', which is no fact."
    ]
    assert not actions.follow_rule(customer_id=house.customer.id, brand=house.brand.key, now=clock.now())
    assert "fortune" in house.client(house.lead).get("/relationship/").content.decode()
