"""What people do at their screens, again and again: log in, take a call, walk through a guide, finish."""

import re
from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Locator, expect

from firstline import clock
from firstline.demo.places import PASSWORD

from .screens import PATIENCE, Screen

STREET, TOWN, POSTCODE = "Am Wehr", "Köln", "50667"


def log_in(screen: Screen) -> None:
    screen.open("/")
    screen.heading("Log in")
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
    screen.page.get_by_role("button", name=re.compile(f": {caller}$")).click()
    # Two ways lead there, and one breaks off the other.
    expect(screen.page).to_have_url(re.compile(r"/desk/[0-9a-f-]{36}/"))
    expect(screen.page.get_by_role("banner", name="Who it is").or_(screen.page.locator(".bar"))).to_contain_text(caller)
    screen.connected()


def add_reason(screen: Screen, words: str) -> None:
    before = page_of_guide(screen)
    screen.press("Alt+r")
    screen.type(words)
    screen.press("Tab", "Enter")
    new_page(screen, before)
    expect(screen.page.locator(".guide-page [name=caller_verified]")).to_be_visible(timeout=PATIENCE)


def verify(screen: Screen) -> None:
    """Note, by keyboard alone, that whoever calls was called back at the number that is known."""
    screen.press("Alt+v")
    expect(screen.page.locator("#verify-said")).to_be_focused(timeout=PATIENCE)
    screen.picture("verification")
    called_back = screen.page.locator("#identity-panel summary", has_text="Called back")
    for _step in range(12):
        if called_back.evaluate("element => element === document.activeElement"):
            break
        screen.press("Tab")
    screen.press("Enter")
    expect(screen.page.locator("#verify-number")).to_be_focused()
    screen.press("Tab", "Enter")
    screen.sees(re.compile("verified: basic"), within=".bar")
    screen.press("Escape")
    expect(screen.page.locator("#verify-title")).to_have_count(0)


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
    expect(screen.page.locator("[name=caller_verified]")).to_be_checked()  # by the house itself
    go_on(screen, {})
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
    """Wait until the guide shows another page, or nothing more to do."""
    expect(screen.page.locator(f'[data-page="{before}"]')).to_have_count(0, timeout=PATIENCE)


def case_on_screen(screen: Screen) -> UUID:
    return UUID(str(screen.page.locator("article.guide").get_attribute("id")).removeprefix("guide-"))


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


def hang_up(screen: Screen) -> None:
    """End the call, which was answered by then; after-work begins."""
    expect(screen.page.locator("[data-action=hang-up]")).to_be_visible(timeout=PATIENCE)
    screen.press("Alt+x")
    expect(screen.page.locator(".after-work")).to_be_visible(timeout=PATIENCE)


def finish(screen: Screen, summary: str) -> None:
    hang_up(screen)
    screen.press("Alt+s")
    screen.type(summary)
    expect(screen.page.locator("#wrap-state")).not_to_have_text("saving …")
    screen.picture("wrap-up")
    screen.press("Control+Enter")
    screen.page.wait_for_url(re.compile(r"/desk/$"))
