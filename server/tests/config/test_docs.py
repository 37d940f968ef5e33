"""The guide to running it knows every setting and every command."""

import re
import shlex
from pathlib import Path

import pytest

from firstline.config import cli

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "operations.md").read_text()


def test_every_setting_is_explained() -> None:
    sources = [ROOT / "server/firstline/config/settings.py", *(ROOT / "server/firstline/runtime").glob("*.py")]
    read = {name for path in sources for name in re.findall(r'environ\.get\(\s*"(\w+)"', path.read_text())}
    assert len(read) > 15
    assert read - {"FIRSTLINE_DEMO"} - set(re.findall(r"`([A-Z_]+)`", GUIDE)) == set()


def test_every_command_in_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)).replace("\\\n", " ")
    commands = re.findall(r"(?:^|&& )firstline ([^&\n]+)", shell, re.MULTILINE)
    assert len(commands) > 10
    for command in commands:
        parsed = cli._parser().parse_args(shlex.split(command, comments=True))
        assert callable(parsed.run), command
