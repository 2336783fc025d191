"""A published folder and an archive, and a request sent straight into the application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.config import ArchiveConfig, Config, FeedsConfig, SectionConfig, ServerConfig
from feedsvc.model import Access, Event, Record, Status
from feedsvc.serve import app
from feedsvc.site import KST, guid

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=KST)
FEED = "<?xml version='1.0'?><rss>" + "<item>새 기사</item>" * 500 + "</rss>"
PAGE = "<!doctype html><title>t</title><style>p { color: red }</style><p>목록</p>"
SECRET = "a-token-of-one-subscriber"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[..., Reply]

_loops: list[asyncio.Runner] = []


@pytest.fixture(autouse=True, scope="module")
def _one_loop() -> Iterator[None]:
    """A loop and its threads for a module's requests, each of which takes less than to make
    and end them."""
    with asyncio.Runner() as loop:
        _loops.append(loop)
        yield
        _loops.remove(loop)


def record(**changes: Any) -> Record:
    """A record of our own writing."""
    values: dict[str, Any] = {
        "id": 117013,
        "guid": guid(117013),
        "url": "https://dealsite.co.kr/articles/117013",
        "title": "반도체 <투자> & 인수",
        "subtitle": "부제목",
        "reporters": ("홍길동",),
        "published_at": NOW - timedelta(hours=3),
        "updated_at": NOW - timedelta(hours=3),
        "first_seen_at": NOW - timedelta(hours=2),
        "origin": "poll",
        "sections": ("068000",),
        "keywords": (),
        "access": Access(Status.OPEN),
        "images": (),
        "body": ("<p>본문 첫 문단</p>",),
        "related": (),
        "duplicate_of": None,
        "gone_at": None,
        "digest": "sha256:" + "0" * 64,
        "sources": (),
    }
    return Record(**(values | changes))


def settings(folder: Path, *, base_url: str = "http://127.0.0.1:8080/", **server: Any) -> Config:
    return Config(
        sections=(
            SectionConfig(name="industry", title="산업", every=timedelta(minutes=10)),
            SectionConfig(name="mna", title="인수합병", every=timedelta(minutes=10)),
        ),
        archive=ArchiveConfig(path=folder / "archive"),
        feeds=FeedsConfig(path=folder / "public", base_url=base_url),
        server=ServerConfig(**({"port": 0} | server)),
    )


def keep(folder: Path, kept: Record) -> None:
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        archive.keep(kept, Event.ADDED, NOW)
    archive.close()


def ask_of(application: Any) -> Ask:
    """A request as uvicorn would hand it over; ``path`` is the decoded one."""

    def ask(
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        query: str = "",
        scheme: str = "http",
    ) -> Reply:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http",
            "method": method,
            "scheme": scheme,
            "path": path,
            "query_string": query.encode(),
            "headers": [
                (key.lower().encode(), value.encode("latin-1"))
                for key, value in (headers or {}).items()
            ],
        }
        run = _loops[-1].run if _loops else asyncio.run
        run(application(scope, receive, send))
        start, *bodies = sent
        assert not bodies[-1].get("more_body")
        assert all(body["more_body"] for body in bodies[:-1])
        return Reply(
            start["status"],
            {key.decode(): value.decode() for key, value in start["headers"]},
            b"".join(body["body"] for body in bodies),
        )

    return ask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path)


def written(tmp_path: Path) -> Path:
    """Published files, and beside them what must never be served."""
    public = tmp_path / "public"
    (public / "archive" / "all").mkdir(parents=True)
    (public / "all.rss").write_text(FEED, encoding="utf-8")
    (public / "all.atom").write_text("<feed/>")
    (public / "all.json").write_text("{}")
    (public / "feeds.opml").write_text("<opml/>")
    (public / "index.html").write_text(PAGE, encoding="utf-8")
    (public / "archive" / "all" / "2026-03.atom").write_text("<feed>march</feed>")
    (public / ".all.rss.x1.tmp").write_text("secret half-written")
    (public / ".state").mkdir()
    (public / ".state" / "all.json").write_text("secret state")
    (tmp_path / "secret.rss").write_text("secret outside")
    (tmp_path / "config.json").write_text("secret configuration")
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Ask:
    return ask_of(app(settings(folder), now=lambda: NOW))
