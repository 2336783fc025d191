"""notices.jsonl: what was written is read again, however it ends and whatever stands there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.archive import NoticeStanding, Told
from feedsvc.archive.notices import ENTRIES, NoticesFile
from feedsvc.errors import ArchiveError
from tests.archive.samples import NOW

KEY = ("desk", "sha256:ab")


@pytest.fixture
def file(tmp_path: Path) -> NoticesFile:
    return NoticesFile(tmp_path / "notices.jsonl")


def begun(file: NoticesFile, **values: object) -> NoticeStanding:
    standing = NoticeStanding(*KEY, NOW, None, NOW, **values)  # type: ignore[arg-type]
    file.stand(NOW, [standing])
    return standing


def told(number: int, event: str = "new", *, key: tuple[str, str] = KEY) -> Told:
    return Told(NOW, event, *key, id=number, line=f"sha256:{number}")


def test_nothing_stands_where_nothing_was_written(file: NoticesFile) -> None:
    assert not file.read()
    assert not file.told_new(KEY)
    assert (file.torn(), file.wrong()) == (None, None)


def test_a_standing_comes_back_as_it_was(file: NoticesFile) -> None:
    one = NoticeStanding(
        *KEY, NOW, "sha256:1", NOW + timedelta(hours=1), frozenset({"sha256:2"}), frozenset({7}),
        frozenset({"site"}), "2026-11-25T0800", NOW,
    )  # fmt: skip
    file.stand(NOW, [one])
    assert file.read() == {KEY: one}


def test_each_line_moves_its_own_notice(file: NoticesFile) -> None:
    other = ("mail", "sha256:cd")
    file.stand(NOW, [NoticeStanding(*key, NOW, None, NOW) for key in (KEY, other)])
    file.add([told(1), told(2, "revised"), told(3, key=other)])
    file.add([Told(NOW, "failed", *KEY), Told(NOW, "trouble", *other, entry="site")])
    found = file.read()
    assert found[KEY].settled == {"sha256:1", "sha256:2"}
    assert (found[KEY].failing, found[other].failing) == (NOW, None)
    assert found[other].open == {"site"}
    assert (file.told_new(KEY), file.told_new(other)) == (frozenset({1}), frozenset({3}))
    file.add([Told(NOW, "well", *KEY), Told(NOW, "ended", *other, entry="site")])
    assert (file.read()[KEY].failing, file.read()[other].open) == (None, frozenset())


def test_of_a_digest_the_last_entries_are_remembered_one_by_one(file: NoticesFile) -> None:
    file.stand(NOW, [NoticeStanding(*KEY, NOW, None, NOW, entry="2026-01-01T0800")])
    days = [f"2026-{month:02}-{day:02}T0800" for month in (2, 3) for day in range(1, 29)]
    ahead = "2027-01-01T0800"
    file.add([Told(NOW, "digest", *KEY, entry=at) for at in (ahead, *days)])
    standing = file.read()[KEY]
    assert standing.open == {ahead, *days[-ENTRIES + 1 :]}
    assert standing.entry == days[-ENTRIES]


def test_only_what_comes_after_the_last_standing_is_read(file: NoticesFile) -> None:
    begun(file)
    file.add([told(1)])
    with file.path.open("ab") as stream:
        stream.write(b"damaged long ago\n")
    begun(file, settled=frozenset({"sha256:9"}))
    file.add([told(number) for number in range(2000, 5000)])  # more than is read at once
    found = file.read()[KEY]
    assert len(found.settled) == 3001
    assert file.wrong() is not None


@pytest.mark.parametrize("torn", [b"{", b'{"at": "2026-03-10T18:00', b"\0" * 9, b'{"a": 1}'])
def test_what_a_crash_cut_off_is_no_line(file: NoticesFile, torn: bytes) -> None:
    standing = begun(file)
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + torn)
    assert file.read() == {KEY: standing}
    assert file.torn() == (file.path, len(whole))
    assert file.wrong() is None


@pytest.mark.parametrize(
    "line",
    [
        *(b"x", b"{}", b"[]", b"1", b"\xff", b"[" * 9000, b'{"event": "new"}'),
        b'{"event": "configured", "notices": [1]}',
        b'{"event": "configured", "notices": {}}',
        b'{"at": "x", "event": "new", "notice": "a", "target": "b"}',
    ],
)
def test_a_line_that_is_none_is_named_and_left_out(file: NoticesFile, line: bytes) -> None:
    begun(file)
    file.add([told(1)])
    whole = file.path.read_bytes()
    file.path.write_bytes(whole + line + b"\n")
    with pytest.raises(ArchiveError, match=r"none of notices\.jsonl"):
        file.read()
    assert "line 3 is none of" in (file.wrong() or "")
    assert file.salvaged() == whole
    file.path.write_bytes(whole)
    assert file.salvaged() is None
