"""German and Dutch: no page that staff see speaks English to them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import expect

from .conftest import OpenScreen
from .deeds import hang_up, ring
from .screens import ROOT, Screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own

PLACES = {
    "anna": ["/desk/", "/work/", "/contacts/", "/cases/", "/procedures/", "/procedures/reasons/", "/demo/"],
    "clara": ["/numbers/", "/work/?view=parked", "/demo/mailbox/"],
}
NAVIGATION = {"de": ["Arbeit", "Kontakte", "Vorgänge"], "nl": ["Contacten", "Zaken", "Procedures"]}
SAVE = {"en": "Save", "de": "Speichern", "nl": "Opslaan"}


@cache
def english_texts(language: str) -> frozenset[str]:
    """Whole sentences and phrases that must not be read in another language."""
    found = set()
    for path in (ROOT / "server/firstline").glob(f"*/locale/{language}/LC_MESSAGES/django.po"):
        with Path(path).open("rb") as file:
            found |= {m.id for m in read_po(file) if isinstance(m.id, str) and m.id.count(" ") > 1 and "%" not in m.id}
    return frozenset(found)


@pytest.mark.parametrize("language", ["de", "nl"])
def test_staff_pages_speak_no_english(open_screen: OpenScreen, language: str) -> None:
    for who, addresses in PLACES.items():
        screen = open_screen(who)
        with speaking(screen, language):
            for address in addresses:
                screen.open(address).settled()
                assert screen.page.locator("html").get_attribute("lang") == language
                words = screen.words()
                assert [text for text in english_texts(language) if text in words] == [], address
                assert not re.search(r"\b(Desk|Work|Cases|Numbers|Waiting|Search|Show)\b", words), address
                if who == "anna":
                    assert [word for word in NAVIGATION[language] if word not in words] == []


def test_a_call_is_taken_in_german(open_screen: OpenScreen) -> None:
    anna = open_screen("anna")
    with speaking(anna, "de"):
        ring(anna, "Petra Hoffmann")
        anna.sees(re.compile("Nicht gehaltene Zusage"))
        anna.settled()
        words = anna.words()
        assert [text for text in english_texts("de") if text in words] == []
        anna.picture("desk-german")
        hang_up(anna)


@contextmanager
def speaking(screen: Screen, language: str) -> Iterator[None]:
    """Choose a language in one's own menu, and English again at the end."""
    choose(screen, language, now="en")
    try:
        yield
    finally:
        choose(screen, "en", now=language)


def choose(screen: Screen, language: str, *, now: str) -> None:
    screen.open("/contacts/")
    screen.page.locator(".rail details.menu summary").click()
    screen.page.locator("#pref-language").select_option(language)
    screen.page.get_by_role("button", name=SAVE[now], exact=True).click()
    expect(screen.page.locator("html")).to_have_attribute("lang", language)
