"""Decisions in a browser: drawn, tried, checked, deployed; the case leads to the rule that decided."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from .conftest import LARGE, SMALL, OpenScreen
from .screens import PATIENCE, Screen
from .test_pages import is_on_top

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own

BROKEN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="broken" name="Broken" namespace="urn:b">
  <decision id="d" name="D"><literalExpression id="e"><text>1 +</text></literalExpression></decision></definitions>"""


@pytest.fixture
def david(open_screen: OpenScreen) -> Screen:
    """The process owner."""
    return open_screen("david")


def drawn(screen: Screen, kind: str) -> Any:
    found = screen.page.locator(f".dmn-canvas[data-view={kind}]")
    expect(found).to_be_visible(timeout=PATIENCE)
    return found


def check(screen: Screen) -> dict[str, list[str]]:
    """Ask axe in both schemes and sizes; whatever is too wide scrolls by itself."""
    found = {}
    for scheme, size in (("light", LARGE), ("dark", SMALL)):
        screen.page.emulate_media(color_scheme=scheme)
        screen.page.set_viewport_size(size)
        if findings := screen.serious_findings():
            found[scheme] = findings
        assert screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen.page.url
    screen.page.emulate_media(color_scheme="light")
    screen.page.set_viewport_size(LARGE)
    return found


def shows_the_mark(screen: Screen) -> None:
    """The mark of bpmn.io is to be seen, whole and on top, at every size."""
    mark = screen.page.locator("dmn-diagram .bjs-powered-by")
    for size in (LARGE, SMALL):
        screen.page.set_viewport_size(size)
        mark.scroll_into_view_if_needed()
        # Whole, but for the fraction of a pixel that a page may be scrolled by.
        expect(mark).to_be_in_viewport(ratio=0.99)
        assert is_on_top(screen)
    screen.page.set_viewport_size(LARGE)


def test_a_model_is_drawn_and_its_parts_are_reached_from_the_diagram(david: Screen) -> None:
    david.open("/decisions/?q=goodwill")
    assert check(david) == {}
    david.page.get_by_role("link", name="Goodwill", exact=True).click()
    drawn(david, "drd")
    for name in ("Goodwill level", "Customer worth", "days_late"):
        david.sees(name, within="dmn-diagram svg")
    assert check(david) == {}
    shows_the_mark(david)
    david.page.locator("dmn-diagram .drill-down-overlay button").first.click()
    david.page.wait_for_url(re.compile(r"view="))
    for name, kind in (("Customer worth", "literalExpression"), ("Goodwill level", "decisionTable")):
        david.page.get_by_role("link", name=name, exact=True).first.click()
        drawn(david, kind)
        shows_the_mark(david)
        assert check(david) == {}
    table = david.page.get_by_role("region", name="The rules of Goodwill level")
    expect(table.get_by_role("row")).to_have_count(5)
    # What can't be drawn is told in words.
    david.page.get_by_role("link", name="Goodwill", exact=True).last.click()
    david.sees("rounded_up(yearly_revenue * Goodwill level.percent / 100)")
    assert check(david) == {}


def test_an_example_of_the_check_is_tried_and_changed_with_the_keyboard_alone(david: Screen) -> None:
    david.open("/decisions/?q=goodwill")
    david.page.get_by_role("link", name="Goodwill", exact=True).click()
    david.page.get_by_role("link", name="Goodwill level", exact=True).first.click()
    david.sees("No rule matches, and there is no default result.")
    david.page.get_by_role("link", name="Try the example").first.press("Enter")
    david.heading("Try: Goodwill level")
    field = david.page.get_by_label("days_late")
    expect(field).not_to_have_value("")
    field.fill("soon")
    david.press("Control+Enter")
    david.sees("Enter a value of this kind: number")
    expect(field).to_have_value("soon")
    david.troubles.clear()  # the answer 422 carries the form
    field.fill("20")
    david.page.get_by_label("times_this_year").fill("0")
    david.page.get_by_label("yearly_revenue").fill("2500")
    david.press("Control+Enter")
    david.sees("team lead", within="#trial .facts")
    drawn(david, "decisionTable")
    marked = david.page.locator("dmn-diagram tr.is-matched")
    expect(marked).to_have_count(1)
    expect(marked).to_contain_text(">= 14")
    assert check(david) == {}
    shows_the_mark(david)
    field.fill("7")
    david.press("Control+Enter")
    expect(marked).to_contain_text('"high"')
    expect(marked).to_have_count(1)


def test_the_case_leads_to_the_rule_that_gave_its_priority(open_screen: OpenScreen) -> None:
    clara = open_screen("clara")
    clara.open("/cases/?reason=complaint&state=closed")
    clara.page.locator("tbody th a, tbody td a").first.click()
    clara.page.locator("details[id^=decision-] summary").first.click()
    clara.page.get_by_role("link", name=re.compile("in its table")).first.click()
    clara.sees(re.compile("why it came out so"))
    drawn(clara, "decisionTable")
    expect(clara.page.locator("dmn-diagram tr.is-matched")).to_have_count(1)
    expect(clara.page.get_by_role("link", name="Try with these values")).to_have_count(0)
    clara.picture("decision-made")
    assert check(clara) == {}
    shows_the_mark(clara)


def test_rules_never_hit_are_seen_and_counts_lead_to_the_decisions(david: Screen) -> None:
    david.open("/decisions/?q=complaint+assessment")
    david.page.get_by_role("link", name="Complaint assessment", exact=True).click()
    drawn(david, "decisionTable")
    david.sees(re.compile("never matched"))
    david.page.locator(".decision-table").scroll_into_view_if_needed()
    david.picture("decision-table")
    count = david.page.locator(".hits a").first
    number = int(count.inner_text())
    count.click()
    david.heading("Decisions made")
    expect(david.page.locator("tbody tr")).to_have_count(min(number, 50))
    assert check(david) == {}
    david.page.locator("tbody th a").first.click()
    david.page.get_by_role("link", name="Try with these values").click()
    david.heading("Try: Complaint assessment")
    david.press("Control+Enter")
    drawn(david, "decisionTable")
    expect(david.page.locator("dmn-diagram tr.is-matched")).to_have_count(1)


def test_a_file_is_deployed_or_refused_with_every_mistake(david: Screen, tmp_path: Path) -> None:
    broken, file = tmp_path / "broken.dmn", tmp_path / "route.dmn"
    broken.write_text(BROKEN)
    # New content, also in a demo where this ran before.
    file.write_text(BROKEN.replace("1 +", f'"{uuid4()}"').replace("Broken", "Made new"))
    david.open("/decisions/")
    david.press("Control+Enter")
    david.heading("Deploy decisions")
    david.page.get_by_label("DMN files").set_input_files(broken)
    david.page.get_by_role("button", name="Check and deploy").click()
    david.sees(re.compile("1 mistake; nothing was deployed"))
    david.troubles.clear()  # the answer 422 is what is looked at
    assert check(david) == {}
    david.page.get_by_label("DMN files").set_input_files(file)
    david.page.get_by_role("button", name="Check and deploy").click()
    david.sees(re.compile("“Made new” is deployed as version"))
    drawn(david, "literalExpression")
