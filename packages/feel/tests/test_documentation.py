"""Every example in the documentation runs, and what is generated is up to date."""

import datetime as dt
import doctest
import importlib
import importlib.util
import pkgutil
import re
from pathlib import Path

import pytest

import feel
from feel._builtins import BUILTINS

PACKAGE = Path(__file__).parents[1]
MODULES = sorted(module.name for module in pkgutil.walk_packages(feel.__path__, "feel."))
NOW = dt.datetime(2026, 11, 21, 10, 30, tzinfo=dt.UTC)


def _script():
    place = PACKAGE / "scripts" / "document_builtins.py"
    specification = importlib.util.spec_from_file_location("document_builtins", place)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    return script


documents = _script()
EXAMPLES = [(name, *example) for name in BUILTINS for example in documents.examples(name)]


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(f"docs/{page.name}" for page in (PACKAGE / "docs").glob("*.md"))]
)
def test_examples_of_the_pages_run(page: str) -> None:
    assert doctest.testfile(str(PACKAGE / page), module_relative=False).failed == 0


def test_the_tests_that_show_what_is_supported_exist() -> None:
    page = (PACKAGE / "docs" / "support.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\btest_\w+\.py", page))
    assert named
    assert named <= {test.name for test in (PACKAGE / "tests").glob("test_*.py")}


@pytest.mark.parametrize("module", ["feel", *MODULES])
def test_examples_of_the_docstrings_run(module: str) -> None:
    assert doctest.testmod(importlib.import_module(module)).failed == 0


@pytest.mark.parametrize("name", BUILTINS)
def test_every_builtin_is_described_with_an_example(name: str) -> None:
    assert documents.prose(name)
    assert documents.examples(name)


@pytest.mark.parametrize(("name", "call", "value"), EXAMPLES)
def test_examples_of_the_builtins_run(name: str, call: str, value: str) -> None:
    found, expected = feel.evaluate(call, now=NOW), feel.evaluate(value)
    assert name in call
    assert not expected.diagnostics
    assert found.value == expected.value
    assert type(found.value) is type(expected.value)


def test_the_page_of_the_builtins_is_up_to_date() -> None:
    page = PACKAGE / "docs" / "builtins.md"
    assert page.read_text(encoding="utf-8") == documents.page(), "run packages/feel/scripts/document_builtins.py"
