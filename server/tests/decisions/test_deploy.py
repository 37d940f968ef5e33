"""Models are deployed as versions that never change; all mistakes come at once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from firstline.decisions import actions, queries
from firstline.decisions.models import DecisionModel, Evaluation, ModelVersion
from firstline.decisions.problems import DecisionProblems
from firstline.errors import Forbidden
from firstline.processes import actions as process_actions

from .samples import BROKEN, priority

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deploy(house: Any, **files: str) -> list[actions.Deployed]:
    named = {f"{name}.dmn": xml for name, xml in files.items()}
    return actions.deploy_files(files=named, principal=house.principal(house.owner), now=NOW)


def test_the_same_content_is_the_same_version_and_other_content_the_next(house: Any) -> None:
    (first,) = deploy(house, p=priority())
    (again,) = deploy(house, p=priority())
    (second,) = deploy(house, p=priority(high="> 500"))
    assert (first.number, first.is_new) == (1, True)
    assert (again.version_id, again.is_new) == (first.version_id, False)
    assert (second.number, second.is_new) == (2, True)
    # Going back to the first content is a version of its own: it becomes the latest.
    (back,) = deploy(house, p=priority())
    assert (back.number, back.is_new) == (3, True)
    version = ModelVersion.objects.get(id=second.version_id)
    assert (version.deployed_by, version.deployed_at) == (house.owner.id, NOW)


def test_all_mistakes_of_all_files_come_at_once_and_nothing_is_kept(house: Any) -> None:
    before = ModelVersion.objects.count()
    with pytest.raises(DecisionProblems) as refused:
        deploy(house, good=priority(), broken=BROKEN, no_xml="<x", twin=priority())
    told = {(one.file, one.element_id) for one in refused.value.problems}
    assert {("broken.dmn", "routes"), ("broken.dmn", "r"), ("no_xml.dmn", "definitions")} <= told
    assert ("twin.dmn", "priorities") in told
    assert ("twin.dmn", "priority") in told
    assert any(one.position is not None for one in refused.value.problems)
    assert ModelVersion.objects.count() == before


def test_a_release_refers_to_the_version_that_has_its_content(house: Any) -> None:
    (first,) = deploy(house, p=priority())
    deploy(house, p=priority(high="> 500"))
    actions.deploy(release_id="r" * 64, files={"p": priority()}, now=NOW)
    assert DecisionModel.objects.get(release_id="r" * 64).version_id == first.version_id
    assert ModelVersion.objects.filter(key="priorities").count() == 2
    actions.deploy(release_id="s" * 64, files={"p": priority(high="> 7")}, now=NOW)
    assert DecisionModel.objects.get(release_id="s" * 64).version.number == 3


def test_shipped_procedures_name_their_decisions(house: Any) -> None:
    version = ModelVersion.objects.get(key="complaint-assessment-model")
    (row,) = queries.versions_of(version.key, language="de")
    (release,) = row.releases
    assert release.is_in_use
    assert (release.sequence, row.is_in_use) == (1, True)


@pytest.mark.parametrize("person", ["agent", "clerk", "lead", "stranger"])
def test_only_owners_and_administrators_deploy(house: Any, person: str) -> None:
    with pytest.raises(Forbidden):
        actions.deploy_files(files={"p": priority()}, principal=house.principal(getattr(house, person)), now=NOW)


def test_what_was_deployed_before_versions_were_kept_gets_them(house: Any) -> None:
    case = house.back_office_case()
    versions = dict(DecisionModel.objects.values_list("file", "version__digest"))
    matched = Evaluation.objects.get(business_id=case.id).matched
    assert matched
    Evaluation.objects.update(version=None, matched=[])
    DecisionModel.objects.update(version=None)
    ModelVersion.objects.all().delete()
    migration = import_module("firstline.decisions.migrations.0003_versions_of_what_was_deployed")
    migration.give_versions(apps, None)
    assert dict(DecisionModel.objects.values_list("file", "version__digest")) == versions
    assert set(ModelVersion.objects.values_list("number", flat=True)) == {1}
    with connection.cursor() as cursor:
        cursor.execute(migration._DECISIONS)
        cursor.execute(migration._RULES)
    made = Evaluation.objects.get(business_id=case.id)
    assert sorted(made.matched) == sorted(matched)
    assert made.version.decision_ids == [made.decision_id]


def test_the_latest_version_is_asked_where_the_process_says_so(house: Any) -> None:
    deploy(house, p=priority())
    actions.deploy(release_id="r" * 64, files={"p": priority()}, now=NOW)
    later = actions.deploy_files(
        files={"p": priority(high="> 10")},
        principal=house.principal(house.owner),
        now=NOW + timedelta(hours=1),
    )
    own = queries.model_with("r" * 64, "priority")
    latest = queries.model_with("r" * 64, "priority", binding="latest")
    assert own.version_id != latest.version_id == later[0].version_id
    with pytest.raises(queries.UnknownDecision):
        queries.model_with("r" * 64, "nothing", binding="latest")


def test_the_version_of_a_tag_is_asked_where_the_process_says_so(house: Any) -> None:
    def tagged(tag: str, high: str) -> str:
        said = f'<extensionElements><tag:versionTag xmlns:tag="urn:modeler" value="{tag}"/></extensionElements>'
        xml = priority(high=high)
        place = xml.index(">", xml.index('<decision id="priority"')) + 1
        return xml[:place] + said + xml[place:]

    made = [
        deploy(house, p=tagged(tag, high))[0].version_id
        for tag, high in (("1", "> 10"), ("2", "> 20"), ("2", "> 30"), ("3", "> 40"))
    ]
    found = queries.model_with("r" * 64, "priority", binding="versionTag", version_tag="2")
    assert found.version_id == made[2]
    with pytest.raises(queries.UnknownDecision, match="with the version tag '9'"):
        queries.model_with("r" * 64, "priority", binding="versionTag", version_tag="9")


# --- which version a process asks ---


def process(binding: str) -> bytes:
    return f"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
      xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:example">
      <process id="triage" isExecutable="true"><startEvent id="start"/>
        <businessRuleTask id="ask"><extensionElements>
          <zeebe:calledDecision decisionId="priority" resultVariable="priority" {binding}/></extensionElements></businessRuleTask>
        <endEvent id="end"/><sequenceFlow id="f1" sourceRef="start" targetRef="ask"/>
        <sequenceFlow id="f2" sourceRef="ask" targetRef="end"/></process></definitions>""".encode()


