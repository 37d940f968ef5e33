"""Releases: deployed all or nothing, immutable, put into use by those who may."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bpmn import compile_model
from firstline.accounts.principals import Principal
from firstline.decisions.models import DecisionModel
from firstline.errors import FirstlineError, Forbidden
from firstline.procedures import actions, forms, guides, importer, queries
from firstline.procedures.models import Activation, Reason, Release
from firstline.procedures.problems import ProcedureProblems
from firstline.procedures.release import UnknownRelease, UnknownText

pytestmark = pytest.mark.django_db

SHIPPED = Path(__file__).resolve().parents[3] / "procedures"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWNER = Principal(kind="staff", id=uuid4(), roles=frozenset({"owner"}))
AGENT = Principal(kind="staff", id=uuid4(), roles=frozenset({"agent"}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / "cancellation", tmp_path / "cancellation"))


def change(folder: Path, path: str, old: str, new: str) -> None:
    file = folder / path
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def deploy(folder: Path) -> Release:
    return actions.deploy_folder(path=folder, principal=OWNER, now=NOW)


def test_the_same_content_is_the_same_release(folder: Path) -> None:
    first = deploy(folder)
    again = deploy(folder)
    assert (first.id, first.sequence) == (again.id, again.sequence) == (first.id, 1)
    assert DecisionModel.objects.get().decision_ids == ["offer-to-stay"]
    change(folder, "procedure.yaml", 'version: "1"', 'version: "2"')
    second = deploy(folder)
    assert (second.sequence, second.version, second.deployed_by) == (2, "2", OWNER.id)
    assert second.id != first.id


def test_every_mistake_is_told_at_once_and_nothing_is_deployed(folder: Path) -> None:
    change(folder, "guides/make_offer.yaml", "ask: [offer_answer, offer_note]", "ask: [offer_anser]")
    change(folder, "guides/make_offer.yaml", 'if: offer_answer = "accepted"', 'if: offer_answr = "accepted"')
    change(folder, "guides/take_cancellation.yaml", "{customer.name}", "{custmer.name}")
    change(folder, "forms/offer.json", '"label.nl": "Het antwoord van de klant",', "")
    change(folder, "process.bpmn", 'value="offer-confirmed"', 'value="offer-confirmd"')
    change(folder, "process.bpmn", 'decisionId="offer-to-stay"', 'decisionId="offer-to-go"')
    change(folder, "process.bpmn", 'candidateGroups="contracts"', 'candidateGroups="lawyers"')
    change(folder, "process.bpmn", 'value="billing.apply_offer"', 'value="apply"')
    change(folder, "process.bpmn", 'dueDate="=now() + duration(&quot;P2D&quot;)"', 'dueDate="=ends_onn"')
    apart = '<zeebe:userTask/><zeebe:properties><zeebe:property name="separateFrom" value="start, take_it"/></zeebe:properties>'
    change(folder, "process.bpmn", "<zeebe:userTask/>", apart)
    change(folder, "diagram.yaml", "Make the offer:", "Make an offer:")
    change(
        folder,
        "procedure.yaml",
        "kept_by" if "kept_by" in (folder / "procedure.yaml").read_text() else "elements: [make_offer]",
        "elements: [make_ofer]",
    )
    (folder / "texts/de/offer-confirmed.md").unlink()
    (folder / "link.md").symlink_to("/etc/hostname")
    with pytest.raises(ProcedureProblems) as caught:
        deploy(folder)
    text = str(caught.value)
    for expected in (
        "guides/make_offer.yaml: ask: forms/offer.json has no field 'offer_anser'",
        "guides/make_offer.yaml: ask: The field 'offer_answer' of forms/offer.json is required",
        "Nothing sets 'offer_answr'",
        "Nothing sets 'custmer'",
        "process.bpmn: make_offer: Nothing sets 'ends_onn'",
        "diagram.yaml: Make the offer: The diagram has this name; translate it here.",
        "diagram.yaml: Make an offer: Neither process.bpmn nor a decision has such a name.",
        "properties 'label.nl'",
        "The text 'offer-confirmd'",
        "No file in decisions/ has the decision 'offer-to-go'",
        "The team 'lawyers'",
        "must name a command of a source",
        "separateFrom names 'take_it', which is no user task",
        "process.bpmn has no element 'make_ofer'",
        "texts/de/offer-confirmed.md: The file is missing",
        "link.md: Links are not followed",
    ):
        assert expected in text
    assert Release.objects.count() == 0


def test_a_procedure_whose_scenarios_fail_is_not_deployed(folder: Path) -> None:
    change(folder, "decisions/offer-to-stay.dmn", '<text>"price-10"</text>', '<text>"price-5"</text>')
    with pytest.raises(ProcedureProblems, match=r"tests/leaves\.yaml: .*The decision at 'choose_offer' gave"):
        deploy(folder)
    assert Release.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("process.bpmn", "<definitions"),
        ("process.bpmn", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
        ("process.bpmn", "not xml"),
        ("decisions/offer-to-stay.dmn", "<x/>"),
        ("procedure.yaml", "- a\n- list"),
        ("procedure.yaml", "key: [unclosed"),
        ("guides/make_offer.yaml", "pages: 5"),
        ("forms/offer.json", "{"),
        ("texts/en/offer-confirmed.md", "no head"),
    ],
)
def test_a_broken_file_is_a_problem_not_a_crash(folder: Path, path: str, content: str) -> None:
    (folder / path).write_text(content)
    with pytest.raises(ProcedureProblems) as caught:
        deploy(folder)
    assert any(problem.file == path for problem in caught.value.problems)


def test_an_activation_decides_what_new_cases_get_and_when(folder: Path) -> None:
    Reason.objects.create(
        key="cancellation", names={"en": "Cancel"}, kind="request", procedure_key="cancellation", position=1
    )
    first = deploy(folder)
    change(folder, "procedure.yaml", 'version: "1"', 'version: "2"')
    second = deploy(folder)

    def chosen(at: datetime) -> str | None:
        found = queries.active_release(reason_key="cancellation", brand="main", at=at, case_id=uuid4())
        return found.id if found else None

    assert chosen(NOW) is None
    assert [row.key for row in queries.gaps("en", now=NOW)] == ["cancellation"]
    actions.activate(release_id=first.id, principal=OWNER, now=NOW)
    actions.activate(release_id=second.id, principal=OWNER, now=NOW, from_at=NOW + timedelta(days=1))
    assert chosen(NOW) == first.id
    assert chosen(NOW + timedelta(days=2)) == second.id
    assert queries.gaps("en", now=NOW) == ()
    (row,) = queries.procedures("de", now=NOW)
    assert (row.name, [release.is_in_use for release in row.releases]) == ("Vertragskündigung", [False, True])


def test_only_owners_and_administrators_activate_and_never_backwards(folder: Path) -> None:
    release = deploy(folder)
    with pytest.raises(Forbidden):
        actions.activate(release_id=release.id, principal=AGENT, now=NOW)
    with pytest.raises(FirstlineError, match="past"):
        actions.activate(release_id=release.id, principal=OWNER, now=NOW, from_at=NOW - timedelta(hours=1))
    with pytest.raises(FirstlineError, match="share"):
        actions.activate(release_id=release.id, principal=OWNER, now=NOW, share=0)
    assert not Activation.objects.exists()


def test_a_release_view_has_everything_that_running_it_needs(folder: Path) -> None:
    view = queries.release_view(deploy(folder).id)
    step = queries.step_view(
        release_id=view.id, element_id="make_offer", form_id="offer", variables={"offer": {"percent": 15}}
    )
    assert step.guide is not None
    assert step.guide.first.id == "offer"
    assert forms.validate(step.form, {"offer_answer": "accepted"})[0]["offer_answer"] == "accepted"
    assert "15 % Nachlass" in guides.show_page(step.guide, ["offer"], step.variables, language="de").say
    assert view.tiles(element_id="make_offer", reason="cancellation") == (
        "billing.contracts",
        "billing.account",
        "master.contact",
    )
    standing = view.standing({"make_offer"}, "nl")
    assert standing is not None
    assert (standing.number, standing.of, standing.name) == (2, 4, "Contract gecontroleerd")
    promise = view.promise({"today": NOW.date()}, "en", now=NOW)
    assert promise is not None
    assert promise.due == NOW.date() + timedelta(days=3)
    message = queries.render_message(
        release_id=view.id,
        key="offer-confirmed",
        language="de",
        context={
            "customer": {"salutation": "Guten Tag Ada Lind,"},
            "offer": {"percent": 15, "months": 12},
            "case": {"number": "42"},
        },
    )
    assert (message.subject, message.greeting) == ("Schön, dass Sie bleiben (Vorgang 42)", "Guten Tag Ada Lind,")
    assert message.text.startswith("Guten Tag Ada Lind,\n\nIhre Entscheidung")
    assert view.text("offer-confirmed", "fr").language == "en"
    with pytest.raises(UnknownText):
        view.text("no-such-text", "de")
    with pytest.raises(UnknownRelease):
        queries.release_view("0" * 64)


def test_steps_and_the_diagram_are_named_in_the_readers_language(folder: Path) -> None:
    view = queries.release_view(deploy(folder).id)
    assert view.element_name("take_cancellation", "de") == "Kündigung aufnehmen"
    assert view.element_name("take_cancellation", "en") == view.element_name("take_cancellation", "fr")
    assert view.element_name("without-a-name", "de") == "without-a-name"
    assert queries.step_name(view.id, "make_offer", "nl", otherwise="?") == "Aanbod doen"
    assert queries.step_name(view.id, "of_a_called_process", "nl", otherwise="As drawn") == "As drawn"
    assert view.diagram("en") == view.bpmn_xml
    dutch = view.diagram("nl")
    assert 'name="Opzegging noteren"' in dutch
    assert 'name="REFUSED"' in dutch
    assert len(compile_model(dutch.encode()).processes["cancellation"].nodes) == len(
        compile_model(view.bpmn_xml.encode()).processes["cancellation"].nodes
    )


def test_elements_inside_a_subprocess_stand_at_its_step() -> None:
    view = queries.release_view(actions.deploy_folder(path=SHIPPED / "change-of-address", principal=None, now=NOW).id)
    standing = view.standing({"write_everywhere", "repair_billing"}, "en")
    assert standing is not None
    assert (standing.number, standing.name) == (2, "Entered in our systems")
    assert view.standing({"somewhere"}, "en") is None


def test_a_tree_is_deployed_all_or_nothing_and_its_first_releases_are_in_use() -> None:
    lines = importer.deploy_tree(SHIPPED)
    assert sum("in use" in line for line in lines) == 5
    assert importer.deploy_tree(SHIPPED) == lines
    assert Release.objects.count() == Activation.objects.count() == 5
    tree = queries.reason_tree("de")
    by_key = {row.key: row for row in tree}
    assert (
        by_key["invoice-question"].path,
        by_key["invoice-question"].is_gap,
        by_key["invoice-question"].has_web_form,
    ) == (("Rechnung und Zahlung",), False, True)
    assert by_key["outage"].is_gap
    assert not by_key["billing"].is_gap
    assert {row.key for row in queries.reason_choices("en")} == {row.key for row in tree if row.is_leaf}
    assert (
        queries.suggested_reasons("Ich bin umgezogen, meine neue Anschrift ...", language="de")[0].reason_key
        == "change-of-address"
    )


def test_a_mistake_in_one_procedure_keeps_all_of_a_tree_out(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(SHIPPED, tmp_path / "tree"))
    (tree / "complaint/forms/review.json").unlink()
    with pytest.raises(ProcedureProblems, match=r"complaint/process.bpmn: review: There is no forms/review.json"):
        importer.deploy_tree(tree)
    assert Release.objects.count() == 0
    with pytest.raises(ProcedureProblems, match=r"no procedure\.yaml"):
        importer.deploy_tree(tmp_path)


def test_reasons_that_are_gone_are_retired_not_deleted(tmp_path: Path) -> None:
    actions.load_reasons(SHIPPED / "reasons.yaml")
    file = tmp_path / "reasons.yaml"
    file.write_text("reasons: [{key: only, names: {en: Only, de: Nur, nl: Alleen}, kind: question}]")
    assert actions.load_reasons(file) == 1
    assert [row.key for row in queries.reason_tree("en")] == ["only"]
    assert queries.reason_names("de")["outage"] == "Stromausfall"
    with pytest.raises(queries.UnknownReason):
        queries.reason("no-such-reason")


def test_a_decision_may_be_deployed_elsewhere_when_the_latest_version_is_meant(folder: Path) -> None:
    task = 'decisionId="offer-to-stay"'
    change(folder, "process.bpmn", task, 'decisionId="an-offer" bindingType="latest"')
    assert any("Incidents were at ['choose_offer']" in failure for failure in refused(folder))
    for test in (folder / "tests").glob("*.yaml"):
        test.write_text(f"{test.read_text()}\ndecided: {{choose_offer: {{key: null}}}}\n")
    assert not any("Incidents" in failure for failure in refused(folder))
    change(folder, "process.bpmn", 'bindingType="latest"', 'bindingType="versionTag"')
    assert any("none is named; say versionTag" in failure for failure in refused(folder))
    change(folder, "process.bpmn", 'bindingType="versionTag"', 'bindingType="newest"')
    assert any("'latest' or 'versionTag', not 'newest'" in failure for failure in refused(folder))


def refused(folder: Path) -> list[str]:
    with pytest.raises(ProcedureProblems) as error:
        deploy(folder)
    return [str(problem) for problem in error.value.problems]
