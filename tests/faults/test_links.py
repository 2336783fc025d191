"""A symbolic link to what is not mounted: nothing is taken for lost, nothing for new."""

from __future__ import annotations

from pathlib import Path

import pytest

from feedsvc.archive import Archive
from feedsvc.cli import execute
from feedsvc.errors import FeedsvcError
from feedsvc.model import Event
from tests.archive.samples import NOW, page, record

SAID = "a symbolic link that leads nowhere ({}); mount what it leads to, or mend the link"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archive = Archive(tmp_path / "archive")
    with archive.writing(NOW):
        archive.keep(record(1), Event.ADDED, NOW, page(1))
    archive.close()
    text = "sections: [{name: industry, title: 산업, code: '068000'}]\n"
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def call(folder: Path, *words: str) -> int:
    return execute([*words, "--config", str(folder / "config.yaml")])


def unmount(path: Path) -> Path:
    """The disk that a link leads to is not there any more."""
    disk = path.with_name(f"{path.name}-on-another-disk")
    if path.exists():
        path.rename(disk.with_name("unmounted"))
    path.symlink_to(disk)
    return disk


COMMANDS = ("rebuild", "status", "archive ls", "archive verify", "archive verify --repair",
            "check", "serve")  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_an_archive_that_is_not_mounted_is_no_new_one(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "archive"
    disk = unmount(path)
    assert call(folder, *command.split()) == 1
    said = SAID.format(disk)
    assert capsys.readouterr() == ("", f"feedsvc: {path}: cannot be read: {said}\n")
    assert not disk.exists()


@pytest.mark.parametrize("name", ["articles", "raw", "journal"])
def test_a_part_of_it_that_is_not_mounted_is_not_lost(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "archive" / name
    disk = unmount(path)
    for words in (("rebuild",), ("archive", "verify", "--repair")):
        assert call(folder, *words) == 1
        assert f"{path}: cannot be read: {SAID.format(disk)}" in capsys.readouterr().err
    assert call(folder, "archive", "verify") in (1, 5)
    path.unlink()
    path.with_name("unmounted").rename(path)
    assert call(folder, "archive", "verify") == 0


def test_a_folder_of_feeds_that_is_not_mounted_is_told_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = unmount(folder / "public")
    assert call(folder, "rebuild") == 1
    err = capsys.readouterr().err
    assert f"could not be written: {SAID.format(disk)}" in err
    assert "File exists" not in err
    assert not disk.exists()


def test_a_link_to_another_disk_that_is_there_is_a_folder_like_any_other(folder: Path) -> None:
    for name in ("archive", "public"):
        disk = unmount(folder / name)
        disk.mkdir()
    archive = Archive(folder / "archive")
    assert len(archive) == 0
    assert call(folder, "rebuild") == 0
    unmount(folder / "third")
    with pytest.raises(FeedsvcError, match="leads nowhere"):
        Archive(folder / "third")
