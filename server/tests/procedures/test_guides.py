"""Guides: pages that branch, walked back and forth; what they show and what they write."""

import json
from decimal import Decimal
from typing import Any

import pytest

from firstline.procedures import forms, guides
from firstline.procedures.guides import Guide
from firstline.procedures.problems import Notebook
from firstline.procedures.reader import read_yaml

GUIDE = """
form: f
pages:
  - id: who
    headline: {en: Who, de: Wer, nl: Wie}
    say: {en: "Hello {name}", de: "Guten Tag {name}", nl: "Dag {name}"}
    ask: [known]
    next:
      - {if: known = true, to: amount}
      - {to: unknown}
  - id: unknown
    headline: {en: Unknown, de: Unbekannt, nl: Onbekend}
    know: {en: "- one\\n- **two**", de: x, nl: x}
    next: [{to: who}]
  - id: amount
    headline: {en: Amount, de: Betrag, nl: Bedrag}
    ask: [amount]
    do:
      - {command: billing.pay, parameters: {amount: amount * 2, who: name}}
      - {if: amount > 100, command: master.flag, parameters: {reason: '"high"'}}
  - id: done
    headline: {en: Done, de: Fertig, nl: Klaar}
    say: {en: "{amount}", de: "{amount}", nl: "{amount}"}
"""


def load(text: str = GUIDE) -> tuple[Guide, list[str]]:
    notes = Notebook(file="guides/x.yaml")
    guide = guides.load(read_yaml(text, notes), name="x")
    properties = {"label.de": "l", "label.nl": "l"}
    form = forms.load(
        json.dumps(
            {
                "components": [
                    {"type": kind, "key": key, "label": key, "properties": properties}
                    for kind, key in (("checkbox", "known"), ("number", "amount"))
                ]
            }
        ),
        Notebook(file="f"),
    )
    return guide.with_form(form), [str(problem) for problem in notes.problems]


def test_answers_decide_the_way_even_as_the_browser_sends_them() -> None:
    guide, problems = load()
    assert problems == []
    assert guides.whole_trail(guide, {"known": "true", "amount": "150,5"}) == ["who", "amount", "done"]
    assert guides.whole_trail(guide, {}) == ["who", "unknown"]


def test_a_walk_goes_on_and_back_and_never_in_circles() -> None:
    guide, _ = load()
    trail = guides.walk_on(guide, ["who"], {"known": None})
    assert trail == ["who", "unknown"]
    assert guides.walk_on(guide, trail, {"known": "on"}) == ["who"]
    assert guides.walk_back(["who", "amount"]) == ["who"]
    assert guides.walk_back(["who"]) == ["who"]
    assert guides.walk_on(guide, ["who", "amount", "done"], {}) == ["who", "amount", "done"]


def test_only_a_whole_walk_completes_a_step() -> None:
    guide, _ = load()
    answers = {"known": "true", "amount": "5"}
    assert guides.leads_to_end(guide, ["who", "amount", "done"], answers)
    assert not guides.leads_to_end(guide, ["who", "amount"], answers)
    assert not guides.leads_to_end(guide, ["who", "unknown"], {})
    assert guides.fields_on_trail(guide, ["who", "amount", "done"]) == ("known", "amount")


def test_progress_counts_the_way_that_the_answers_take() -> None:
    guide, _ = load()
    assert guides.progress(guide, ["who"], {"known": True}) == guides.Progress(step=1, of=3)
    assert guides.progress(guide, ["who", "amount", "done"], {"known": True}) == guides.Progress(step=3, of=3)


def test_a_page_speaks_the_customers_language_and_shows_the_readers() -> None:
    guide, _ = load()
    page = guides.show_page(guide, ["who"], {"name": "Ada"}, language="en", spoken="de")
    assert (page.headline, page.say, page.is_first, page.is_last) == ("Who", "<p>Guten Tag Ada</p>", True, False)
    assert (
        guides.show_page(guide, ["who", "unknown"], {}, language="en").know
        == "<ul><li>one</li><li><strong>two</strong></li></ul>"
    )


def test_what_a_customer_is_called_is_never_markup() -> None:
    guide, _ = load()
    page = guides.show_page(guide, ["who"], {"name": "<script>alert(1)</script>"}, language="en")
    assert page.say == "<p>Hello &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    assert guides.show_page(guide, ["who"], {}, language="en").say == "<p>Hello …</p>"


def test_a_page_says_what_it_will_write_where() -> None:
    guide, _ = load()
    context = {"known": "true", "amount": "150", "name": "Ada"}
    writes = guides.show_page(guide, ["who", "amount"], context, language="en").writes
    assert [(write.source, write.command, dict(write.parameters)) for write in writes] == [
        ("billing", "billing.pay", {"amount": Decimal(300), "who": "Ada"}),
        ("master", "master.flag", {"reason": "high"}),
    ]
    assert [write.command for write in guides.planned_writes(guide.page("amount"), {"amount": Decimal(5)})] == [
        "billing.pay"
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("to: amount", "to: nowhere"), "leads to 'nowhere'"),
        (("known = true", "known ="), "FEEL"),
        (("{name}", "{name"), "never closed"),
        ((", nl: Wie", ""), "'nl' is missing"),
        (("id: unknown", "id: who"), "used twice"),
        (("      - {to: unknown}\n", ""), "must have no 'if'"),
        (("ask: [known]", "asks: [known]"), "'asks' is not known here"),
        (("form: f", "form: [f"), "not YAML"),
    ],
)
def test_mistakes_are_found_with_their_place(change: tuple[str, str], expected: str) -> None:
    _, problems = load(GUIDE.replace(*change))
    assert any(expected in problem for problem in problems), problems


def test_a_text_that_unfolds_without_end_is_refused() -> None:
    bomb: list[str] = ["a0: &a0 [x]"]
    for level in range(1, 9):
        bomb.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    notes = Notebook(file="bomb.yaml")
    read_yaml("\n".join(bomb), notes)
    assert "references" in str(notes.problems[0])


def test_typed_answers_leave_the_rest_of_the_context_alone() -> None:
    guide, _ = load()
    context: dict[str, Any] = {"amount": "5", "case": {"number": "1"}}
    assert forms.typed_answers(guide.form, context) == {"amount": Decimal(5), "case": {"number": "1"}}
