"""Every example in the documentation runs, and the tests that it names exist."""

import doctest
import re
from pathlib import Path

import pytest

from feel._external import JAVA

PACKAGE = Path(__file__).parents[1]


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_examples_of_the_pages_run(page: str) -> None:
    assert doctest.testfile(str(PACKAGE / page), module_relative=False).failed == 0


def test_every_java_function_that_can_be_called_is_listed() -> None:
    page = (PACKAGE / "docs" / "support.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\w+", page[page.index("## Java functions") :]))
    offered = {part for name in JAVA for part in name.partition("(")[0].split(".")[-2:]}
    assert offered <= listed


def test_the_tests_that_show_what_is_supported_exist() -> None:
    page = (PACKAGE / "docs" / "support.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\btest_\w+\.py", page))
    assert named
    assert named <= {test.name for test in (PACKAGE / "tests").glob("test_*.py")}
