"""The build hook: what it makes, when it does nothing, and that the lock names no address."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", SERVER / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_translations_are_compiled_and_compiled_again_only_when_they_changed(hook, tmp_path):
    source = tmp_path / "firstline/ui/locale/de/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Yes"\nmsgstr "Ja"\n')
    hook.compile_translations(tmp_path)
    target = source.with_suffix(".mo")
    first = target.stat().st_mtime_ns
    assert b"Ja" in target.read_bytes()
    hook.compile_translations(tmp_path)
    assert target.stat().st_mtime_ns == first


def test_an_unchanged_front_end_is_not_built_again(hook, tmp_path, monkeypatch):
    runs = []
    monkeypatch.setattr(
        hook,
        "_node",
        lambda program, arguments, folder: (runs.append(program), (folder / "node_modules").mkdir(exist_ok=True)),
    )
    shutil.copytree(SERVER / "frontend", tmp_path / "frontend", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / hook.BUNDLES).mkdir(parents=True)
    hook.build_frontend(tmp_path)
    hook.build_frontend(tmp_path)
    assert runs == ["npm", "node"]
    (tmp_path / "frontend/css/tokens.css").write_text(":root {}")
    hook.build_frontend(tmp_path)
    assert runs == ["npm", "node", "node"]


def test_the_lock_names_no_address_and_pins_every_package():
    lock = (SERVER / "frontend/package-lock.json").read_text()
    assert "://" not in re.sub(r'"(url|funding)": .*', "", lock)
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 20


def test_the_style_sheet_stays_small_and_the_licences_are_gathered():
    built = SERVER / "firstline/ui/static/firstline"
    if not (built / ".stamp").exists():
        pytest.skip("the front end isn't built here: python server/hatch_build.py")
    assert (built / "firstline.css").stat().st_size < 40_000
    licences = (built / "THIRD-PARTY-LICENSES.txt").read_text()
    assert "htmx.org" in licences
    assert "the watermark must stay fully visible" in licences
