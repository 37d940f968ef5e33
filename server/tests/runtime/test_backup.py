"""Archives: what comes as a backup may be anything."""

import io
import tarfile
from pathlib import Path

import pytest

from firstline.runtime import backup


def archive_of(folder: Path, *members: tarfile.TarInfo) -> Path:
    made = folder / "given.tar"
    with tarfile.open(made, "w") as archive:
        for one in members:
            archive.addfile(one, io.BytesIO(b"x" * one.size))
    return made


def member(name: str, kind: bytes = tarfile.REGTYPE, *, leads: str = "") -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.type, one.linkname, one.size = kind, leads, 1 if kind == tarfile.REGTYPE else 0
    return one


@pytest.mark.parametrize("knows_filters", [True, False])
@pytest.mark.parametrize(
    "strange",
    [
        member("../outside"),
        member("files/../../outside"),
        member("/outside"),
        member("files/link", tarfile.SYMTYPE, leads="/etc"),
        member("files/link", tarfile.LNKTYPE, leads="../outside"),
        member("files/pipe", tarfile.FIFOTYPE),
        member("files/disk", tarfile.BLKTYPE),
    ],
    ids=lambda one: one.name + one.linkname,
)
def test_what_leads_out_of_an_archive_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strange: tarfile.TarInfo, knows_filters: bool
) -> None:
    if not knows_filters:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)
    into = tmp_path / "into"
    into.mkdir()
    with pytest.raises(backup.CannotRestore, match="no backup of Firstline"):
        backup._unpack(archive_of(tmp_path, member(backup.DUMP), strange), into)
    assert list(into.iterdir()) == []


def test_files_and_folders_are_unpacked(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    whole = archive_of(tmp_path, member(backup.DUMP), member("files", tarfile.DIRTYPE), member("files/one"))
    backup._unpack(whole, into)
    assert (into / "files" / "one").read_bytes() == b"x"
