"""A server started under new settings serves nothing that the old ones let out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from feedsvc.archive import Archive
from feedsvc.config import Config, FeedsConfig
from feedsvc.memory import Edition
from feedsvc.model import Access, Event, Marker, Scope, Status
from feedsvc.poll import publish
from feedsvc.serve import app
from tests.serve.conftest import NOW, Ask, ask_of, record, settings

TOKEN = "a-token-of-one-subscriber"
SECRET = "비밀 단락"
FILES = ("/all.rss", "/all.atom", "/all.json", "/archive/all/2026-03.atom", "/feeds.opml")


def locked(**changes: Any) -> Access:
    status = Status.MEMBERS_ONLY
    return Access(status, (Marker(status, Scope.ARTICLE, "회원전용", True),), **changes)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a member's article, published under tokens."""
    folder = tmp_path_factory.mktemp("published")
    archive = Archive(folder / "archive")
    member = record(
        id=117014, guid="tag:dealsite.co.kr,2018:articles/117014",
        url="https://dealsite.co.kr/articles/117014", title="잠긴 기사",
        access=locked(seen_as="member"), body=("<p>앞머리</p>", f"<p>{SECRET}</p>"),
    )  # fmt: skip
    with archive.writing(NOW):
        archive.keep(record(), Event.ADDED, NOW)
        archive.keep(member, Event.ADDED, NOW)
    archive.close()
    republish(settings(folder, tokens=(TOKEN,)))
    assert SECRET in (folder / "public/all.rss").read_text("utf-8")
    return folder


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published, tmp_path, dirs_exist_ok=True)


def republish(config: Config) -> None:
    archive = Archive(config.archive.path)
    with archive.writing(NOW):
        assert publish(config, archive, NOW, {}).problems == ()
    archive.close()


@contextmanager
def started(config: Config) -> Iterator[Ask]:
    """A request to a server of these settings."""
    archive = Archive(config.archive.path)
    yield ask_of(app(config, now=lambda: NOW, archive=archive))
    archive.close()


def hiding(folder: Path) -> Config:
    feeds = FeedsConfig(path=folder / "public", locked="hide")
    return settings(folder, tokens=(TOKEN,)).model_copy(update={"feeds": feeds})


def test_under_the_settings_it_was_published_by_it_is_served(folder: Path) -> None:
    with started(settings(folder, tokens=(TOKEN,))) as ask:
        for path in FILES:
            assert ask(path, query=f"token={TOKEN}").status == 200


def test_without_tokens_nothing_is_served_until_it_is_published_anew(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = settings(folder)
    with started(config) as ask:
        for path in FILES:
            reply = ask(path)
            assert reply.status == 503
            assert reply.headers["retry-after"]
            assert SECRET.encode() not in reply.body
            assert str(folder) not in reply.body.decode()
        assert sum("other settings" in line for line in caplog.messages) == 1
        # What is made for the request obeys by itself.
        assert SECRET.encode() not in ask("/articles/117014").body
        republish(config)
        for path in FILES:
            reply = ask(path)
            assert reply.status == 200
            assert SECRET.encode() not in reply.body
        assert "앞머리".encode() in ask("/all.rss").body


def test_a_server_that_runs_on_with_old_settings_serves_nothing_of_new_ones(folder: Path) -> None:
    """The tokens were put into the configuration, and the server not started again."""
    republish(settings(folder))
    with started(settings(folder)) as ask:
        before = ask("/all.rss")
        assert before.status == 200
        republish(settings(folder, tokens=(TOKEN,)))
        assert SECRET in (folder / "public/all.rss").read_text("utf-8")
        assert ask("/all.rss").status == 503


def test_hidden_articles_are_not_served_from_before(folder: Path) -> None:
    config = hiding(folder)
    with started(config) as ask:
        assert ask("/all.rss", query=f"token={TOKEN}").status == 503
        republish(config)
        reply = ask("/all.rss", query=f"token={TOKEN}")
        assert reply.status == 200
        assert b"117014" not in reply.body


@pytest.mark.parametrize("how", ["older folder", "no state", "cut short"])
def test_a_folder_of_unknown_making_is_served_where_it_can_hold_nothing(
    folder: Path, tmp_path: Path, how: str
) -> None:
    older = tmp_path / "older"
    shutil.copytree(folder / "public", older)
    republish(settings(folder))
    if how == "older folder":
        shutil.rmtree(folder / "public")
        shutil.copytree(older, folder / "public")
    elif how == "no state":
        shutil.rmtree(folder / "archive/.state")
    else:  # as it is while all is published anew, after the index was lost
        archive = Archive(folder / "archive")
        with archive.writing(NOW):
            Edition().keep(archive.memory)
        archive.close()
    with started(settings(folder)) as ask:
        assert ask("/all.rss").status == 503
    with started(settings(folder, tokens=(TOKEN,))) as ask:
        assert ask("/all.rss", query=f"token={TOKEN}").status == 200
    # Without such an article there is nothing to withhold.
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        archive.keep(
            record(id=117014, guid="tag:dealsite.co.kr,2018:articles/117014"), Event.RELEASED, NOW
        )
    archive.close()
    with started(settings(folder)) as ask:
        assert ask("/all.rss").status == 200


def test_a_changed_title_is_no_reason_to_refuse(folder: Path) -> None:
    republish(settings(folder))
    with started(settings(folder, base_url="https://feeds.example.org/")) as ask:
        assert ask("/all.rss").status == 200


def test_a_search_does_not_tell_what_members_read(folder: Path) -> None:
    query = "q=%EB%B9%84%EB%B0%80"  # 비밀
    with started(settings(folder, tokens=(TOKEN,))) as ask:
        signed = {"Authorization": f"Bearer {TOKEN}"}
        assert "잠긴 기사" in ask("/search", signed, query=query).body.decode()
    with started(settings(folder)) as ask:
        assert "잠긴 기사" not in ask("/search", query=query).body.decode()
        found = ask("/search", query="q=%EC%95%9E%EB%A8%B8%EB%A6%AC")  # 앞머리
        assert "잠긴 기사" in found.body.decode()
