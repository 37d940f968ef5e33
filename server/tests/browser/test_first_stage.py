"""A question asked on the public form becomes a contact, a case and a task, and staff bring it to its end."""

import re

import pytest
from playwright.sync_api import expect

from .conftest import OpenScreen
from .deeds import go_on, number_on_page
from .screens import PATIENCE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own

QUESTION = "Why does my bill name an estimated reading?"


def test_a_web_form_becomes_a_contact_a_case_a_task_and_a_closed_case(open_screen: OpenScreen) -> None:
    emily = open_screen()
    number, link = ask_on_the_form(emily)

    sven = open_screen("sven")
    sven.open("/work/")
    begin(sven, number)
    assert number_on_page(sven) == number
    go_on(sven, {"caller_verified": True})
    go_on(sven, {})  # what the form asked is answered already
    go_on(sven, {"answered_now": "no"})
    go_on(sven, {})
    sven.sees(re.compile("Now with Contracts"))

    sven.open("/contacts/?q=Emily+estimated+reading")
    expect(sven.page.locator("tbody tr").first).to_contain_text("Emily Clarke")
    sven.page.locator("tbody a").first.click()
    sven.sees(QUESTION)

    ben = open_screen("ben")
    ben.open("/work/")
    ben.picture("work-list")
    begin(ben, number)
    go_on(ben, {})
    go_on(ben, {"result": "correct"})
    go_on(ben, {"result_text": "We read your meter once a year and estimate in between."})
    ben.sees("Nothing is left to do")

    emily.open(link)
    emily.sees(re.compile("Everything was finished"))


def ask_on_the_form(screen: Screen) -> tuple[str, str]:
    """Fill the form in and send it; give the case's number and the link to follow it."""
    screen.open("/forms/?language=en")
    screen.page.get_by_role("link", name="Question about an invoice").click()
    screen.picture("form")
    screen.page.get_by_label("What is it about?").select_option("unclear_item")
    screen.page.get_by_label("Your question").fill(QUESTION)
    screen.page.locator("[name=sender_name]").fill("Emily Clarke")
    screen.page.locator("[name=sender_email]").fill("emily.clarke@example.org")
    screen.page.get_by_role("button", name="Send").click()
    screen.heading("Thank you. We have it.")
    number = screen.page.locator(".figure").inner_text()
    link = screen.page.get_by_role("link", name="See where it stands").get_attribute("href")
    assert link
    return number, link


def begin(screen: Screen, number: str) -> None:
    """Find the step in the work list, however far down, and open it."""
    row = screen.page.locator("tbody tr").filter(has_text=number)
    for _page in range(10):
        further = screen.page.get_by_role("link", name="Less urgent")
        if row.count() or not further.count():
            break
        further.click()
    row.first.get_by_role("button", name=re.compile("^Begin")).click(timeout=PATIENCE)
    screen.page.wait_for_url(re.compile("/cases/"))
