"""Everything that people read is there in German and Dutch: found in templates and Python as `makemessages` would, without xgettext."""

import re
from collections import defaultdict
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).parents[2] / "firstline"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@cache
def used():
    """Every text with its context, and one place where it stands."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.html")) + sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        # What templatize leaves of the markup isn't Python; without indentation it passes as such.
        source = re.sub(r"(?m)^[ \t]+", "", templatize(text)) if path.suffix == ".html" else text
        for line, function, messages, _comments in extract_python(BytesIO(source.encode()), KEYWORDS, [], {}):
            given = messages if isinstance(messages, tuple) else (messages,)
            context, text = given[:2] if function.startswith("p") else ("", given[0])
            if text:
                found.setdefault((context, text), f"{path.relative_to(PACKAGE)}:{line}")
    return found


@cache
def catalogs(language):
    """The translations of each text with its context, by app; fuzzy and empty ones don't count."""
    found = defaultdict(dict)
    for path in sorted(PACKAGE.glob(f"*/locale/{language}/LC_MESSAGES/django.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                text = message.id[0] if isinstance(message.id, tuple) else message.id
                strings = message.string if isinstance(message.string, tuple) else (message.string,)
                if text and not message.fuzzy and all(strings):
                    found[message.context or "", text][path.parents[3].name] = strings
    return found


def test_texts_are_found_at_all():
    assert len(used()) > 500
    assert {("", "Log in"), ("", "Continue before new"), ("period", "From")} <= set(used())


@pytest.mark.parametrize("language", ["de", "nl"])
def test_every_text_is_translated(language):
    missing = [f"{place}  {text!r}" for text, place in used().items() if text not in catalogs(language)]
    assert missing == []


@pytest.mark.parametrize("language", ["de", "nl"])
def test_a_text_is_said_in_one_way(language):
    """Django has one catalog for all apps; of two translations it would take the first it comes upon."""
    assert {text: ways for text, ways in catalogs(language).items() if len(set(ways.values())) > 1} == {}


@pytest.mark.parametrize("language", ["de", "nl"])
def test_a_translation_names_the_same_values(language):
    wrong = [
        (text, string)
        for (_context, text), ways in catalogs(language).items()
        for strings in ways.values()
        for string in strings
        if set(PLACEHOLDER.findall(string)) - set(PLACEHOLDER.findall(text))
        or (len(strings) == 1 and set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(string)))
    ]
    assert wrong == []
