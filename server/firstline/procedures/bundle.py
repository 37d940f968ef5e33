"""A procedure's folder as one value: path -> text, read with suspicion, identified by the hash of its content."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from firstline.procedures.problems import Problem

MAX_FILES = 300
MAX_FILE_BYTES = 1024 * 1024
MAX_TOTAL_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 4
SUFFIXES = (".yaml", ".bpmn", ".dmn", ".json", ".md")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The files of a folder: all text, all small."""

    files: Mapping[str, str]

    @property
    def id(self) -> str:
        """The SHA-256 over names and contents: the same files give the same id on every machine."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            for part in (path.encode(), self.files[path].encode()):
                digest.update(len(part).to_bytes(8, "big"))
                digest.update(part)
        return digest.hexdigest()

    def within(self, folder: str, suffix: str) -> dict[str, str]:
        """Give the files of `folder` that end so, by their name without folder and suffix."""
        found = {}
        for path in sorted(self.files):
            if path.startswith(f"{folder}/") and path.endswith(suffix):
                found[path.removeprefix(f"{folder}/").removesuffix(suffix)] = self.files[path]
        return found


def read_folder(folder: Path) -> tuple[Bundle, list[Problem]]:
    """Read a folder, and say what in it can't be taken: links, huge files, odd names, what is no text.

    Line ends become "\\n", so that a checkout on another system is the same release. Hidden files and folders (".git",
    ".DS_Store") are passed over.
    """
    files: dict[str, str] = {}
    problems: list[Problem] = []
    total = 0
    if folder.is_symlink() or not folder.is_dir():
        return Bundle(files={}), [Problem(file=folder.name, place="", message="This is no folder.")]
    for path, objection in _walk(folder, "", 1):
        if objection:
            problems.append(Problem(file=path, place="", message=objection))
            continue
        if len(files) >= MAX_FILES:
            problems.append(
                Problem(
                    file=path, place="", message=f"A procedure has at most {MAX_FILES} files; the rest was not read."
                )
            )
            break
        text, message = _read(folder / path)
        total += len(text)
        if total > MAX_TOTAL_BYTES:
            problems.append(
                Problem(
                    file=path,
                    place="",
                    message=f"All files together may have {MAX_TOTAL_BYTES // 2**20} MB; the rest was not read.",
                )
            )
            break
        if message:
            problems.append(Problem(file=path, place="", message=message))
        else:
            files[path] = text
    return Bundle(files=files), problems


def _walk(folder: Path, inside: str, depth: int) -> Iterator[tuple[str, str]]:
    """Give each file with what is wrong with it ("" = nothing), never following a link."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = f"{inside}{entry.name}"
        if entry.is_symlink():
            yield path, "Links are not followed; put the file itself here."
        elif not _NAME.fullmatch(entry.name):
            yield (
                path.encode("ascii", "backslashreplace").decode()[:200],
                "The name may hold letters without accents, digits, '.', '_' and '-', at most 80 of them.",
            )
        elif entry.is_dir(follow_symlinks=False):
            if depth >= MAX_DEPTH:
                yield path, f"Folders may lie {MAX_DEPTH} deep."
            else:
                yield from _walk(Path(entry.path), f"{path}/", depth + 1)
        elif not entry.is_file(follow_symlinks=False):
            yield path, "This is no ordinary file."
        elif not path.endswith(SUFFIXES):
            yield path, f"A procedure consists of {', '.join(SUFFIXES)} files."
        else:
            yield path, ""


def _read(path: Path) -> tuple[str, str]:
    """Read one file; opened without following links, measured once it is open, so that nobody can swap it in between."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return "", "This is no ordinary file."
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return "", f"The file can't be read: {error.strerror}."
    if len(data) > MAX_FILE_BYTES:
        return "", f"The file is larger than {MAX_FILE_BYTES // 1024} KB."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "", "The file is not UTF-8 text; save it as UTF-8."
    if "\x00" in text:
        return "", "The file holds the character NUL; it is no text."
    return text.replace("\r\n", "\n"), ""
