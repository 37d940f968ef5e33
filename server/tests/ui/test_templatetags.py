from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from firstline.ui import assets
from firstline.ui.icons import ICONS


def shown(text: str, **context: object) -> str:
    return Template("{% load ui %}" + text).render(Context(context))


@pytest.mark.parametrize("name", sorted(ICONS))
def test_every_icon_is_silent_decoration_unless_it_has_a_label(name):
    assert 'aria-hidden="true"' in shown("{% icon name %}", name=name)
    assert 'role="img" aria-label="Call &amp; ring"' in shown("{% icon name label %}", name=name, label="Call & ring")


def test_the_address_of_a_built_file_changes_with_its_content(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    assert assets.asset_url("app.js").endswith("firstline/app.js?v=unbuilt")
    (tmp_path / "app.js").write_text("1")
    first = assets.asset_url("app.js")
    (tmp_path / "app.js").write_text("22")
    assert assets.asset_url("app.js") != first


def test_a_moment_carries_its_exact_time_for_machines_and_as_title():
    html = shown("{% clock at 'since' %}", at=datetime(2026, 3, 2, 8, 5, tzinfo=UTC))
    assert 'data-clock="since"' in html
    assert 'datetime="2026-03-02T08:05:00+00:00"' in html
    assert shown("{% clock at %}", at=None) == ""


@pytest.mark.parametrize(
    ("language", "texts", "expected"),
    [
        ("de", {"en": "Bill", "de": "Rechnung"}, "Rechnung"),
        ("nl", {"en": "Bill", "de": "Rechnung"}, "Bill"),
        ("en", {"de": "Rechnung"}, "Rechnung"),
        ("en", {}, ""),
        ("en", None, ""),
        ("en", "plain", "plain"),
    ],
)
def test_a_translation_set_speaks_the_pages_language_else_english_else_any(language, texts, expected):
    with translation.override(language):
        assert shown("{{ texts|in_language }}", texts=texts) == expected
