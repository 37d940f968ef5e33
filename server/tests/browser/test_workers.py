"""Keys and workers in a browser: a key is made and revoked by keyboard alone; whoever uses it is seen."""

import re

import httpx2 as httpx
import pytest
from playwright.sync_api import expect

from .conftest import OpenScreen
from .running import Demo
from .screens import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]  # the demo is one test process's own


def test_a_key_is_made_used_and_revoked(open_screen: OpenScreen, demo: Demo) -> None:
    ella = open_screen("ella")
    ella.open("/workers/")
    ella.heading("Workers")
    ella.press("Alt+k")
    ella.heading("API keys")
    ella.page.get_by_label("Which program has it").focus()
    ella.type("billing worker on host 7")
    ella.press("Tab")
    ella.type("charge-card, refund")
    ella.press("Control+Enter")
    shown = ella.page.get_by_label(re.compile("^Copy it now"))
    expect(shown).to_be_focused(timeout=PATIENCE)
    key = shown.input_value()
    assert ella.serious_findings() == []

    asked = {"types": ["charge-card", "refund"], "worker": "host-7:4711"}
    answer = httpx.post(
        f"{demo.base}/api/v1/jobs/activate",
        json=asked,
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
        timeout=60,
    )
    assert answer.json() == {"jobs": []}
    ella.open("/workers/")
    ella.sees("host-7:4711")
    assert ella.serious_findings() == []
    ella.picture("workers")

    ella.open("/keys/")
    assert key not in ella.page.content()
    ella.picture("keys")
    row = ella.page.get_by_role("row", name=re.compile("billing worker on host 7"))
    row.locator("summary", has_text="Revoke").focus()
    ella.press("Enter", "Tab")
    ella.type("host 7 was sold")
    ella.press("Enter")
    ella.sees("The key is revoked.")
    expect(row.get_by_text("revoked", exact=True)).to_be_visible(timeout=PATIENCE)
    again = httpx.post(
        f"{demo.base}/api/v1/jobs/activate",
        json=asked,
        headers={"Authorization": f"Bearer {key}"},
        trust_env=False,
        timeout=60,
    )
    assert again.status_code == 401
