"""One demo for the whole folder, one Chromium per file, one window per person.

`FIRSTLINE_SCREENSHOTS=1 pytest -m browser server/tests/browser` takes the pictures in docs/screenshots anew.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from firstline.demo.places import PASSWORD

from .running import Demo, run_demo
from .screens import AXE, Screen

CHROMIUM = os.environ.get("FIRSTLINE_CHROMIUM") or shutil.which("chromium") or ""
BUILT = Path(__file__).parents[2] / "firstline/ui/static/firstline/.stamp"
SMALL, LARGE = {"width": 1280, "height": 720}, {"width": 1440, "height": 900}

OpenScreen = Callable[..., Screen]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Start a demo of one's own; it is stopped, and nothing of it may run on, after the last test."""
    if not BUILT.exists():
        pytest.skip("The front end isn't built: python server/hatch_build.py")
    if running := os.environ.get("FIRSTLINE_RUNNING_DEMO"):  # home:port, while writing tests
        home, _colon, port = running.rpartition(":")
        yield Demo(home=Path(home), port=int(port))
        return
    yield from run_demo(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("There is no Chromium here: install Debian's package `chromium`, or set FIRSTLINE_CHROMIUM.")
    if not AXE.exists():
        pytest.skip("axe-core isn't here: python server/hatch_build.py fetches it with the front end's packages.")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield found
        found.close()


@pytest.fixture
def open_screen(browser: Browser, demo: Demo) -> Iterator[OpenScreen]:
    """Give somebody a window: a member of staff, logged in, or with no name somebody from the street.

    At the end no script may have failed, nothing been refused, and the console be empty.
    """
    opened: list[Screen] = []

    def open_screen(name: str = "", *, size: Any = LARGE, **more: Any) -> Screen:
        state = _login(browser, demo, name) if name else None
        context = browser.new_context(
            viewport=size,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
            storage_state=state,
            **more,
        )
        screen = Screen.of(context, demo.base)
        opened.append(screen)
        return screen

    yield open_screen
    for number, screen in enumerate(opened):
        if folder := os.environ.get("FIRSTLINE_LAST_SEEN"):  # how each window looked at the end, while writing tests
            screen.page.screenshot(path=Path(folder) / f"{number}.png")
        screen.page.context.close()
    assert [trouble for screen in opened for trouble in screen.troubles] == []


def _login(browser: Browser, demo: Demo, name: str) -> Any:
    """Log in once per person; their session is theirs in every window."""
    if name not in demo.logins:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(f"{demo.base}/login/")
        page.get_by_label("E-mail address").fill(f"{name}@lindwerk.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)
        demo.logins[name] = context.storage_state()
        context.close()
    return demo.logins[name]
