"""Folders are read with suspicion."""

import os
from pathlib import Path

import pytest

from firstline.procedures import bundle


def problems_of(folder: Path) -> str:
    return "\n".join(str(problem) for problem in bundle.read_folder(folder)[1])


def write(folder: Path, path: str, text: str | bytes = "x") -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_the_same_content_has_the_same_id_wherever_it_lies(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write(tmp_path, f"{folder}/procedure.yaml", "key: x\n" if folder == "one" else "key: x\r\n")
        write(tmp_path, f"{folder}/texts/en/a.md", "Ä")
        write(tmp_path, f"{folder}/.git/config.yaml", folder)
    one, two = (bundle.read_folder(tmp_path / folder)[0] for folder in ("one", "two"))
    assert one.id == two.id
    assert set(one.files) == {"procedure.yaml", "texts/en/a.md"}
    assert one.within("texts/en", ".md") == {"a": "Ä"}


def test_every_byte_and_every_name_counts(tmp_path: Path) -> None:
    seen = set()
    for number, files in enumerate([{"a.md": "bc"}, {"a.md": "bc "}, {"ab.md": "c"}, {"a.md": "b", "b.md": "c"}]):
        for name, text in files.items():
            write(tmp_path, f"{number}/{name}", text)
        seen.add(bundle.read_folder(tmp_path / str(number))[0].id)
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("big.yaml", b"x" * (bundle.MAX_FILE_BYTES + 1), "larger than"),
        ("binary.md", b"\xff\xfe\x00", "not UTF-8"),
        ("nul.md", b"a\x00b", "NUL"),
        ("run.sh", b"rm -rf", "consists of"),
        ("odd name.md", b"x", "The name may hold"),
        ("new\nline.md", b"x", "The name may hold"),
        ("a/b/c/d/e.md", b"x", "4 deep"),
    ],
)
def test_what_does_not_belong_into_a_procedure_is_refused(
    tmp_path: Path, name: str, content: bytes, expected: str
) -> None:
    write(tmp_path, name, content)
    assert expected in problems_of(tmp_path)


def test_links_are_never_followed(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.yaml", "password")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "procedure.yaml").symlink_to(secret)
    (folder / "guides").symlink_to(tmp_path / "outside")
    read, problems = bundle.read_folder(folder)
    assert read.files == {}
    assert len(problems) == 2
    (tmp_path / "link").symlink_to(folder)
    assert "no folder" in problems_of(tmp_path / "link")


def test_pipes_and_too_many_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "no ordinary file" in problems_of(tmp_path)
    for number in range(bundle.MAX_FILES + 1):
        write(tmp_path, f"texts/en/t{number}.md")
    assert "at most 300 files" in problems_of(tmp_path)
