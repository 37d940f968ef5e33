"""The five-minute story of the README, through the screens; and the same over HTTP, as `firstline demo --story` plays it.

The pictures in docs/screenshots are taken on the way.
"""

import re

import pytest
from playwright.sync_api import expect

from firstline import clock

from .conftest import OpenScreen
from .deeds import (
    STREET,
    add_reason,
    answer_change_of_address,
    answer_invoice_question,
    case_on_screen,
    finish,
    log_in,
    newest_letter,
    number_on_page,
    ring,
    switch,
    verify,
)
from .running import Demo
from .screens import PATIENCE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own


def test_the_five_minute_story_through_the_screens(open_screen: OpenScreen) -> None:
    anna = open_screen()
    log_in(anna)
    behind = open_screen("ben")  # at the demo's switches
    switch(behind, "billing", "on")

    ring(anna, "Petra Hoffmann")
    missed_promise_on_top(anna)
    anna.picture("desk")
    anna.page.emulate_media(color_scheme="dark")
    anna.picture("desk-dark")
    anna.page.emulate_media(color_scheme="light")
    anna.press("Control+Enter")
    verify(anna)
    expect(anna.page.get_by_role("navigation", name="Cases of this contact").get_by_role("link")).to_have_count(2)
    anna.sees(re.compile("step 3 of 5"))

    add_reason(anna, "invoice")
    answer_invoice_question(anna)
    add_reason(anna, "address")
    address = case_on_screen(anna)
    number = str(int(clock.now().timestamp()) // 60 % 90 + 1)
    answer_change_of_address(anna, number)
    changes = anna.page.locator(".changes tbody")
    for system in ("Billing", "Customer master", "Orders", "Payments"):
        expect(changes).to_contain_text(system)
    expect(changes).to_contain_text(f"{STREET} {number}")
    changes.locator("tr").last.scroll_into_view_if_needed()
    anna.picture("guide-preview")

    switch(behind, "billing", "off")
    last_known_values_stay(anna)
    anna.press("Control+Enter")
    anna.sees(re.compile("3 von 4"), within="#guide-column")  # said in her language
    finish(anna, "Invoice explained, new address taken.")

    anna.open(f"/cases/{address}/").connected()
    anna.sees(re.compile("3 of 4"))
    anna.picture("case")
    letter = newest_letter(behind, about=number_on_page(anna))
    expect(letter).to_contain_text("Sehr geehrte Frau Hoffmann")
    expect(letter).to_contain_text("3 von 4")
    behind.picture("message")
    link = letter.locator("a[href*='/follow/']").last.get_attribute("href")
    assert link
    petra = open_screen()
    petra.open(link)
    petra.sees(re.compile("3 von 4"))
    petra.picture("customer-page")

    switch(behind, "billing", "on")
    anna.sees(re.compile("4 of 4"))  # the page that stood open shows it; nobody touched it
    petra.open(link)
    petra.sees(re.compile("4 von 4"))

    clara = open_screen("clara")
    clara.open("/numbers/")
    for word in ("Contacts", "Turnaround", "Handling time", "Complaints"):
        clara.heading(word)
    clara.picture("numbers")


def missed_promise_on_top(screen: Screen) -> None:
    first = screen.page.locator("#contact-column button").first
    expect(first).to_contain_text("Continue Complaint")
    expect(first).to_contain_text("Missed promise")
    expect(first).to_be_focused()


def last_known_values_stay(screen: Screen) -> None:
    """A tile of the system that is off says so in a sentence, and keeps what was known."""
    screen.press("Alt+2")
    tile = screen.page.locator(".tile").filter(has=screen.page.get_by_role("heading", name="Invoices"))
    for _time in range(20):  # what was just read is good for some seconds
        expect(tile).not_to_have_attribute("data-state", "loading", timeout=PATIENCE)
        if tile.get_attribute("data-state") == "failed":
            break
        screen.page.wait_for_timeout(1500)
        screen.page.reload()
    expect(tile).to_contain_text("last known")
    expect(tile).to_contain_text("Amount")
    expect(tile.get_by_role("button", name="Try again")).to_be_visible()
    screen.picture("tile-down")
    again = tile.get_by_role("button", name="Try again")
    again.focus()
    screen.press("Enter")
    expect(screen.page.locator("#announcer")).to_contain_text("Billing isn't answering")
    expect(again).to_be_focused()  # the button that was pressed is gone, and a new one stands in its place
    screen.press("Alt+3")
    screen.heading("Read back and write")


def test_the_story_is_told_over_http_and_can_be_told_again(demo: Demo) -> None:
    for _time in range(2):
        told = demo.play_story()
        assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]
        assert "every expected state seen" in told.stdout
