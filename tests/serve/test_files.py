"""Published files: types, what is kept in memory, what is never read."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from pathlib import Path

import pytest

from feedsvc.serve import app
from feedsvc.serve.files import Folder, Held
from feedsvc.serve.response import Document, document
from tests.serve.conftest import FEED, NOW, Ask, ask_of, settings


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/all.rss", "application/rss+xml; charset=utf-8"),
        ("/all.atom", "application/atom+xml; charset=utf-8"),
        ("/all.json", "application/feed+json; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/archive/all/2026-03.atom", "application/atom+xml; charset=utf-8"),
    ],
)
def test_media_types(ask: Ask, path: str, media_type: str) -> None:
    reply = ask(path)
    assert reply.status == 200
    assert reply.headers["content-type"] == media_type
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert ("script-src 'self';" in policy) is (b"<script " in reply.body)
    assert "default-src 'none'" in reply.headers["content-security-policy"]


def test_a_page_may_use_its_own_style_and_no_other(ask: Ask) -> None:
    digest = base64.b64encode(hashlib.sha256(b"p { color: red }").digest()).decode()
    policy = ask("/index.html").headers["content-security-policy"]
    assert f"style-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe-inline" not in policy


def test_a_replaced_file_is_seen_at_once(ask: Ask, folder: Path) -> None:
    first = ask("/all.rss")
    assert first.body.decode() == FEED
    beside = folder / "public" / "new"
    beside.write_text("<rss>new</rss>")
    beside.replace(folder / "public" / "all.rss")
    second = ask("/all.rss")
    assert second.body == b"<rss>new</rss>"
    assert second.headers["etag"] != first.headers["etag"]


def test_same_size_and_time_but_another_file_is_seen(ask: Ask, folder: Path) -> None:
    path = folder / "public" / "all.atom"
    assert ask("/all.atom").body == b"<feed/>"
    times = path.stat().st_mtime_ns
    beside = folder / "public" / "new"
    beside.write_text("<feeD/>")
    os.utime(beside, ns=(times, times))
    beside.replace(path)
    assert ask("/all.atom").body == b"<feeD/>"


def test_a_removed_file_is_gone_at_once(ask: Ask, folder: Path) -> None:
    assert ask("/all.rss").status == 200
    (folder / "public" / "all.rss").unlink()
    assert ask("/all.rss").status == 404


def test_a_known_file_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Held(1_000_000)
    files = Folder(folder / "public", memory, cache_control="x", page_control="y")
    held = asyncio.run(files.get("all.rss"))
    assert held is not None
    monkeypatch.setattr(Folder, "_load", lambda *_: pytest.fail("the file was read again"))
    assert asyncio.run(files.get("all.rss")) is held


def test_many_who_wait_for_one_file_cause_one_reading(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Folder(folder / "public", Held(1_000_000), cache_control="x", page_control="y")
    readings: list[str] = []
    load = Folder._load

    def counted(self: Folder, path: str) -> object:
        readings.append(path)
        return load(self, path)

    monkeypatch.setattr(Folder, "_load", counted)

    async def crowd() -> list[Document | None]:
        return await asyncio.gather(*(files.get("all.rss") for _ in range(20)))

    assert len({id(found) for found in asyncio.run(crowd())}) == 1
    assert len(readings) == 1


def test_memory_is_bounded_and_forgets_the_longest_unused() -> None:
    def sized(size: int) -> Document:
        return document(os.urandom(size), "image/png", cache_control="x")

    memory = Held(1000)
    memory.put("a", (0, 0, 0, 0), sized(400))
    memory.put("b", (0, 0, 0, 0), sized(400))
    assert memory.get("a", (0, 0, 0, 0)) is not None
    memory.put("c", (0, 0, 0, 0), sized(400))
    assert list(memory.held) == ["a", "c"]
    assert memory.used == 800
    memory.put("a", (0, 0, 0, 1), sized(100))
    assert memory.used == 500
    assert memory.get("a", (0, 0, 0, 0)) is None
    memory.put("huge", (0, 0, 0, 0), sized(1001))
    assert memory.used == 500


def test_links_that_leave_the_folder_are_not_followed(ask: Ask, folder: Path) -> None:
    public = folder / "public"
    (public / "link.rss").symlink_to(folder / "secret.rss")
    (public / "state.json").symlink_to(public / ".state" / "all.json")
    (public / "up").symlink_to(folder, target_is_directory=True)
    (public / "same.rss").symlink_to("all.rss")
    assert ask("/link.rss").status == 404
    assert ask("/state.json").status == 404
    assert ask("/up/secret.rss").status == 404
    assert ask("/same.rss").status == 200


def test_a_link_put_in_place_of_a_known_file_is_not_followed(ask: Ask, folder: Path) -> None:
    path = folder / "public" / "all.rss"
    assert ask("/all.rss").status == 200
    path.unlink()
    path.symlink_to(folder / "secret.rss")
    assert ask("/all.rss").status == 404


def test_what_is_no_file_is_not_found(ask: Ask, folder: Path) -> None:
    os.mkfifo(folder / "public" / "pipe.rss")
    (folder / "public" / "folder.rss").mkdir()
    (folder / "public" / "notes.txt").write_text("secret")
    for path in ("/pipe.rss", "/folder.rss", "/notes.txt", "/archive/all", "/archive/all/"):
        assert ask(path).status == 404, path


def test_the_published_folder_may_itself_be_a_link(folder: Path) -> None:
    (folder / "public").rename(folder / "release-1")
    (folder / "public").symlink_to("release-1", target_is_directory=True)
    assert ask_of(app(settings(folder), now=lambda: NOW))("/all.atom").status == 200


def test_kept_images_are_served_and_nothing_else_of_the_archive(ask: Ask, folder: Path) -> None:
    name = "ab" + "0" * 62
    images = folder / "archive" / "images" / "ab"
    images.mkdir(parents=True)
    (images / f"{name}.jpg").write_bytes(b"\xff\xd8picture")
    (images / f"{name}.html").write_text("<script>")
    (folder / "archive" / "FORMAT").write_text("feedsvc-archive 1\n")
    reply = ask(f"/images/ab/{name}.jpg")
    assert (reply.status, reply.body) == (200, b"\xff\xd8picture")
    assert reply.headers["content-type"] == "image/jpeg"
    assert "immutable" in reply.headers["cache-control"]
    for path in (f"/images/ab/{name}.html", "/images/../FORMAT", "/images/ab/", "/images/"):
        assert ask(path).status == 404, path
