"""By keyboard alone, with the focus always to be seen; and a call that opens in the tab that is looked at."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from firstline import clock

from .conftest import SMALL, OpenScreen
from .deeds import hang_up, verify
from .screens import PATIENCE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own

COUNT_POINTER = "addEventListener('pointerdown', () => sessionStorage.setItem('pointer', 'used'), true)"
FOCUS = """() => {
  const focused = document.activeElement;
  if (!focused || focused === document.body) return null;
  const style = getComputedStyle(focused), box = focused.getBoundingClientRect();
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.y + Math.min(box.height / 2, 12), 0), innerHeight - 1);
  const there = document.elementFromPoint(x, y);
  return {
    element: focused.cloneNode(false).outerHTML.slice(0, 160),
    isMarked: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    isInView: box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth && box.height > 0,
    isCovered: !there || !(focused.contains(there) || there.contains(focused)),
  };
}"""


def test_a_call_is_handled_without_a_mouse(open_screen: OpenScreen) -> None:
    anna = open_screen(size=SMALL)
    anna.page.add_init_script(COUNT_POINTER)
    anna.open("/login/")
    # The page puts the cursor there itself.
    expect(anna.page.get_by_label("E-mail address")).to_be_focused()
    anna.type("anna@lindwerk.example")
    anna.press("Tab")
    anna.type("firstline-demo")
    anna.press("Enter")
    anna.heading("Ready")
    anna.connected().press("Control+k")
    anna.type("demo")
    anna.press("Enter")
    tab_to(anna, "Ring: Mehmet Kaya")
    anna.press("Enter")
    # What rings opens the desk by itself, too, and breaks off the way that Enter began.
    expect(anna.page).to_have_url(re.compile(r"/desk/[0-9a-f-]{36}/"))
    anna.connected()
    verify(anna)
    anna.press("Alt+r")
    anna.type("change of addr")
    anna.press("Tab", "Enter")
    anna.heading("Identify the customer")
    expect(anna.page.locator("[name=caller_verified]")).to_be_checked()
    anna.press("Control+Enter")
    anna.heading("The new address")
    expect(anna.page.get_by_label("Street")).to_be_focused()
    for word in ("Lindenstraße", f"{clock.now().minute + 1} b", "50667", "Köln"):
        anna.type(word)
        focus_is_seen(anna)
        anna.press("Tab")
    anna.press("Tab")  # the country stays
    anna.type((clock.now() + timedelta(days=14)).strftime("%d%m%Y"))
    anna.press("Control+Enter")
    anna.heading("Supply at the new address")
    anna.press("Space", "Control+Enter")
    anna.heading("Read back and write")
    focus_is_seen(anna)
    anna.press("Control+Enter")
    anna.sees(re.compile("4 of 4"), within="#guide-column")
    hang_up(anna)
    anna.press("Alt+s")
    focus_is_seen(anna)
    anna.type("Zieht um.")
    anna.press("Control+Enter")
    anna.page.wait_for_url(re.compile("/desk/$"))
    assert anna.page.evaluate("sessionStorage.getItem('pointer')") is None


PLACES = [
    ("anna", "/desk/"), ("anna", "/contacts/"), ("anna", "/demo/"), ("clara", "/numbers/"), ("clara", "/work/"),
    ("david", "/procedures/"), ("", "/forms/complaint/"), ("", "/login/"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "address"), PLACES, ids=[f"{who or 'anybody'} at {at}" for who, at in PLACES])
def test_tab_goes_through_a_page_and_the_focus_is_always_to_be_seen(
    open_screen: OpenScreen, who: str, address: str
) -> None:
    screen = open_screen(who, size=SMALL)
    screen.open(address).settled()
    visited = []
    for _step in range(30):
        screen.press("Tab")
        found = screen.page.evaluate(FOCUS)
        if found is None:  # past the last one
            break
        visited.append(found)
    assert len(visited) > 1
    assert [one for one in visited if not one["isMarked"] or not one["isInView"] or one["isCovered"]] == []


def test_a_call_opens_in_the_tab_that_is_looked_at(open_screen: OpenScreen) -> None:
    sven = open_screen("sven")
    hidden = Screen.of(sven.page.context, sven.base)
    hidden.page.add_init_script("Object.defineProperty(Document.prototype, 'hidden', { get: () => true })")
    hidden.open("/desk/").connected()
    sven.open("/demo/").connected()
    sven.page.get_by_role("button", name="Ring: Joost van den Berg").click()
    # Two ways lead there, and one breaks off the other.
    expect(sven.page).to_have_url(re.compile(r"/desk/[0-9a-f-]{36}/"))
    expect(sven.page.locator(".bar")).to_contain_text("Joost van den Berg")
    assert hidden.page.url.endswith("/desk/")
    hang_up(sven.connected())


def tab_to(screen: Screen, label: str) -> None:
    """Press Tab until an element with this name has the focus."""
    wanted = screen.page.get_by_role("button", name=label)
    expect(wanted).to_be_visible(timeout=PATIENCE)
    for _step in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        screen.press("Tab")
    expect(wanted).to_be_focused()
    focus_is_seen(screen)


def focus_is_seen(screen: Screen) -> None:
    found: dict[str, Any] | None = screen.page.evaluate(FOCUS)
    assert found
    assert found["isInView"], found
    assert not found["isCovered"], found
    if "page-title" not in found["element"]:  # a heading is read out; nothing can be done with it
        assert found["isMarked"], found
