"""What the check of the tables finds stands on the model's page, and its example is tried with one click."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from firstline.decisions import actions, queries
from firstline.decisions.models import ModelVersion

from .samples import NAMESPACES, definitions

pytestmark = pytest.mark.django_db

HOLES = definitions(
    """
    <decision id="fee" name="Fee"><decisionTable id="fees">
      <input label="Amount"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>
      <output name="fee"/>
      <rule><inputEntry><text>[0..100]</text></inputEntry><outputEntry><text>5</text></outputEntry></rule>
      <rule><inputEntry><text>&gt;= 100</text></inputEntry><outputEntry><text>9</text></outputEntry></rule>
    </decisionTable></decision>""",
    key="fees",
    name="Fees",
)
BASE = definitions(
    """
    <businessKnowledgeModel id="twice" name="twice"><encapsulatedLogic>
      <formalParameter name="x" typeRef="number"/><literalExpression><text>x * 2</text></literalExpression>
    </encapsulatedLogic></businessKnowledgeModel>""",
    key="base",
    name="Base",
)
IMPORTER = definitions(
    f"""
    <import name="base" namespace="urn:example:base" importType="{NAMESPACES["1.3"]}"/>
    <inputData id="i" name="amount"><variable name="amount" typeRef="number"/></inputData>
    <decision id="total" name="Total">
      <informationRequirement id="r1"><requiredInput href="#i"/></informationRequirement>
      <knowledgeRequirement id="r2"><requiredKnowledge href="urn:example:base#twice"/></knowledgeRequirement>
      <literalExpression><text>base.twice(amount)</text></literalExpression></decision>""",
    key="importer",
    name="Importer",
)


def deploy(house: Any, **files: str) -> list[ModelVersion]:
    client = house.client(house.owner)
    sent = [SimpleUploadedFile(f"{name}.dmn", xml.encode()) for name, xml in files.items()]
    answer = client.post(reverse("decisions:deploy"), {"files": sent})
    assert answer.status_code == 302, answer.context["problems"]
    return [ModelVersion.objects.filter(key=name).order_by("-number")[0] for name in files]


def page(house: Any, version: ModelVersion, person: str = "owner", **query: str) -> Any:
    return house.client(getattr(house, person)).get(reverse("decisions:model", args=[version.id]), query)


# --- findings ---


def test_findings_stand_on_the_page_with_an_example_each(house: Any) -> None:
    (version,) = deploy(house, fees=HOLES)
    answer = page(house, version)
    kinds = {one.words: one.example for one in answer.context["findings"]}
    assert kinds["Rules 1, 2 match together, which the hit policy doesn't allow."] == (("Amount", "100"),)
    assert kinds["No rule matches, and there is no default result."] == (("Amount", "-1"),)
    assert "Try the example" in answer.content.decode()
    assert "Try the example" not in page(house, version, "agent").content.decode()


def test_an_example_is_tried_with_one_click(house: Any) -> None:
    (version,) = deploy(house, fees=HOLES)
    client = house.client(house.owner)
    where = reverse("decisions:try", args=[version.id])
    findings = queries.findings_of(version.id)
    overlap = next(number for number, one in enumerate(findings) if one.kind == "overlap")
    form = client.get(where, {"decision": "fee", "finding": overlap})
    (field,) = form.context["fields"]
    assert (field.name, field.value) == ("value:amount", "100")
    tried = client.post(where, {"decision": "fee", field.name: field.value})
    assert tried.context["is_null"]
    assert tried.context["troubles"]
    for wrong in ("99", "-1", "x", "9" * 50):
        assert client.get(where, {"decision": "fee", "finding": wrong}).context["fields"][0].value == ""


def test_a_table_without_findings_says_so(house: Any) -> None:
    version = ModelVersion.objects.get(key="invoice-route-model")
    assert "The check found no overlap" in page(house, version).content.decode()


# --- models that import others ---


def test_models_of_one_deployment_find_each_other_whatever_their_order(house: Any) -> None:
    importer, base = deploy(house, importer=IMPORTER, base=BASE)
    assert importer.imports == [base.id]
    client = house.client(house.owner)
    tried = client.post(reverse("decisions:try", args=[importer.id]), {"decision": "total", "value:amount": "21"})
    assert tried.context["result"] == (("", "42"),)


def test_an_import_stays_with_the_version_that_was_there(house: Any) -> None:
    deploy(house, base=BASE)
    (importer,) = deploy(house, importer=IMPORTER)
    (thrice,) = deploy(house, base=BASE.replace("x * 2", "x * 3"))
    assert queries.load_version(importer.id).model.evaluate("total", {"amount": 21}).value == 42
    (again,) = deploy(house, importer=IMPORTER.replace('name="Importer"', 'name="Importer 2"'))
    assert again.imports == [thrice.id]
    assert queries.load_version(again.id).model.evaluate("total", {"amount": 21}).value == 63


def test_an_import_that_is_not_there_is_a_mistake(house: Any, moment: Any) -> None:
    with pytest.raises(actions.DecisionProblems, match="urn:example:base"):
        actions.deploy_files(files={"i.dmn": IMPORTER}, principal=house.principal(house.owner), now=moment)


# --- what can be asked besides decisions ---


def test_a_function_is_tried_with_its_parameters(house: Any) -> None:
    (base,) = deploy(house, base=BASE)
    client = house.client(house.owner)
    where = reverse("decisions:try", args=[base.id])
    assert [field.name for field in client.get(where).context["fields"]] == ["value:x"]
    assert client.post(where, {"value:x": "4"}).context["result"] == (("", "8"),)
    assert "x * 2" in page(house, base).content.decode()


def test_a_service_is_tried_with_its_inputs(house: Any) -> None:
    inside = """
      <inputData id="i" name="amount"><variable name="amount" typeRef="number"/></inputData>
      <decision id="half" name="Half"><variable name="Half" typeRef="number"/>
        <informationRequirement id="r1"><requiredInput href="#i"/></informationRequirement>
        <literalExpression><text>amount / 2</text></literalExpression></decision>
      <decision id="more" name="More"><informationRequirement id="r2"><requiredDecision href="#half"/></informationRequirement>
        <literalExpression><text>Half + 1</text></literalExpression></decision>
      <decisionService id="service" name="Service"><outputDecision href="#more"/><inputDecision href="#half"/></decisionService>"""
    (version,) = deploy(house, serviced=definitions(inside, key="serviced"))
    client = house.client(house.owner)
    where = reverse("decisions:try", args=[version.id])
    form = client.get(where, {"decision": "service"})
    assert [(field.name, str(field.type)) for field in form.context["fields"]] == [("value:Half", "number")]
    assert client.post(where, {"decision": "service", "value:Half": "4"}).context["result"] == (("", "5"),)
