"""What the documents say is so: their Python runs, their links lead somewhere, their commands exist."""

import doctest
import re
import subprocess
from pathlib import Path

import pytest

from firstline.config import cli

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("adr/*.md"),
        *ROOT.glob("packages/*/README.md"),
        *ROOT.glob("clients/*/README.md"),
    ]
)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHELL = re.compile(r"^```(?:sh|bash|console)?\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]+)")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", [one for one in DOCUMENTS if PYTHON.search(one.read_text())], ids=named)
def test_its_python_runs(document: Path) -> None:
    code = "\n".join(PYTHON.findall(document.read_text()))
    if ">>> " in code:
        example = doctest.DocTestParser().get_doctest(code, {}, named(document), None, None)
        assert example.examples
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed == 0
    else:
        exec(compile(code, named(document), "exec"), {"__name__": "document"})


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_its_links_lead_somewhere(document: Path) -> None:
    missing = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_its_commands_exist(document: Path) -> None:
    text = document.read_text()
    typed = [line for block in SHELL.findall(text) for line in block.splitlines()] + re.findall(
        r"`(firstline [^`]+)`", text
    )
    commands = {match[1] for line in typed if (match := re.match(r"(?:\$ )?firstline ([a-z]+)", line))}
    known = set(next(action for action in cli._parser()._actions if action.choices).choices)
    assert commands <= known
    targets = {match[1] for line in typed if (match := re.match(r"(?:\$ )?(?:[A-Z_]+=\S+ )*make ([a-z]+)", line))}
    assert targets <= set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    hosts = r"(registry\.npmjs|files\.pythonhosted|pypi\.org|deb\.debian|registry\.yarnpkg)"
    found = subprocess.run(
        ["git", "grep", "-lIE", hosts, "--", ":!server/tests/docs"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.split() == []
