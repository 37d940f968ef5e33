"""The procedures that are shipped: free of mistakes, and their scenarios pass."""

from datetime import date
from pathlib import Path

import pytest

from firstline.procedures import bundle, definition, forms, guides, rules, scenarios
from firstline.procedures.problems import Notebook
from firstline.procedures.reader import read_yaml
from firstline.procedures.scenarios import Result

FOLDER = Path(__file__).resolve().parents[3] / "procedures"
KEYS = ("cancellation", "change-of-address", "complaint", "invoice-question", "refund")


def test_all_are_there() -> None:
    assert tuple(sorted(file.parent.name for file in FOLDER.glob("*/procedure.yaml"))) == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_a_shipped_procedure_has_no_mistakes(key: str) -> None:
    read, problems = bundle.read_folder(FOLDER / key)
    procedure, mistakes = definition.read(read)
    assert [str(problem) for problem in [*problems, *mistakes]] == []
    assert procedure.key == key


@pytest.mark.parametrize("key", KEYS)
def test_the_scenarios_of_a_shipped_procedure_pass(key: str) -> None:
    read, _ = bundle.read_folder(FOLDER / key)
    results = scenarios.run_all(read, definition.read(read)[0])
    assert len(results) >= 2
    assert {result.name: result.failures for result in results if result.failures} == {}


@pytest.mark.parametrize("key", KEYS)
def test_every_user_task_and_every_end_is_reached_by_a_scenario(key: str) -> None:
    read, _ = bundle.read_folder(FOLDER / key)
    procedure, _ = definition.read(read)
    walked = {element for result in scenarios.run_all(read, procedure) for element in result.path}
    reached = [
        element.id
        for kind in ("sendTask", "businessRuleTask", "endEvent")
        for element in procedure.outline.of_kind(kind)
    ]
    # One of four equal branches stands for the others.
    missing = {element for element in reached if element not in walked} - {
        "billing_take_back",
        "orders_take_back",
        "payments_take_back",
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("key", "element"),
    [
        ("cancellation", "take_cancellation"),
        ("change-of-address", "take_address"),
        ("invoice-question", "clarify_question"),
        ("refund", "take_refund"),
    ],
)
def test_whoever_cant_be_identified_is_told_what_to_do_and_gets_no_further(key: str, element: str) -> None:
    procedure, _ = definition.read(bundle.read_folder(FOLDER / key)[0])
    guide = procedure.guides[element].with_form(procedure.forms[procedure.guides[element].form_id])
    asked = {"caller_verified"}
    for answers in ({}, {"caller_verified": False}):
        # What the desk checks before it walks on: only the fields of the page that is left.
        errors = forms.validate(procedure.forms[guide.form_id], answers, today=date(2026, 3, 2))[1]
        assert not asked & errors.keys()
        trail = guides.walk_on(guide, ["identify"], answers)
        assert trail == ["identify", "not_identified"]
        assert guides.walk_on(guide, trail, answers) == ["identify"]
        assert not guides.is_last(guide, trail, answers)
        assert not guides.leads_to_end(guide, trail, answers)
    assert guides.walk_on(guide, ["identify"], {"caller_verified": True})[-1] != "not_identified"


def test_the_reasons_have_gaps_and_lead_only_to_procedures_that_exist() -> None:
    notes = Notebook(file="reasons.yaml")
    nodes = rules.read_reasons(read_yaml((FOLDER / "reasons.yaml").read_text(), notes), notes)
    assert notes.problems == []
    assert {node.procedure_key for node in nodes} - {""} == set(KEYS)
    assert {node.kind for node in nodes} == set(rules.KINDS)
    assert len(nodes) >= 20


def play(text: str) -> Result:
    read, _ = bundle.read_folder(FOLDER / "cancellation")
    files = {path: content for path, content in read.files.items() if not path.startswith("tests/")}
    changed = bundle.Bundle(files={**files, "tests/x.yaml": text})
    return scenarios.run_all(changed, definition.read(changed)[0])[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps: []\nexpect: {waiting: [make_offer]}", "Open tasks are ['take_cancellation']"),
        ("steps: [{task: make_offer}]\nexpect: {waiting: [take_cancellation]}", "'make_offer' isn't open"),
        (
            "steps: [{task: take_cancellation, answers: {caller_verified: true, ends_on: soon}}]\nexpect: {waiting: [take_cancellation]}",
            "ends_on: Enter a date",
        ),
        (
            "steps: [{task: take_cancellation, answers: {colour: red}}]\nexpect: {waiting: [take_cancellation]}",
            "No page on the way asks 'colour'",
        ),
        (
            "steps: [{task: take_cancellation, answers: {caller_verified: false}}]\nexpect: {waiting: [make_offer]}",
            "The guide has no end with these answers; it went identify > not_identified",
        ),
        ("steps: []\nexpect: {waiting: [take_cancellation], path: [make_offer]}", "not on the path"),
        ("steps: []\nexpect: {waiting: [take_cancellation], messages: [hello]}", "Sent were []"),
        (
            "steps: []\nexpect: {waiting: [take_cancellation], decisions: {choose_offer: {key: x}}}",
            "No decision was made",
        ),
        ("steps: []\nexpect: {waiting: [take_cancellation], ended: customer_stays}", "The case goes on"),
        ("steps: []\nexpect: {}", "Say how it stands at the end"),
        ("steps: [{wait: a while}]\nexpect: {waiting: [x]}", "no duration"),
    ],
)
def test_a_scenario_that_is_not_met_says_why(text: str, expected: str) -> None:
    assert any(expected in failure for failure in play(text).failures)
