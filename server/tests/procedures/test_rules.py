"""Which release a new case gets; how the tree of reasons is read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from firstline.procedures.problems import Notebook
from firstline.procedures.reader import read_yaml
from firstline.procedures.rules import InUse, choose_release, read_reasons

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASE = UUID(int=7)


def used(release: str, *, days: int = 0, share: int = 100, brand: str = "") -> InUse:
    return InUse(id=uuid4(), release_id=release, brand=brand, from_at=NOW + timedelta(days=days), share=share)


def test_the_newest_activation_that_has_begun_decides() -> None:
    activations = [used("first", days=-9), used("second", days=-2), used("later", days=1)]
    assert choose_release(activations, brand="main", at=NOW, case_id=CASE) == "second"
    assert choose_release(activations, brand="main", at=NOW + timedelta(days=2), case_id=CASE) == "later"
    assert choose_release(activations, brand="main", at=NOW - timedelta(days=20), case_id=CASE) is None


def test_a_brands_own_activation_comes_before_that_of_every_brand() -> None:
    activations = [used("own", days=-9, brand="main"), used("all", days=-1)]
    assert choose_release(activations, brand="main", at=NOW, case_id=CASE) == "own"
    assert choose_release(activations, brand="other", at=NOW, case_id=CASE) == "all"


def test_a_share_takes_about_that_part_of_the_cases_and_always_the_same() -> None:
    activations = [used("old", days=-9), used("new", days=-1, share=20)]
    chosen = [choose_release(activations, brand="", at=NOW, case_id=UUID(int=number)) for number in range(2000)]
    again = [choose_release(activations, brand="", at=NOW, case_id=UUID(int=number)) for number in range(2000)]
    assert chosen == again
    assert 320 < chosen.count("new") < 480
    assert chosen.count("new") + chosen.count("old") == 2000


def test_a_share_without_anything_before_it_leaves_the_others_without() -> None:
    chosen = {
        choose_release([used("new", days=-1, share=50)], brand="", at=NOW, case_id=UUID(int=number))
        for number in range(100)
    }
    assert chosen == {"new", None}


REASONS = """
reasons:
  - key: billing
    names: {en: Billing, de: Rechnung, nl: Facturen}
    kind: question
    children:
      - key: invoice
        names: {en: Invoice, de: Rechnung, nl: Factuur}
        procedure: invoice-question
        keywords: {en: [bill]}
"""


def test_the_tree_of_reasons_is_read_in_order_and_kinds_are_inherited() -> None:
    notes = Notebook(file="reasons.yaml")
    first, second = read_reasons(read_yaml(REASONS, notes), notes)
    assert notes.problems == []
    assert (first.key, first.parent_key, first.kind, first.position) == ("billing", "", "question", 1)
    assert (second.key, second.parent_key, second.kind, second.procedure_key) == (
        "invoice",
        "billing",
        "question",
        "invoice-question",
    )


NOTES = """
notes: [{command: crm.note, when: case-closed, parameters: {text: '"Closed: " + case.outcome'}}]
"""
LEAF = "{key: x, names: {en: X, de: X, nl: X}, kind: question"


def noted(leaf: str, top: str = NOTES) -> tuple[list[dict[str, Any]], list[str]]:
    notes = Notebook(file="reasons.yaml")
    (reason,) = read_reasons(read_yaml(f"{top}\nreasons: [{leaf}}}]", notes), notes)
    return reason.notes, [str(problem) for problem in notes.problems]


def test_what_is_noted_in_systems_is_inherited_until_a_reason_says_otherwise() -> None:
    found, problems = noted(LEAF)
    assert problems == []
    assert found == [
        {"command": "crm.note", "when": "case-closed", "parameters": {"text": '"Closed: " + case.outcome'}}
    ]
    assert noted(f"{LEAF}, notes: []") == ([], [])


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("{command: note, when: case-closed}", "source.command"),
        ("{command: crm.note, when: at-night}", "contact-finished"),
        ("{command: crm.note, when: case-closed, parameters: {text: 1 +}}", "FEEL"),
        ("{command: crm.note, when: case-closed, what: 1}", "what"),
    ],
)
def test_mistakes_in_what_is_noted_are_found(note: str, expected: str) -> None:
    _, problems = noted(f"{LEAF}, notes: [{note}]")
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("key: invoice", "key: billing"), "used twice"),
        (("question\n", "riddle\n"), "'riddle'"),
        (("key: invoice", "key: In Voice"), "lower-case"),
        (("reasons:", "reason:"), "no reason"),
    ],
)
def test_mistakes_in_the_tree_are_found(change: tuple[str, str], expected: str) -> None:
    notes = Notebook(file="reasons.yaml")
    read_reasons(read_yaml(REASONS.replace(*change), notes), notes)
    assert any(expected in str(problem) for problem in notes.problems), notes.problems
