"""The five-minute story of the README, through the screens; and the same over HTTP, as `firstline demo --story` plays it.

The pictures in docs/screenshots are taken on the way.
"""

import re
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Locator, expect

from firstline import clock
from firstline.demo.places import PASSWORD

from .conftest import OpenScreen
from .running import Demo
from .screens import PATIENCE, Screen

STREET, TOWN, POSTCODE = "Am Wehr", "Köln", "50667"


def test_the_five_minute_story_through_the_screens(open_screen: OpenScreen) -> None:
    anna = open_screen()
    log_in(anna)
    behind = open_screen("ben")  # at the demo's switches
    switch(behind, "billing", "on")

    ring(anna, "Petra Hoffmann")
    missed_promise_on_top(anna)
    anna.picture("desk")
    anna.press("Control+Enter", "Alt+v")
    anna.sees("verified", within=".bar")
    expect(anna.page.get_by_role("navigation", name="Cases of this contact").get_by_role("link")).to_have_count(2)
    anna.sees(re.compile("step 3 of 5"))

    add_reason(anna, "invoice")
    answer_invoice_question(anna)
    add_reason(anna, "address")
    address = case_on_screen(anna)
    number = str(int(clock.now().timestamp()) // 60 % 90 + 1)
    answer_change_of_address(anna, number)
    changes = anna.page.locator(".changes tbody")
    for system in ("Billing", "Customer master", "Orders"):
        expect(changes).to_contain_text(system)
    expect(changes).to_contain_text(f"{STREET} {number}")
    changes.locator("tr").last.scroll_into_view_if_needed()
    anna.picture("guide-preview")

    switch(behind, "billing", "off")
    last_known_values_stay(anna)
    anna.press("Control+Enter")
    anna.sees(re.compile("2 von 3"), within="#guide-column")  # said in her language
    finish(anna, "Invoice explained, new address taken.")

    anna.open(f"/cases/{address}/").connected()
    anna.sees(re.compile("2 of 3"))
    anna.picture("case")
    letter = newest_letter(behind, about=number_on_page(anna))
    expect(letter).to_contain_text("Sehr geehrte Frau Hoffmann")
    expect(letter).to_contain_text("2 von 3")
    behind.picture("message")
    link = letter.locator("a[href*='/follow/']").last.get_attribute("href")
    assert link
    petra = open_screen()
    petra.open(link)
    petra.sees(re.compile("2 von 3"))
    petra.picture("customer-page")

    switch(behind, "billing", "on")
    anna.sees(re.compile("3 of 3"))  # the page that stood open shows it; nobody touched it
    petra.open(link)
    petra.sees(re.compile("3 von 3"))

    clara = open_screen("clara")
    clara.open("/numbers/")
    for word in ("Contacts", "Turnaround", "Handling time", "Complaints"):
        clara.heading(word)
    clara.picture("numbers")


def log_in(screen: Screen) -> None:
    screen.open("/")
    screen.heading("Log in")
    screen.picture("login")
    screen.page.get_by_label("E-mail address").fill("anna@lindwerk.example")
    screen.page.get_by_label("Password").fill(PASSWORD)
    screen.press("Enter")
    screen.heading("Ready")


def switch(screen: Screen, system: str, to: str) -> None:
    """Turn a system on or off; it may be so already."""
    screen.open("/demo/")
    button = screen.page.get_by_role("button", name=f"Switch {to} {system}")
    if button.count():
        button.click()
    other = "off" if to == "on" else "on"
    expect(screen.page.get_by_role("button", name=f"Switch {other} {system}")).to_be_visible()


def ring(screen: Screen, caller: str) -> None:
    """Let the phone ring; the screen pops by itself."""
    screen.open("/demo/").connected()
    screen.page.get_by_role("button", name=f"Ring: {caller}").click()
    screen.page.wait_for_url(re.compile(r"/desk/[0-9a-f-]{36}/"))
    expect(screen.page.get_by_role("banner", name="Who it is").or_(screen.page.locator(".bar"))).to_contain_text(caller)
    screen.connected()


def missed_promise_on_top(screen: Screen) -> None:
    first = screen.page.locator("#contact-column button").first
    expect(first).to_contain_text("Continue Complaint")
    expect(first).to_contain_text("Missed promise")
    expect(first).to_be_focused()


def add_reason(screen: Screen, words: str) -> None:
    before = page_of_guide(screen)
    screen.press("Alt+r")
    screen.type(words)
    screen.press("Tab", "Enter")
    new_page(screen, before)


def answer_invoice_question(screen: Screen) -> None:
    go_on(screen, {"caller_verified": True})
    go_on(
        screen,
        {
            "invoice_number": "R202610-000001",
            "question_kind": "unclear_item",
            "question_text": "Wofür ist der Posten Messung?",
        },
    )
    go_on(screen, {"answered_now": "yes"})
    go_on(screen, {"answer_given": "Das ist die jährliche Gebühr für den Zähler."})


def answer_change_of_address(screen: Screen, number: str) -> None:
    """Answer everything; what is left is the page that shows what will be written where."""
    in_two_weeks = (clock.now() + timedelta(days=14)).date().isoformat()
    go_on(screen, {"caller_verified": True})
    go_on(
        screen,
        {"street": STREET, "house_number": number, "postcode": POSTCODE, "town": TOWN, "valid_from": in_two_weeks},
    )
    go_on(screen, {"supply": "post_only"})


def go_on(screen: Screen, answers: dict[str, str | bool]) -> None:
    """Answer the questions of a page of the guide, and go on with the one chord."""
    before = page_of_guide(screen)
    for name, answer in answers.items():
        fields = screen.page.locator(f".guide-page [name={name}]")
        kind = fields.first.get_attribute("type")
        if kind == "radio":
            screen.page.locator(f".guide-page [name={name}][value={answer}]").check()
        elif kind == "checkbox":
            fields.first.set_checked(bool(answer))
        elif fields.first.evaluate("field => field.tagName") == "SELECT":
            fields.first.select_option(str(answer))
        else:
            fields.first.fill(str(answer))
    screen.press("Control+Enter")
    new_page(screen, before)


def page_of_guide(screen: Screen) -> str:
    guide = screen.page.locator("[data-page]")
    return str(guide.first.get_attribute("data-page")) if guide.count() else ""


def new_page(screen: Screen, before: str) -> None:
    expect(screen.page.locator("[data-page]").first).not_to_have_attribute("data-page", before, timeout=PATIENCE)


def case_on_screen(screen: Screen) -> UUID:
    return UUID(str(screen.page.locator("article.guide").get_attribute("id")).removeprefix("guide-"))


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
    screen.press("Alt+3")
    screen.heading("Read back and write")


def number_on_page(screen: Screen) -> str:
    """Read the case's number on its page."""
    found = re.search(r"\b\d{7}\b", screen.page.locator(".head").inner_text())
    assert found
    return found[0]


def newest_letter(screen: Screen, *, about: str) -> Locator:
    """Look into the customers' mailbox until there is mail about a case; answers of one contact wait for each other."""
    screen.open("/demo/mailbox/")
    letter = screen.page.locator("details").filter(has_text=about).first
    for _time in range(20):
        if letter.count():
            break
        screen.page.wait_for_timeout(500)
        screen.page.reload()
    letter.locator("summary").click()
    return letter


def finish(screen: Screen, summary: str) -> None:
    screen.press("Alt+x")
    screen.sees("after-work")
    screen.press("Alt+s")
    screen.type(summary)
    screen.picture("wrap-up")
    screen.press("Control+Enter")
    screen.page.wait_for_url(re.compile(r"/desk/$"))


def test_the_story_is_told_over_http_and_can_be_told_again(demo: Demo) -> None:
    for _time in range(2):
        told = demo.play_story()
        assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]
        assert "every expected state seen" in told.stdout
