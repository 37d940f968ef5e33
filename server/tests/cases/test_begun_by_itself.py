"""A procedure may open a case when an event begins its process."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from firstline import clock
from firstline.cases.models import Case
from firstline.procedures import actions as procedure_actions
from firstline.procedures.problems import ProcedureProblems
from firstline.processes import actions as process_actions
from firstline.processes import queries as process_queries
from firstline.processes.models import Incident, Instance

COMPLAINT = Path(__file__).parents[3] / "procedures" / "complaint"
ARRIVES = """<bpmn:startEvent id="arrived"><bpmn:outgoing>on</bpmn:outgoing>
<bpmn:messageEventDefinition id="arrives" messageRef="complained"/></bpmn:startEvent>
<bpmn:sequenceFlow id="on" sourceRef="arrived" targetRef="receive_complaint"/></bpmn:process>"""
MESSAGE = '<bpmn:message id="complained" name="complained"/></bpmn:definitions>'

Deploy = Callable[..., None]


@pytest.fixture
def deploy(house: Any, tmp_path: Path) -> Deploy:
    """Deploy the complaint with a start event for a message, and with what is to be said about its case."""

    def make(**opens_case: str) -> None:
        folder = tmp_path / "complaint"
        shutil.copytree(COMPLAINT, folder)
        process = folder / "process.bpmn"
        xml = process.read_text().replace("</bpmn:process>", ARRIVES).replace("</bpmn:definitions>", MESSAGE)
        process.write_text(xml)
        head = folder / "procedure.yaml"
        written = yaml.safe_load(head.read_text())
        written["variables"] = [*written.get("variables", []), "customer_number", "complaint_text"]
        if opens_case:
            written["opens_case"] = opens_case
        head.write_text(yaml.safe_dump(written, allow_unicode=True))
        procedure_actions.deploy_folder(path=folder, principal=None, now=clock.now())

    return make


def arrive(**variables: Any) -> None:
    process_actions.publish_message(message_id="m1", name="complained", key="", variables=variables)


def test_a_case_is_opened_for_what_arrives(house: Any, deploy: Deploy) -> None:
    deploy(reason="complaint", brand="stadtwerke", customer="customer_number")
    arrive(customer_number="104711", complaint_text="Billed twice.", case="forged")
    house.run_worker()
    case = Case.objects.get()
    assert (case.reason_key, case.customer, case.language, case.contact_id) == (
        "complaint",
        house.customer,
        "de",
        None,
    )
    (instance,) = process_queries.instances_of(case.id)
    assert (instance.id, instance.release_id) == (case.instance_id, case.release_id)
    variables = process_queries.variables_of_instance(instance.id)
    assert variables["case"] == {"id": str(case.id), "number": case.number}
    assert (variables["complaint_text"], variables["customer"]["name"]) == ("Billed twice.", "Sabine Krüger")
    assert house.step(case).element_id == "receive_complaint"
    assert house.client(house.agent).get(f"/cases/{case.id}/").status_code == 200
    assert house.client(house.agent).get("/cases/").status_code == 200
    process_actions.cancel_instance(instance_id=instance.id, reason="withdrawn")
    assert Case.objects.get().state == Case.State.CLOSED


def test_a_customer_who_is_not_known_is_missing(house: Any, deploy: Deploy) -> None:
    deploy(reason="complaint", brand="stadtwerke", customer="customer_number")
    arrive(customer_number="nobody's")
    house.run_worker()
    assert Case.objects.get().customer is None


def test_an_instance_has_no_case_unless_its_procedure_says_so(house: Any, deploy: Deploy) -> None:
    deploy()
    arrive()
    house.run_worker()
    assert not Case.objects.exists()
    assert Instance.objects.get().business_id is None


def test_a_brand_that_is_not_there_is_an_incident_until_it_is(house: Any, deploy: Deploy) -> None:
    deploy(reason="complaint", brand="tomorrow")
    arrive()
    house.run_worker()
    (incident,) = process_queries.open_incidents()
    assert Incident.objects.get().process_id == "complaint"
    assert "There is no brand 'tomorrow'" in incident.message
    assert (incident.element_id, Case.objects.exists()) == ("arrived", False)
    house.other.key = "tomorrow"
    house.other.save()
    process_actions.retry_incident(incident_id=incident.id)
    house.run_worker()
    assert (Case.objects.get().brand, process_queries.open_incidents()) == (house.other, [])


def test_a_reason_of_another_procedure_is_refused(deploy: Deploy) -> None:
    with pytest.raises(ProcedureProblems, match="'cancellation' is not among the reasons"):
        deploy(reason="cancellation", brand="stadtwerke")
