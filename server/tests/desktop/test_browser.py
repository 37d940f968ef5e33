"""The desk in a real browser: by keyboard alone, with nothing lost and nothing that a screen reader would stumble over."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

from firstline import clock
from firstline.cases.models import Case, StepDraft
from firstline.contacts.models import Contact

CHROMIUM = os.environ.get("FIRSTLINE_CHROMIUM") or shutil.which("chromium") or ""
AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
BUILT = Path(__file__).parents[2] / "firstline/ui/static/firstline/.stamp"

# Whether an element lies within its diagram, with nothing over its middle or corners.
WHOLLY_SEEN = """mark => {
  const box = mark.getBoundingClientRect();
  const frame = mark.closest("bpmn-diagram").getBoundingClientRect();
  const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
  const points = [[.1, .1], [.9, .1], [.5, .5], [.1, .9], [.9, .9]];
  return inside && points.every(([x, y]) =>
    mark.contains(document.elementFromPoint(box.left + x * box.width, box.top + y * box.height)));
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM, reason="no Chromium here: install Debian's package `chromium`, or set FIRSTLINE_CHROMIUM"
    ),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not (BUILT.exists() and AXE.exists()), reason="the front end isn't built: python server/hatch_build.py"
    ),
]


@pytest.fixture
def moment() -> datetime:
    """The server answers from its own threads, where no clock is fixed."""
    return clock.now()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright runs a loop in this thread; the database doesn't mind
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield found
        found.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Screen:
    """One agent's browser, and what the server would push to it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.errors: list[str] = []
        self._asked: set[Request] = set()
        page.set_default_timeout(20_000)
        page.on("request", self._ask)
        page.on("requestfinished", self._hear)
        page.on("requestfailed", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._note)
        page.route("**/push/events", self._events)

    def _ask(self, request: Request) -> None:
        self._asked.add(request)

    def _hear(self, request: Request) -> None:
        self._asked.discard(request)

    def answered(self) -> None:
        """Wait for the server: what it still does would stand in the way of whoever empties the tables."""
        until = time.monotonic() + 20
        while any("/push/" not in request.url for request in self._asked) and time.monotonic() < until:
            self.page.wait_for_timeout(10)

    def _note(self, message: ConsoleMessage) -> None:
        # Chromium itself reports answers such as 422, which are meant.
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.errors.append(message.text)

    def _events(self, route: Route) -> None:
        route.fulfill(status=200, content_type="text/event-stream", body="retry: 600000\n\n: connected\n\n")

    def open(self, address: str) -> None:
        self.page.goto(self.base + address)
        self.page.wait_for_selector("html[data-live]", state="attached")

    def hint(self, kind: str, about: object = "") -> None:
        detail = json.dumps({"kind": kind, "id": str(about)})
        self.page.evaluate(
            f"htmx.trigger(document.body, 'hint:{kind}', {detail}); htmx.trigger(document.body, 'hint:{kind}:{about}', {detail})"
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def serious_findings(self) -> list[str]:
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})")
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
        ]


@pytest.fixture
def screen(browser, office, live_server) -> Iterator[Screen]:
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB", reduced_motion="reduce")
    client = office.client(office.agent)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    screen = Screen(context.new_page(), live_server.url)
    yield screen
    screen.answered()
    context.close()
    assert screen.errors == []


@pytest.fixture
def missed(office) -> Case:
    case = office.open_case("complaint")
    office.promise(case, "Call back with the result", due_in=timedelta(days=-2))
    return case


def test_a_call_pops_the_screen_and_one_chord_continues_what_was_promised(office, screen, missed):
    screen.open(reverse("desktop:home"))
    contact = office.call(answered=False)
    screen.hint("call", contact.id)
    screen.page.wait_for_url(f"**{reverse('desktop:desk', args=[contact.id])}")
    expect(screen.page.get_by_text("Missed promise")).to_be_visible()
    screen.press("Control+Enter")
    expect(screen.page.locator(f"#guide-{missed.id}")).to_be_visible()
    assert contact.reasons.get().case == missed


def test_a_change_of_address_is_taken_with_the_keyboard_alone(office, screen):
    contact = office.call()
    page = screen.page
    screen.open(reverse("desktop:desk", args=[contact.id]))
    screen.press("Alt+r")
    page.keyboard.type("address")
    screen.press("Tab", "Enter")
    expect(page.get_by_role("heading", name="Identify the customer")).to_be_visible()
    expect(page.get_by_label("The customer is identified")).to_be_focused()
    screen.press("Space", "Control+Enter")
    expect(page.get_by_role("heading", name="The new address")).to_be_visible()
    expect(page.get_by_label("Street")).to_be_focused()
    for word in ("Lindenstraße", "12 b", "50667", "Köln"):
        page.keyboard.type(word)
        screen.press("Tab")
    screen.press("Tab")
    page.keyboard.type("01122026")
    screen.press("Control+Enter")
    expect(page.get_by_role("heading", name="Supply at the new address")).to_be_visible()
    expect(page.get_by_text("Sollen wir Sie auch in Köln beliefern?")).to_be_visible()
    screen.press("Alt+b")
    expect(page.get_by_label("Street")).to_have_value("Lindenstraße")
    screen.press("Control+Enter")
    expect(page.get_by_role("heading", name="Supply at the new address")).to_be_visible()
    screen.press("Space", "Control+Enter")
    expect(page.get_by_text("Lindenstraße 12 b, 50667 Köln")).to_be_visible()
    screen.press("Control+Enter")
    expect(page.get_by_text("Nothing to do here now")).to_be_visible()
    screen.press("Alt+s")
    page.keyboard.type("Moves on 1 December.")
    screen.press("Control+Enter")
    page.wait_for_url(f"**{reverse('desktop:home')}")
    assert Contact.objects.get(id=contact.id).summary == "Moves on 1 December."


def test_a_refused_answer_is_marked_and_takes_the_focus(office, screen):
    contact = office.call()
    office.client(office.agent).post(reverse("desktop:reason", args=[contact.id]), {"reason": "change-of-address"})
    screen.open(reverse("desktop:desk", args=[contact.id]))
    screen.press("Space", "Control+Enter")
    street = screen.page.get_by_label("Street")
    expect(street).to_be_focused()
    screen.press("Tab", "Control+Enter")
    expect(screen.page.get_by_text("Answer this question.").first).to_be_visible()
    expect(street).to_have_attribute("aria-invalid", "true")
    expect(street).to_be_focused()


def test_what_is_being_typed_is_kept_on_the_server_and_never_taken_by_a_push(office, screen):
    contact = office.call()
    client = office.client(office.agent)
    client.post(reverse("desktop:reason", args=[contact.id]), {"reason": "change-of-address"})
    page = screen.page
    screen.open(reverse("desktop:desk", args=[contact.id]))
    screen.press("Space", "Control+Enter")
    expect(page.get_by_label("Street")).to_be_focused()
    page.keyboard.type("Lindenstr")
    expect(page.get_by_text("kept as draft")).to_be_visible()
    client.post(reverse("desktop:verify", args=[contact.id]))
    screen.hint("contact", contact.id)
    expect(page.get_by_text("verified", exact=True)).to_be_visible()
    expect(page.get_by_text("kept as draft")).to_be_visible()
    expect(page.get_by_label("Street")).to_have_value("Lindenstr")
    expect(page.get_by_label("Street")).to_be_focused()
    with page.expect_response(
        lambda answer: answer.url.endswith("/draft/") and "Lindenstra%C3%9Fe" in answer.request.post_data
    ):
        page.keyboard.type("aße")
    assert StepDraft.objects.get().answers["street"] == "Lindenstraße"
    page.reload()
    expect(page.get_by_label("Street")).to_have_value("Lindenstraße")


def test_a_guide_that_comes_by_itself_takes_nobody_out_of_a_panel(office, screen):
    contact = office.call()
    page = screen.page
    screen.open(reverse("desktop:desk", args=[contact.id]))
    screen.press("Alt+w")
    begun = page.locator("#identity-panel :focus")
    expect(begun).to_have_count(1)
    office.client(office.agent).post(reverse("desktop:reason", args=[contact.id]), {"reason": "change-of-address"})
    screen.hint("contact", contact.id)
    expect(page.locator(".guide-page")).to_be_visible()
    expect(begun).to_have_count(1)


def test_single_letters_do_nothing_while_somebody_types_and_question_mark_lists_the_chords(office, screen):
    contact = office.call()
    page = screen.page
    screen.open(reverse("desktop:desk", args=[contact.id]))
    screen.press("Alt+s")
    page.keyboard.type("why?")
    expect(page.locator("#keys-help")).not_to_be_visible()
    expect(page.locator("#summary")).to_have_value("why?")
    page.locator("h1").first.evaluate("document.activeElement.blur()")
    screen.press("?")
    expect(page.get_by_role("heading", name="Keys on this page")).to_be_visible()
    expect(page.locator("#keys-help").get_by_text("The caller is verified")).to_be_visible()
    screen.press("Escape")
    screen.press("Control+k")
    page.keyboard.type("krüger")
    expect(page.locator("#palette-found").get_by_text("Sabine Krüger").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_at_any_moment(office, screen, missed, scheme):
    page = screen.page
    page.emulate_media(color_scheme=scheme)
    mail = office.mail("Guten Tag, meine Rechnung ist falsch.", subject="Rechnung", email="unknown@example.test")
    call = office.call()
    for address in (
        reverse("desktop:home"),
        reverse("desktop:desk", args=[mail.id]),
        reverse("desktop:desk", args=[call.id]),
    ):
        screen.open(address)
        assert screen.serious_findings() == []
    screen.press("Control+Enter")
    expect(page.locator(f"#guide-{missed.id}")).to_be_visible()
    assert screen.serious_findings() == []
    screen.press("Control+Enter")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert screen.serious_findings() == []


def test_everything_fits_a_small_screen_without_sideways_scrolling(office, screen, missed):
    contact = office.call()
    for width, height in ((1280, 720), (1024, 768), (414, 800)):
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.open(reverse("desktop:desk", args=[contact.id]))
        assert screen.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        expect(screen.page.get_by_role("button", name="Continue Complaint")).to_be_visible()


def test_the_mark_of_the_diagrams_library_stays_fully_visible_and_uncovered(office, screen, missed):
    """bpmn.io's licence asks for it (see NOTICE)."""
    for scheme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=scheme)
        screen.open(reverse("cases:case", args=[missed.id]))
        screen.page.wait_for_selector("bpmn-diagram[data-state=shown]")
        mark = screen.page.locator("bpmn-diagram .bjs-powered-by")
        mark.scroll_into_view_if_needed()
        expect(mark).to_be_visible()
        assert mark.evaluate(WHOLLY_SEEN)
        assert mark.evaluate("mark => getComputedStyle(mark).opacity") == "1"
