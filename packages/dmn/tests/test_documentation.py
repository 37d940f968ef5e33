"""Every example in the documentation runs."""

import doctest
from pathlib import Path


def test_examples_of_the_readme_run() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    assert doctest.testfile(str(readme), module_relative=False).failed == 0