@pytest.mark.parametrize(
    ("binding", "given"), [("", "low"), ('bindingType="deployment"', "low"), ('bindingType="latest"', "high")]
)
def test_a_process_gets_its_own_version_or_the_latest(house: Any, binding: str, given: str) -> None:
    actions.deploy(release_id="t" * 64, files={"p": priority()}, now=NOW)
    deployment_id = process_actions.deploy(release_id="t" * 64, xml=process(binding))
    assert deployment_id
    actions.deploy_files(
        files={"p.dmn": priority(high="> 10")},
        principal=house.principal(house.owner),
        now=NOW + timedelta(hours=1),
    )
    process_actions.start_instance(
        release_id="t" * 64,
        process_id="triage",
        business_id=None,
        variables={"amount": Decimal(20), "years": Decimal(1)},
    )
    made = Evaluation.objects.get(element_id="ask")
    assert made.value == given
    assert made.version.number == (2 if given == "high" else 1)


def test_a_decision_is_kept_in_the_step_that_asked_for_it_or_not_at_all(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.deploy(release_id="t" * 64, files={"p": priority()}, now=NOW)
    process_actions.deploy(release_id="t" * 64, xml=process(""))

    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError("The step can't be saved.")

    monkeypatch.setattr("firstline.processes.adapters.effects.carry_out", fail)
    with pytest.raises(OSError, match="can't be saved"):
        process_actions.start_instance(
            release_id="t" * 64, process_id="triage", business_id=None, variables={"amount": Decimal(1)}
        )
    assert not Evaluation.objects.exists()
