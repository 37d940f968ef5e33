"""The examples in docs/procedures.md are what the reader reads."""

import re
from pathlib import Path

from firstline.procedures import forms, guides, scenarios, texts
from firstline.procedures.problems import Notebook
from firstline.procedures.reader import read_yaml

PAGE = (Path(__file__).resolve().parents[3] / "docs/procedures.md").read_text()


def example(kind: str, beginning: str) -> str:
    blocks = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
    (found,) = [text for language, text in blocks if language == kind and text.lstrip("{ \n").startswith(beginning)]
    return found


def test_the_guide_of_the_docs_can_be_read() -> None:
    notes = Notebook(file="docs")
    guide = guides.load(read_yaml(example("yaml", "form: offer"), notes), name="make_offer")
    assert notes.problems == []
    assert guides.whole_trail(guide, {"offer_answer": "accepted"}) == ["offer", "stays"]
    assert guides.whole_trail(guide, {"offer_answer": "declined"}) == ["offer"]


def test_the_field_of_the_docs_can_be_read() -> None:
    notes = Notebook(file="docs")
    form = forms.load('{"components": [' + example("json", '"type": "radio"') + "]}", notes)
    assert notes.problems == []
    assert forms.validate(form, {"offer_answer": "accepted"}) == ({"offer_answer": "accepted"}, {})


def test_the_message_of_the_docs_can_be_read() -> None:
    notes = Notebook(file="docs")
    message = texts.load(example("", "Subject:"), key="closing", language="de", notes=notes).fill(
        {"case": {"number": "1007"}}
    )
    assert notes.problems == []
    assert (message.subject, message.regards) == (
        "Ihre neue Anschrift (Vorgang 1007)",
        "Mit freundlichen Grüßen\nIhr Kundenservice",
    )


def test_the_scenario_of_the_docs_can_be_read() -> None:
    notes = Notebook(file="docs")
    scenario = scenarios.load(example("yaml", "name: Billing"), name="x", notes=notes)
    assert notes.problems == []
    assert (scenario.jobs, scenario.ended) == ({"write_billing": ("late", "ok")}, "address_changed")
