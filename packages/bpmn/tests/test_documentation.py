"""Every example in the documentation runs, and what it quotes is there."""

import doctest
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
DOCS = PACKAGE / "docs"


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md", "docs/store.md", "docs/migration.md"])
def test_examples_of_the_pages_run(page, monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    text = (PACKAGE / page).read_text(encoding="utf-8")
    assert ">>> " in text
    assert doctest.testfile(str(PACKAGE / page), module_relative=False).failed == 0
    sys.modules.pop("sqlite_store", None)


def test_code_that_a_page_quotes_is_the_code():
    code = (DOCS / "sqlite_store.py").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "store.md").read_text(encoding="utf-8"), re.DOTALL)
    quoted = [block for block in blocks if ">>> " not in block]
    assert quoted
    for block in quoted:
        assert block in code


def test_every_effect_and_key_is_explained():
    from bpmn import _state
    from bpmn.facts import EFFECTS

    page = (DOCS / "store.md").read_text(encoding="utf-8")
    assert {effect.__name__ for effect in EFFECTS} <= set(re.findall(r"`(\w+)`", page))
    keys = re.findall(r'^\| (\("\w+")', _state.__doc__, re.MULTILINE)
    assert len(keys) > 8
    assert all(f"| `{key}" in page for key in keys)


def test_pages_that_are_linked_exist():
    for page in (PACKAGE / "README.md", *DOCS.glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
