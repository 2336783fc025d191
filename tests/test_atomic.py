"""Files that are put in place together."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from feedsvc import atomic
from feedsvc.archive import append


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_written_beside_is_not_seen_until_it_is_put_in_place(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "new" / "two"
    one.write_bytes(b"old")
    waiting = {one: atomic.beside(one, b"1"), two: atomic.beside(two, b"2")}
    assert (one.read_bytes(), two.exists()) == (b"old", False)
    assert list(atomic.put_in_place(waiting)) == [(one, None), (two, None)]
    assert (one.read_bytes(), two.read_bytes()) == (b"1", b"2")
    assert one.stat().st_mode & 0o777 == 0o644
    assert names(tmp_path) == {"one", "new"}
    assert names(tmp_path / "new") == {"two"}


def test_a_kill_leaves_one_file_that_the_next_writes_over(tmp_path: Path) -> None:
    one = tmp_path / "one"
    assert atomic.beside(one, b"killed") == atomic.beside(one, b"1")
    assert names(tmp_path) == {".one.new"}


def test_one_that_cannot_be_put_in_place_stops_no_other(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    waiting = {one: atomic.beside(one, b"1"), two: atomic.beside(two, b"2")}
    one.mkdir()
    (first, error), second = atomic.put_in_place(waiting)
    assert first == one
    assert isinstance(error, OSError)
    assert second == (two, None)
    assert names(tmp_path) == {"one", "two"}


def test_one_that_cannot_be_flushed_is_not_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = tmp_path / "one"
    one.write_bytes(b"old")
    waiting = {one: atomic.beside(one, b"1")}

    def broken(handle: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        found = list(atomic.put_in_place(waiting))
    assert [(path, error and error.errno) for path, error in found] == [(one, 5)]
    assert one.read_bytes() == b"old"
    assert names(tmp_path) == {"one"}


def test_what_cannot_be_written_beside_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / ".one.new").mkdir()
    with pytest.raises(OSError, match="directory"):
        atomic.beside(tmp_path / "one", b"1")


def test_what_is_written_is_flushed_in_the_order_that_outlives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes, then the name, then the folder that holds the name."""
    done: list[str] = []
    flush, replace = os.fsync, Path.replace

    def flushed(handle: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        flush(handle)

    def replaced(path: Path, target: Path) -> Path:
        done.append("name")
        return replace(path, target)

    def steps() -> list[str]:
        told = done.copy()
        done.clear()
        return told

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", replaced)
    atomic.write(tmp_path / "record", b"1")
    assert steps() == ["file", "name", "folder"]
    new = {tmp_path / name: atomic.beside(tmp_path / name, b"1") for name in ("a", "b")}
    assert [error for _, error in atomic.put_in_place(new)] == [None, None]
    assert steps() == ["file", "file", "name", "name", "folder"]
    end = append.append(tmp_path / "journal", b"1\n", 0)
    assert steps() == ["file", "folder"]
    append.append(tmp_path / "journal", b"2\n", end)
    assert steps() == ["file"]
    atomic.make_folder(tmp_path / "one" / "two")
    assert steps() == ["folder", "folder"]
