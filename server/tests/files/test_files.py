"""Files from outside are kept exactly, and shown harmlessly."""

from pathlib import Path

import pytest
from django.conf import settings

from firstline.errors import FirstlineError
from firstline.files import actions, queries, rules
from firstline.files.adapters.folder import FolderStore
from firstline.files.web.answers import file_response


@pytest.mark.django_db
def test_a_file_comes_back_as_it_was() -> None:
    stored = actions.store(data=b"%PDF-1.7 \x00\xff", name="../Rechnung März.pdf", claimed_type="text/html")
    assert queries.read(stored.id) == b"%PDF-1.7 \x00\xff"
    assert (stored.name, stored.media_type) == ("Rechnung März.pdf", "application/pdf")


@pytest.mark.django_db
def test_a_page_that_came_as_a_picture_is_never_run_by_a_browser() -> None:
    stored = actions.store(data=b"<html><script>alert(1)</script>", name="cat.png", claimed_type="image/png")
    answer = file_response(stored, FolderStore(settings.FIRSTLINE_FILES))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MAX_SIZE", 10)
    with pytest.raises(FirstlineError) as refused:
        actions.store(data=b"x" * 11, name="big")
    assert refused.value.status == 413


def test_a_full_disk_leaves_no_half_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("firstline.files.adapters.folder.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        FolderStore(tmp_path).put("ab" * 32, b"data")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a\r\nb.txt", "ab.txt"),
        ("..", "file"),
        ("C:\\x\\y.doc", "y.doc"),
        ("\u202efdp.exe", "fdp.exe"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert rules.safe_name(name) == safe
