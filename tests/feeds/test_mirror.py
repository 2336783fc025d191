"""What a bucket is given and what is taken away, with a bucket in memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from feedsvc.errors import PublishError
from feedsvc.feeds import elsewhere


class Shelf:
    """Objects by name; ``broken`` names fail, ``log`` tells what was done."""

    id = "here"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.log: list[str] = []
        self.broken: set[str] = set()

    def put(self, name: str, content: bytes, media_type: str, cache_control: str) -> None:
        self.log.append(f"put {name}")
        if name in self.broken:
            raise PublishError("broken", about=name)
        self.objects[name] = content

    def remove(self, name: str) -> None:
        self.log.append(f"remove {name}")
        if name in self.broken:
            raise PublishError("broken", about=name)
        del self.objects[name]

    def digests(self) -> dict[str, str]:
        return {name: hashlib.md5(one).hexdigest() for name, one in self.objects.items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        *("index.html", "feeds.opml", "all.rss", "all.rss.gz", ".all.rss.x.tmp", "notes.txt"),
        *("archive/all/2026-03.atom", "archive/all/.x.atom"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def again(folder: Path, shelf: Shelf, text: str = "") -> elsewhere.Mirrored:
    shelf.log.clear()
    return elsewhere.mirror(folder, shelf, elsewhere.recalled(shelf, text))


def test_pages_go_before_the_documents_that_link_them(folder: Path) -> None:
    shelf = Shelf()
    again(folder, shelf)
    assert shelf.log == [
        "put archive/all/2026-03.atom", "put all.rss", "put feeds.opml", "put index.html",
    ]  # fmt: skip


def test_only_other_content_is_put_and_only_our_own_is_removed(folder: Path) -> None:
    shelf = Shelf()
    text = again(folder, shelf).remembered()
    assert again(folder, shelf, text).remembered() == text
    assert shelf.log == []
    (folder / "all.rss").write_text("all.rss")  # another file, of the same content
    (folder / "index.html").write_text("other")
    (folder / "archive/all/2026-03.atom").unlink()
    shelf.objects["strange.rss"] = b"x"
    text = again(folder, shelf, text).remembered()
    assert shelf.log == ["put index.html", "remove archive/all/2026-03.atom"]
    assert again(folder, shelf, text).remembered() == text
    assert shelf.log == []


def test_where_nothing_is_remembered_the_bucket_is_asked(folder: Path) -> None:
    shelf = Shelf()
    again(folder, shelf)
    shelf.objects |= {"all.rss": b"older", "strange.rss": b"x"}
    other = again(folder, shelf, elsewhere.Mirrored("elsewhere").remembered())
    assert shelf.log == ["put all.rss"]
    assert "strange.rss" not in other.kept


def test_what_failed_is_tried_again_and_the_rest_waits(folder: Path) -> None:
    shelf = Shelf()
    shelf.broken = {"archive/all/2026-03.atom"}
    done = again(folder, shelf)
    assert len(done.problems) == 1
    assert set(shelf.objects) == {"all.rss", "feeds.opml", "index.html"}
    shelf.broken = {"archive/all/2026-03.atom", "all.rss", "feeds.opml"}
    done = again(folder, shelf, elsewhere.Mirrored("here").remembered())
    assert len(done.problems) == elsewhere.PATIENCE
    assert done.waiting == 1
    assert "put index.html" not in shelf.log
    shelf.broken.clear()
    done = again(folder, shelf, done.remembered())
    assert (done.problems, done.waiting, len(shelf.objects)) == ([], 0, 4)


def test_a_removal_that_failed_is_tried_again(folder: Path) -> None:
    shelf = Shelf()
    text = again(folder, shelf).remembered()
    (folder / "all.rss").unlink()
    shelf.broken = {"all.rss"}
    done = again(folder, shelf, text)
    assert len(done.problems) == 1
    shelf.broken.clear()
    again(folder, shelf, done.remembered())
    assert "all.rss" not in shelf.objects


def test_when_it_is_late_the_rest_waits(folder: Path) -> None:
    shelf = Shelf()
    text = again(folder, shelf).remembered()
    (folder / "all.rss").write_text("new")
    (folder / "feeds.opml").unlink()
    done = elsewhere.mirror(folder, shelf, elsewhere.recalled(shelf, text), lambda: True)
    assert done.waiting == 2
    assert shelf.objects["all.rss"] == b"all.rss"
    again(folder, shelf, done.remembered())
    assert shelf.log == ["put all.rss", "remove feeds.opml"]
