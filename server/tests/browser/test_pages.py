"""Every page: nothing for axe to say, light and dark, small and large; no failed request; the mark of bpmn.io to be seen."""

import re
from contextlib import closing

import pytest
from playwright.sync_api import expect

from firstline.demo.browser import Person
from tests.crash.house import wait_until

from .conftest import LARGE, SMALL, OpenScreen
from .running import Demo
from .screens import PATIENCE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own

# Who looks, and where; a pattern names a page behind the first link on the page before it.
PAGES = {
    "the login": ("", ["/login/"]),
    "the public forms": ("", ["/forms/"]),
    "a public form": ("", ["/forms/change-of-address/"]),
    "another public form": ("", ["/forms/cancellation/?language=nl"]),
    "a customer's page": ("sven", ["/demo/mailbox/", r"/follow/[^\"]+"]),
    "the question how it was": ("sven", ["/demo/mailbox/", r"/rate/[^\"]+"]),
    "the desk": ("sven", ["/desk/"]),
    "a contact at the desk": ("sven", ["/desk/", r"/desk/[0-9a-f-]{36}/"]),
    "what is found": ("clara", ["/desk/search/?q=anna"]),
    "the work list": ("clara", ["/work/"]),
    "the team's work": ("clara", ["/work/?view=complaints"]),
    "the register": ("ben", ["/contacts/"]),
    "a call": ("clara", ["/contacts/?channel=phone", r"/contacts/[0-9a-f-]{36}/"]),
    "a mail": ("clara", ["/contacts/?channel=email", r"/contacts/[0-9a-f-]{36}/"]),
    "the cases": ("ben", ["/cases/"]),
    "a case": ("ben", ["/work/", r"/cases/[0-9a-f-]{36}/\?step=[0-9a-f-]{36}"]),
    "a closed case": ("ben", ["/cases/?state=closed", r"/cases/[0-9a-f-]{36}/"]),
    "the customers": ("clara", ["/customers/?q=a&given_name=Anna&family_name=Schmidt"]),
    "a customer": ("clara", ["/customers/?q=a", r"/customers/[0-9a-f-]{36}/"]),
    "a customer's timeline": (
        "clara",
        ["/customers/?q=a", r"/customers/[0-9a-f-]{36}/", r"/customers/[0-9a-f-]{36}/timeline/"],
    ),
    "identity and authority": (
        "clara",
        ["/customers/?q=ursula", r"/customers/[0-9a-f-]{36}/", r"/identity/customers/[0-9a-f-]{36}/"],
    ),
    "verify who is speaking": ("sven", ["/desk/", r"/desk/[0-9a-f-]{36}/", r"/desk/[0-9a-f-]{36}/verify/"]),
    "speaks for somebody else": ("sven", ["/desk/", r"/desk/[0-9a-f-]{36}/", r"/desk/[0-9a-f-]{36}/speaks-for/"]),
    "how a customer is related": (
        "clara",
        ["/customers/?q=hoffmann", r"/customers/[0-9a-f-]{36}/", r"/customers/[0-9a-f-]{36}/relations/"],
    ),
    "what a customer wishes": (
        "clara",
        ["/customers/?q=hoffmann", r"/customers/[0-9a-f-]{36}/", r"/customers/[0-9a-f-]{36}/wishes/"],
    ),
    "stages and figures": ("clara", ["/relationship/"]),
    "how content a customer is": (
        "clara",
        ["/customers/?q=hoffmann", r"/customers/[0-9a-f-]{36}/", r"/satisfaction/customers/[0-9a-f-]{36}/"],
    ),
    "how content customers are": ("clara", ["/satisfaction/"]),
    "possible duplicates": ("clara", ["/customers/duplicates/"]),
    "merges": ("clara", ["/customers/merges/"]),
    "imports": ("clara", ["/customers/imports/"]),
    "the procedures": ("david", ["/procedures/"]),
    "the reasons": ("david", ["/procedures/reasons/"]),
    "a procedure": ("david", ["/procedures/", r"/procedures/releases/[^/\"]+/"]),
    "the workers": ("clara", ["/workers/"]),
    "the keys": ("ella", ["/keys/"]),
    "deployed processes": ("clara", ["/operations/"]),
    "an instance": (
        "clara",
        ["/cases/?reason=complaint", r"/cases/[0-9a-f-]{36}/", r"/operations/instances/[0-9a-f-]{36}/"],
    ),
    "the incidents": ("clara", ["/operations/incidents/"]),
    "masked data that was read": ("clara", ["/desk/reveals/"]),
    "the audit trail": ("ella", ["/operations/trail/"]),
    "the systems": ("ella", ["/sources/"]),
    "a system": ("ella", ["/sources/", r"/sources/systems/billing/"]),
    "a new system": ("ella", ["/sources/new/"]),
    "differences": ("clara", ["/sources/differences/"]),
    "waiting changes": ("clara", ["/sources/waiting/"]),
    "the webhooks": ("ella", ["/webhooks/"]),
    "the decisions": ("david", ["/decisions/"]),
    "the numbers": ("clara", ["/numbers/"]),
    "a figure": ("clara", ["/numbers/", r"/numbers/[a-z-]+/[^\"]*"]),
    "unread mail": ("ella", ["/channels/email/quarantine/"]),
    "the demo": ("anna", ["/demo/"]),
    "the mailbox": ("ella", ["/demo/mailbox/"]),
}


