"""Texts with placeholders: filled, never interpreted twice, and written as the language has it."""

from datetime import date
from decimal import Decimal

import pytest

from firstline.procedures.placeholders import TemplateProblem, compile_template, fill, written

CONTEXT = {
    "name": "Ada",
    "amount": Decimal("1234.50"),
    "day": date(2026, 11, 21),
    "answer": None,
    "open": True,
    "items": ["a", "b"],
    "case": {"number": "1007"},
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear {name}", "Dear Ada"),
        ("Case {case.number}, {case.nothing}.", "Case 1007, ?."),
        ("{{name}} is {name}", "{name} is Ada"),
        ("{amount} EUR on {day}", "1,234.50 EUR on November 21, 2026"),
        ("{when open}yes{otherwise}no{end}", "yes"),
        ("{when answer != null}there{end}|", "|"),
        ("{when open}{when amount > 5}a{otherwise}b{end}{otherwise}c{end}", "a"),
        ('{"{" + name + "}"}', "{Ada}"),
        ("{ {a: 1}.a }", "1"),
        ("{items}", "a, b"),
        ("{open}", "yes"),
        ("", ""),
    ],
)
def test_a_text_is_filled(text: str, expected: str) -> None:
    assert fill(compile_template(text), CONTEXT, missing="?") == expected


def test_what_was_filled_in_is_not_read_as_a_placeholder() -> None:
    template = compile_template("You wrote: {text}")
    assert fill(template, {"text": "{name} {when} {{", "name": "secret"}) == "You wrote: {name} {when} {{"


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        (Decimal("1234.50"), "de", "1.234,50"),
        (Decimal("1234.50"), "nl", "1.234,50"),
        (Decimal(3), "en", "3"),
        (date(2026, 3, 2), "de", "2. März 2026"),
        (True, "de", "ja"),
        (False, "nl", "nee"),
        (None, "en", ""),
    ],
)
def test_values_are_written_as_the_language_has_them(value: object, language: str, expected: str) -> None:
    assert written(value, language=language) == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("{name", 1),
        ("{}", 1),
        ("{1 +}", 1),
        ("{end}", 1),
        ("{when open}never closed", 1),
        ("{when 1 +}{2 +}{end} {", 3),
        ("{when a}" * 40, 1),
    ],
)
def test_every_mistake_in_a_text_is_found_with_its_line(text: str, count: int) -> None:
    with pytest.raises(TemplateProblem) as caught:
        compile_template("first line\n" + text)
    assert len(caught.value.messages) >= count
    assert all(message.startswith("line 2: ") for message in caught.value.messages)
