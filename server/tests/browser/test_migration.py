"""Open cases move to another release in a browser: compared, mapped, tried, moved, taken back; with the keyboard alone."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.migration.versions import DECIDE, another_complaint

from .conftest import OpenScreen
from .running import Demo
from .screens import PATIENCE, Screen
from .test_decisions import check

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own


@pytest.fixture
def newer(demo: Demo, tmp_path: Path) -> str:
    """The complaint in a version that nobody uses yet; gives what it is called in a list."""
    folder = another_complaint(tmp_path, step=DECIDE, name="Decide what we answer", version="newer")
    command = [sys.executable, "-m", "firstline", "procedures", "deploy", str(folder)]
    subprocess.run(command, env=demo.environment(), capture_output=True, text=True, timeout=300, check=True)
    return "(version newer)"


def choose(screen: Screen, label: str, text: str) -> None:
    """Choose the option that has this in its text."""
    field = screen.page.get_by_label(label)
    value = field.locator("option", has_text=text).first.get_attribute("value")
    field.select_option(value)


def tab_to(screen: Screen, name: str) -> None:
    """Go on with the Tab key until what has this name has the focus."""
    wanted = screen.page.get_by_label(name, exact=True)
    for _ in range(200):
        screen.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"The Tab key never came to {name!r}.")


def is_at(screen: Screen, state: str) -> None:
    expect(screen.page.locator("#state-title .badge")).to_have_text(state, timeout=PATIENCE)


def test_open_cases_move_to_a_newer_release_and_back(open_screen: OpenScreen, newer: str) -> None:
    david = open_screen("david")
    david.open("/migrations/")
    assert check(david) == {}
    david.press("Control+Enter")
    david.heading("New migration")
    choose(david, "From release", "Complaint, release 1 ")
    david.press("Control+Enter")
    choose(david, "To release", newer)
    assert check(david) == {}
    david.press("Control+Enter")
    david.heading("Complaint: release 1 to")
    expect(david.page.locator("bpmn-diagram[data-state=shown]")).to_have_count(2, timeout=PATIENCE)
    david.sees("1 element has no place")
    david.press("Control+Enter")
    is_at(david, "tried")
    david.sees(re.compile("Stands at “Decide the response and redress”, which the new version doesn't have"))
    expect(david.page.locator("bpmn-diagram").first.locator(".token[data-state=failed]")).to_be_visible()
    david.picture("migration-tried")
    assert check(david) == {}
    david.page.get_by_role("link", name=re.compile("cases?: Stands at “Decide the response and redress”")).press(
        "Enter"
    )
    david.heading("Stands at “Decide the response and redress”")
    assert check(david) == {}
    david.page.go_back()
    tab_to(david, "What takes the place of Decide the response and redress")
    david.type("Decide what we answer")
    david.press("Alt+m")
    david.sees("Everything has its place.")
    is_at(david, "being drawn up")
    david.press("Control+Enter")
    is_at(david, "tried")
    expect(david.page.get_by_role("button", name=re.compile(r"Move \d+ cases? to release"))).to_be_visible()
    expect(david.page.locator("bpmn-diagram[data-state=shown]")).to_have_count(2, timeout=PATIENCE)
    assert check(david) == {}
    david.page.get_by_label("Why they move", exact=True).press("Home")
    david.type("The law changed.")
    david.press("Control+Enter")
    is_at(david, "moved")
    david.sees("Reason: The law changed.")
    assert check(david) == {}
    david.page.get_by_text("Take it back").press("Enter")
    david.page.get_by_label("Why they move back").press("Home")
    david.type("Too early.")
    david.press("Enter")
    is_at(david, "moved back")
    david.open("/migrations/")
    david.sees("Complaint: release 1 to")
    david.sees("moved back")
