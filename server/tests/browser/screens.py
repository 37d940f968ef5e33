"""A person at a screen: what they press, what they see, and what went wrong meanwhile."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response, expect

from .pictures import small

ROOT = Path(__file__).parents[3]
AXE = ROOT / "server/frontend/node_modules/axe-core/axe.min.js"
PICTURES = ROOT / "docs/screenshots"
STANDARDS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
PATIENCE = 60_000  # milliseconds; pushes and the worker need a moment on a busy machine
# Requests that a page gives up when it is left; nobody misses their answers.
GIVEN_UP = "net::ERR_ABORTED"


@dataclass
class Screen:
    """One person's browser window."""

    page: Page
    base: str
    troubles: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext, base: str) -> "Screen":
        screen = cls(page=context.new_page(), base=base)
        screen.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        screen.page.on("pageerror", lambda error: screen.troubles.append(f"script: {error}"))
        screen.page.on("console", screen._note_console)
        screen.page.on("requestfailed", screen._note_failed)
        screen.page.on("response", screen._note_refused)
        return screen

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console on {self.page.url}: {message.text}")

    def _note_failed(self, request: Request) -> None:
        if request.failure != GIVEN_UP:
            self.troubles.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _note_refused(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.request.method} {response.url}")

    # --- doing -------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> "Screen":
        self.page.goto(path if path.startswith("http") else self.base + path)
        return self

    def connected(self) -> "Screen":
        """Wait until the server can push to this window."""
        self.page.wait_for_selector("html[data-live=on]", state="attached")
        return self

    def press(self, *keys: str) -> None:
        """Press one chord after the other, once the page's scripts listen; after a click on a link, see the new page first."""
        self.page.wait_for_load_state("load")
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def settled(self) -> "Screen":
        """Wait until nothing is being asked any more."""
        expect(self.page.locator(".htmx-request, [aria-busy=true]")).to_have_count(0, timeout=PATIENCE)
        return self

    # --- seeing ------------------------------------------------------------------------------------------------------

    def sees(self, text: str | re.Pattern[str], *, within: str = "body") -> None:
        expect(self.page.locator(within).get_by_text(text).first).to_be_visible(timeout=PATIENCE)

    def heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible(timeout=PATIENCE)

    def words(self) -> str:
        return " ".join(self.page.locator("body").inner_text().split())

    def picture(self, name: str) -> None:
        """Keep a picture for the docs, when it is asked for or isn't there yet."""
        target = PICTURES / f"{name}.png"
        if target.exists() and os.environ.get("FIRSTLINE_SCREENSHOTS") != "1":
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.mouse.move(0, 0)
        taken = self.settled().page.screenshot(animations="disabled", caret="hide")
        workshop = self.page.context.new_page()  # an empty page, without our own pages' strict rules
        target.write_bytes(small(workshop, taken))
        workshop.close()

    def serious_findings(self) -> list[str]:
        """Ask axe what a person with a disability would stumble over here."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(
            f"axe.run(document, {{runOnly: {STANDARDS}, resultTypes: ['violations']}})"
        )
        return [
            f"{one['impact']} {one['id']}: {node['html'][:200]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"][:3]
        ]