@pytest.fixture(scope="module")
def find(demo: Demo):
    """Find a page's address by following the first link that fits."""
    people: dict[str, Person] = {}

    def find(name: str) -> tuple[str, str]:
        who, steps = PAGES[name]
        address = steps[0]
        for pattern in steps[1:]:
            if who not in people:
                people[who] = Person(demo.base).log_in(f"{who}@lindwerk.example")
            link = re.search(rf'href="(?:http://[^/"]+)?({pattern})"', people[who].read(address))
            assert link, f"no {pattern} on {address}"
            address = link[1].replace("&amp;", "&")
        return who, address

    with closing(Person(demo.base).log_in("sven@lindwerk.example")) as sven:
        somebody_is_there(sven)
    yield find
    for person in people.values():
        person.close()


def somebody_is_there(agent: Person) -> None:
    """Let the agent's phone ring, unless a contact is open from what was tried before."""

    def is_there() -> bool:
        return re.search(r"/desk/[0-9a-f-]{36}/", agent.read("/desk/")) is not None

    if not is_there():
        agent.press("/demo/ring/", number="+49 221 5550142")
        wait_until(is_there, seconds=PATIENCE / 1000, what="a contact at the desk")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(find, open_screen: OpenScreen, name: str) -> None:
    who, address = find(name)
    screen = open_screen(who)
    screen.open(address).settled()
    found = {}
    # Contrast depends on the scheme alone and room on the size alone, so two looks see all four.
    for scheme, size in (("light", LARGE), ("dark", SMALL)):
        screen.page.emulate_media(color_scheme=scheme)
        screen.page.set_viewport_size(size)
        findings = screen.serious_findings()
        if findings:
            found[f"{scheme}, {size['width']} wide"] = findings
        fits = screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert fits, f"{address} scrolls sideways at {size['width']}"
    assert found == {}


def test_a_page_that_is_not_there_says_so_accessibly(open_screen: OpenScreen) -> None:
    for who, address in (("anna", "/cases/nothing-here/"), ("", "/follow/not-a-link/")):
        screen = open_screen(who)
        screen.open(address)
        assert screen.serious_findings() == []
        assert screen.page.locator("[data-error]").inner_text()
        screen.troubles.clear()  # that it answers 404 is what is looked at


@pytest.mark.parametrize("name", ["a case", "a procedure"])
def test_the_mark_of_bpmn_io_is_to_be_seen(find, open_screen: OpenScreen, name: str) -> None:
    who, address = find(name)
    screen = open_screen(who)
    screen.open(address)
    expect(screen.page.locator("bpmn-diagram[data-state=shown]").first).to_be_visible()
    mark = screen.page.locator(".bjs-powered-by")
    for size in (LARGE, SMALL):
        screen.page.set_viewport_size(size)
        mark.scroll_into_view_if_needed()
        # Whole, but for the fraction of a pixel that a page may be scrolled by.
        expect(mark).to_be_in_viewport(ratio=0.99)
        assert is_on_top(screen)


def is_on_top(screen: Screen) -> bool:
    """Whether what is painted in the middle of the mark is the mark."""
    return bool(
        screen.page.evaluate(
            """() => {
              const mark = document.querySelector('.bjs-powered-by'), box = mark.getBoundingClientRect();
              return mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
            }"""
        )
    )
