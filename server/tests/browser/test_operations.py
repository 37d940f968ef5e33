"""Operations in a browser: an instance is looked into, held, changed, stopped by a mistake and set going again, with the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import OpenScreen
from .screens import PATIENCE, Screen
from .test_decisions import check

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own


@pytest.fixture
def clara(open_screen: OpenScreen) -> Screen:
    """The team lead."""
    return open_screen("clara")


def drawn(screen: Screen) -> None:
    expect(screen.page.locator("bpmn-diagram[data-state=shown]")).to_be_visible(timeout=PATIENCE)


def complaint(screen: Screen, *, at: str) -> None:
    """Open a running complaint that stands at a step."""
    screen.open("/operations/?q=complaint")
    # The version of which some run; a newer one may be deployed that nobody uses yet.
    some_run = screen.page.get_by_role("link", name=re.compile(r"^\d+$"))
    screen.page.locator("tbody tr", has=some_run).first.locator("th a").click()
    screen.page.locator("tbody tr", has_text=at).first.locator("th a").press("Enter")
    drawn(screen)


def because(screen: Screen, reason: str) -> None:
    """Give the reason, and do it with the keys."""
    screen.page.get_by_label("Why").last.fill(reason)
    screen.press("Control+Enter")


def test_processes_and_the_instances_of_a_version(clara: Screen) -> None:
    clara.open("/operations/")
    clara.sees("Operations")
    assert check(clara) == {}
    clara.picture("operations")
    clara.page.get_by_label("Process", exact=True).fill("complaint")
    clara.press("Enter")
    clara.page.locator("tbody th a").first.click()
    drawn(clara)
    assert check(clara) == {}
    clara.page.get_by_role("link", name=re.compile("completed")).click()
    clara.page.wait_for_url(re.compile("state=completed"))
    assert check(clara) == {}


def test_an_instance_is_held_and_goes_on_with_the_keyboard_alone(clara: Screen) -> None:
    complaint(clara, at="Decide the response")
    here = clara.page.url
    assert check(clara) == {}
    clara.press("Alt+s")
    clara.heading("Suspend the instance")
    because(clara, "The bank looks into it")
    clara.sees("The instance is suspended.")
    clara.sees("Suspended by an operator: The bank looks into it")
    assert check(clara) == {}
    clara.press("Control+Enter")
    clara.heading("Resume the instance")
    assert check(clara) == {}
    because(clara, "All is clear")
    clara.sees("The instance goes on.")
    assert clara.page.url == here


def change(screen: Screen, name: str, value: str, reason: str) -> None:
    """Change a variable after looking at the difference."""
    row = screen.page.locator("tr", has=screen.page.get_by_role("rowheader", name=name, exact=True))
    row.get_by_role("link", name=re.compile("Change")).click()
    screen.page.get_by_label("Value").fill(value)
    screen.press("Control+Enter")
    screen.sees(f"What becomes of “{name}”")
    assert check(screen) == {}
    because(screen, reason)
    screen.sees(f"“{name}” is changed.")


def move(screen: Screen, source: str, target: str, reason: str) -> None:
    screen.page.get_by_role("link", name=f"Move: {source}").click()
    screen.page.get_by_label("To", exact=True).select_option(target)
    assert check(screen) == {}
    because(screen, reason)
    screen.sees("The token is moved.")


def test_a_mistake_is_found_mended_and_tried_again(clara: Screen) -> None:
    complaint(clara, at="Decide the response")
    here = clara.page.url
    change(clara, "call_back_on", '"some day"', "To see what happens")
    move(clara, "Decide the response", "call_back", "The customer waits")
    assert clara.page.url == here
    clara.sees("Can't go on at “Call the customer back”")
    drawn(clara)
    assert check(clara) == {}
    clara.picture("operations-instance")
    clara.open("/operations/incidents/")
    assert check(clara) == {}
    clara.page.get_by_role("link", name="Call the customer back").first.click()
    assert check(clara) == {}
    because(clara, "Does it still stop?")
    failed = clara.page.get_by_role("row", name=re.compile("failed again"))
    expect(failed).to_have_count(1, timeout=PATIENCE)
    clara.sees(re.compile("Done: 1 have their result"))
    assert check(clara) == {}
    failed.get_by_role("link").click()
    change(clara, "call_back_on", 'date("2026-12-01")', "Mended")
    clara.page.get_by_label("Why").fill("The day is right now")
    clara.press("Alt+t")
    clara.sees("It goes on: the step has succeeded.")
    # As others expect to find it.
    move(clara, "Call the customer back", "decide_response", "Back to where it was")
