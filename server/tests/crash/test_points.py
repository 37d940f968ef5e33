"""Each place where the code lets a process die is known here, and has a test that lets it."""

import ast
from datetime import datetime, timedelta
from typing import Any

import pytest

from bpmn.testing import element, end, message_definition, message_reference, model, path, start
from firstline import clock, crashpoints
from firstline.decisions.models import Evaluation
from firstline.ids import new_id
from firstline.processes import actions, executor, queries
from firstline.processes.models import HistoryFact, Message
from tests.conftest import COMPLAINT

from .points import CONNECTORS, ELSEWHERE, ON_THE_WAY, calls


def test_every_point_is_named_by_a_word_that_stands_in_the_code() -> None:
    for file, call in calls():
        (name,) = call.args
        assert isinstance(name, ast.Constant), f"{file}:{call.lineno}"
        assert isinstance(name.value, str), f"{file}:{call.lineno}"


def test_every_point_is_covered_by_a_suite() -> None:
    by_file = [(file, call.args[0].value) for file, call in calls() if isinstance(call.args[0], ast.Constant)]
    named = {name for file, name in by_file if CONNECTORS not in file.parents or name in ON_THE_WAY}
    assert named == ON_THE_WAY | ELSEWHERE, "add the point to points.py, and to a test when it isn't on the way"
    assert not ON_THE_WAY & ELSEWHERE


def test_a_decision_that_dies_is_made_once(house: Any, moment: datetime) -> None:
    case = house.case("complaint")
    # The confirmation is sent within the step, and the decision comes right behind it.
    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("decisions.decide.before_commit"):
        house.complete(case, COMPLAINT, by=house.agent)
    assert not Evaluation.objects.exists()
    with clock.fixed(moment + timedelta(minutes=5)):
        house.complete(case, COMPLAINT, by=house.agent)
    assert Evaluation.objects.filter(business_id=case.id).count() == 1
    assert house.step(case).element_id == "investigate"


@pytest.mark.django_db
def test_a_message_that_dies_is_sent_again_and_arrives_once() -> None:
    xml = model(
        start(),
        element("intermediateCatchEvent", "answer", message_reference("m")),
        end(),
        path("start", "answer", "end"),
        definitions=[message_definition("m", "answer", "=number")],
    )
    actions.deploy(release_id="release", xml=xml)
    instance_id = actions.start_instance(
        release_id="release", process_id="p", business_id=new_id(), variables={"number": "7"}
    )

    def publish() -> None:
        actions.publish_message(message_id="m1", name="answer", key="7", variables={}, time_to_live=timedelta(days=1))

    with pytest.raises(crashpoints.Crash), crashpoints.crash_at("processes.message.before_commit"):
        publish()
    assert not Message.objects.exists()
    publish()
    publish()
    while executor.run_due():
        pass
    instance = queries.instance(instance_id)
    assert instance is not None
    assert instance.outcome == "completed"
    assert HistoryFact.objects.filter(instance_id=instance_id, kind="ElementEntered", element_id="end").count() == 1
