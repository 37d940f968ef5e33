"""Forms: one validator, typed values, every language."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override

from firstline.procedures import forms
from firstline.procedures.forms import Form
from firstline.procedures.problems import Notebook


def component(type_: str, key: str, **more: Any) -> dict[str, Any]:
    texts = {"label.de": f"{key} de", "label.nl": f"{key} nl"}
    return {"type": type_, "key": key, "label": key, **more, "properties": {**texts, **more.get("properties", {})}}


def form_of(*components: dict[str, Any]) -> Form:
    notes = Notebook(file="form.json")
    form = forms.load(json.dumps({"id": "f", "components": components}), notes)
    assert notes.problems == []
    return form


CHOICES = {
    "values": [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}],
    "properties": {"value.a.de": "A", "value.a.nl": "A", "value.b.de": "Be", "value.b.nl": "B"},
}


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (component("textfield", "x"), "  two   words ", "two words"),
        (component("textarea", "x"), "a\r\nb", "a\nb"),
        (component("number", "x"), "12.5", Decimal("12.5")),
        (component("number", "x"), "1.234,5", Decimal("1234.5")),
        (component("number", "x"), "1,234.5", Decimal("1234.5")),
        (component("number", "x", decimalDigits=2), 7, Decimal("7.00")),
        (component("checkbox", "x"), "on", True),
        (component("checkbox", "x"), None, False),
        (component("radio", "x", **CHOICES), "b", "b"),
        (component("datetime", "x", subtype="date"), "2026-11-21", date(2026, 11, 21)),
        (component("datetime", "x", subtype="date"), date(2026, 11, 21), date(2026, 11, 21)),
        (component("textfield", "x"), "", None),
    ],
)
def test_an_answer_becomes_a_typed_value(field: dict[str, Any], raw: object, value: object) -> None:
    values, errors = forms.validate(form_of(field), {"x": raw})
    assert (values, errors) == ({"x": value}, {})
    assert type(values["x"]) is type(value)


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (component("textfield", "x", validate={"required": True}), " "),
        (component("checkbox", "x", validate={"required": True}), None),
        (component("textfield", "x", validate={"minLength": 3}), "ab"),
        (component("textfield", "x", validate={"maxLength": 3}), "abcd"),
        (component("textfield", "x", validate={"pattern": "[0-9]+"}), "12a"),
        (component("textfield", "x", validate={"pattern": "(a+)+b"}), "a" * 5000),
        (component("textfield", "x", validate={"validationType": "email"}), "nobody"),
        (component("textfield", "x", validate={"validationType": "phone"}), "call me"),
        (component("textfield", "x"), "nul\x00"),
        (component("textarea", "x"), "x" * 30_000),
        (component("textfield", "x"), ["two", "answers"]),
        (component("number", "x"), "1e999999999"),
        (component("number", "x"), "NaN"),
        (component("number", "x", decimalDigits=0), "1.5"),
        (component("number", "x", validate={"min": 5}), "4.99"),
        (component("number", "x", validate={"max": 5}), "5.01"),
        (component("select", "x", **CHOICES), "c"),
        (component("datetime", "x"), "31.12.2026"),
        (component("datetime", "x", disallowPassedDates=True), "2026-11-20"),
    ],
)
def test_a_wrong_answer_is_refused_with_a_sentence(field: dict[str, Any], raw: object) -> None:
    values, errors = forms.validate(form_of(field), {"x": raw}, today=date(2026, 11, 21))
    assert values == {}
    assert errors["x"].endswith(".")


def test_unknown_keys_hidden_fields_and_pages_not_walked_are_dropped() -> None:
    form = form_of(
        component("textfield", "seen"),
        component("textfield", "hidden", validate={"required": True}, conditional={"hide": '=seen = "x"'}),
        component("textfield", "elsewhere", validate={"required": True}),
    )
    assert forms.validate(form, {"seen": "x", "hidden": "h", "is_admin": "1"}, only={"seen", "hidden"}) == (
        {"seen": "x"},
        {},
    )
    assert set(forms.validate(form, {"seen": "y"})[1]) == {"hidden", "elsewhere"}


def test_a_field_is_shown_in_the_readers_language_with_answer_and_error() -> None:
    form = form_of(
        component("select", "x", validate={"required": True}, **CHOICES), component("number", "n", decimalDigits=2)
    )
    select, number = forms.fields(form, language="de", values={"x": "b", "n": "abc"}, errors={"n": "No number."})
    assert (select.label, select.required, [option.label for option in select.options if option.is_chosen]) == (
        "x de",
        True,
        ["Be"],
    )
    assert (number.value, number.error, number.step, number.described_by) == ("abc", "No number.", "0.01", "n-error")


def test_answers_are_read_out_in_words() -> None:
    form = form_of(component("radio", "x", **CHOICES), component("number", "n"), component("textfield", "empty"))
    assert forms.answers_in_words(form, {"x": "b", "n": Decimal("1.5")}, language="de") == (
        ("x de", "Be"),
        ("n de", "1,5"),
    )


def test_every_mistake_in_a_form_is_found() -> None:
    notes = Notebook(file="form.json")
    forms.load(
        json.dumps(
            {
                "components": [
                    {"type": "textfield", "key": "x", "label": "X"},
                    component("textfield", "x"),
                    component("textfield", "Bad Key"),
                    component("iframe", "y"),
                    component("select", "z"),
                    component("number", "n", validate={"min": "few"}),
                    component("textfield", "p", validate={"pattern": "("}),
                    component("textfield", "h", conditional={"hide": "=1 +"}),
                    "nonsense",
                ]
            }
        ),
        notes,
    )
    text = "\n".join(str(problem) for problem in notes.problems)
    for expected in (
        "label.de",
        "used twice",
        "lower-case",
        "iframe",
        "'values'",
        "'min'",
        "regular expression",
        "hide:",
        "nonsense",
    ):
        assert expected in text


@pytest.mark.parametrize("text", ["", "[]", "{}", "not json", "[" * 100_000, '{"components": 5}'])
def test_what_is_no_form_is_said_to_be_none(text: str) -> None:
    notes = Notebook(file="form.json")
    assert forms.load(text, notes).questions == ()
    assert notes.problems


@pytest.mark.parametrize(("language", "least"), [("en", "0.01"), ("de", "0,01"), ("nl", "0,01")])
def test_a_bound_is_written_as_the_language_writes_numbers(language: str, least: str) -> None:
    form = form_of(component("number", "x", validate={"min": 0.01, "max": 100000}))
    with override(language):
        _values, low = forms.validate(form, {"x": "0"})
        _values, high = forms.validate(form, {"x": "100001"})
    assert least in low["x"]
    assert {"en": "100,000", "de": "100.000", "nl": "100.000"}[language] in high["x"]
