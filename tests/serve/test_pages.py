"""Reading pages, health, cookies, prefixes."""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from feedsvc import health
from feedsvc.archive import Archive
from feedsvc.health import TITLES, Kind
from feedsvc.memory import Topic
from feedsvc.model import Access, Image, Related, Status
from feedsvc.serve import app
from tests.serve.conftest import NOW, SECRET, Ask, ask_of, keep, record, settings

WAIT = timedelta(minutes=10)


def test_a_reading_page_shows_the_article(folder: Path, ask: Ask) -> None:
    image = Image("https://img.example/a.jpg?x=1&y=2", file="images/ab/abcd.jpg")
    keep(
        folder,
        record(
            access=Access(Status.SOON_FREE),
            images=(image,),
            body=(
                "<p>본문 첫 문단</p>",
                '<figure><img src="https://img.example/a.jpg?x=1&amp;y=2"></figure>',
            ),
            related=(Related("관련 <기사>", "https://dealsite.co.kr/articles/1"),),
        ),
    )
    reply = ask("/articles/117013")
    page = reply.body.decode()
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert '<h1 lang="ko">반도체 &lt;투자&gt; &amp; 인수</h1>' in page
    assert "<p>본문 첫 문단</p>" in page
    assert 'src="../images/ab/abcd.jpg"' in page
    assert "관련 &lt;기사&gt;" in page
    assert re.search(r'<a class="flag locked" [^>]*href="[./]*\?access=soon-free"', page)
    assert "아직 무료로 풀리지 않은 기사입니다." in page
    assert 'href="https://dealsite.co.kr/articles/117013"' in page
    assert 'datetime="2026-03-09T09:00:00+09:00"' in page
    assert page.count("<script") == page.count("<script src=") == 1
    assert "sha256-" not in reply.headers["content-security-policy"]
    again = ask("/articles/117013", {"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/", "/archive/all/2026-03", "/search?q=본문", "/search?q=onerror"]
)
def test_words_of_the_site_are_words_in_lists(folder: Path, ask: Ask, path: str) -> None:
    bad = "<img src=x onerror='1'>\"&amp;"
    keep(
        folder, record(title=bad, subtitle=bad, reporters=(bad,), body=(f"<p>본문</p>{'가' * 9}",))
    )
    path, _, query = path.partition("?")
    reply = ask(path, query=quote(query, safe="="))
    page = reply.body.decode()
    assert reply.status == 200
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") + page.count("&lt;img src=x <mark>onerror") >= 2


def test_a_table_scrolls_by_itself_wherever_it_stands(folder: Path, ask: Ask) -> None:
    inner = "<table><tbody><tr><td>안</td></tr></tbody></table>"
    outer = f"<figure><table><tbody><tr><td>{inner}</td></tr></tbody></table></figure>"
    keep(folder, record(body=("<p>본문</p>", inner, outer)))
    page = ask("/articles/117013").body.decode()
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="표">'
    assert page.count(frame) == 2
    assert f"{frame}{inner}</div>" in page
    assert (
        f"<figure>{frame}{outer.removeprefix('<figure>').removesuffix('</figure>')}</div>" in page
    )


def test_what_only_members_see_needs_a_protected_server(folder: Path) -> None:
    keep(folder, record(access=Access(Status.MEMBERS_ONLY, seen_as="member")))
    open_server = ask_of(app(settings(folder), now=lambda: NOW))
    protected = ask_of(app(settings(folder, tokens=(SECRET,)), now=lambda: NOW))
    assert "본문 첫 문단" not in open_server("/articles/117013").body.decode()
    page = protected("/articles/117013", query=f"token={SECRET}").body.decode()
    assert "본문 첫 문단" in page


def test_a_damaged_record_is_an_error_without_a_path(folder: Path, ask: Ask) -> None:
    keep(folder, record())
    (path,) = (folder / "archive" / "articles").rglob("*.json")
    path.write_text("{")
    reply = ask("/articles/117013")
    assert reply.status == 500
    assert str(folder).encode() not in reply.body


def test_serving_makes_no_archive(folder: Path, ask: Ask) -> None:
    before = sorted(folder.rglob("*"))
    for path in ("/", "/all.rss", "/articles/117013", "/healthz", "/nothing"):
        ask(path)
    assert sorted(folder.rglob("*")) == before


def test_healthz_tells_the_verdict_with_its_reasons(folder: Path) -> None:
    archive = Archive(folder / "archive")
    sections = settings(folder).sections
    with archive.writing(NOW):
        health.expect(archive.memory, sections, NOW)
        health.succeeded(archive.memory, "industry", NOW)
        health.succeeded(archive.memory, "mna", NOW - 4 * WAIT)
        health.note(archive.memory, health.Kind.PUBLISHING, NOW, "the disk is full")
    archive.close()
    now = NOW
    ask = ask_of(app(settings(folder), now=lambda: now))
    reply = ask("/healthz")
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    at = "2026-03-09T12:00:00+09:00"
    assert json.loads(reply.body) == {
        "status": "degraded",
        "reasons": [
            {"kind": "publishing", "section": None, "since": at, "text": "the disk is full"}
        ],
        "sections": [
            {"name": "industry", "interval": 600, "succeeded_at": at, "late": False},
            {
                "name": "mna",
                "interval": 600,
                "succeeded_at": "2026-03-09T11:20:00+09:00",
                "late": False,
            },
        ],
    }
    page = ask("/status", {"Accept-Language": "en"}).body.decode()
    assert "Polling works, with trouble." in page
    assert "Feeds cannot be published" in page
    assert "the disk is full" in page
    korean = ask("/status", {"Accept-Language": "ko"}).body.decode()
    assert TITLES[Kind.PUBLISHING].advice in korean
    assert re.search(r'<details>.*<p lang="en">[^<]*the disk is full', korean)
    now = NOW + 4 * WAIT
    reply = ask("/healthz")
    assert reply.status == 503
    told = json.loads(reply.body)
    assert told["status"] == "failing"
    assert [one["section"] for one in told["reasons"]] == [None, "industry", "mna"]
    assert [one["late"] for one in told["sections"]] == [True, True]
    assert ask("/healthz", method="HEAD").body == b""


def test_the_status_page_calls_no_section_well_whose_failure_it_tells(folder: Path) -> None:
    archive = Archive(folder / "archive")
    industry, mna = settings(folder).sections
    with archive.writing(NOW):
        for one in (industry, mna):
            health.succeeded(archive.memory, one.name, NOW)
        health.polled(archive.memory, industry, NOW, {"error": None}, None)
        for _ in range(2):
            health.polled(archive.memory, mna, NOW, {"error": "404"}, health.Kind.SECTION)
    archive.close()
    page = ask_of(app(settings(folder), now=lambda: NOW))("/status", {"Accept-Language": "en"})
    rows = re.findall(r'<th scope="row"[^>]*>(.*?)</th><td>(.*?)</td>', page.body.decode())
    told = {title: re.sub("<[^>]+>", "", state) for title, state in rows}
    assert told["산업"] == "well"
    assert told["인수합병"] == "something is wrong"


def test_forgotten_or_broken_memory_is_no_error(folder: Path) -> None:
    archive = Archive(folder / "archive")
    with archive.writing(NOW):
        for name in ("industry", "mna"):
            archive.memory.section.set(name, tried_at=NOW)
        archive.memory.note.set(Topic.TROUBLES, "", text='{"noted": [{"kind": "of tomorrow"}, 5]}')
    archive.close()
    with sqlite3.connect(folder / "archive/.state/state.sqlite") as state:
        state.execute("UPDATE section SET succeeded_at='soon', waits='[1e400]', error=5")
        state.execute("UPDATE section SET polled_at=1e300, failing_since='x' WHERE name='mna'")
    state.close()
    assert ask_of(app(settings(folder), now=lambda: NOW))("/healthz").status == 200


def test_healthz_needs_no_token_and_then_tells_no_names(folder: Path) -> None:
    ask = ask_of(app(settings(folder, tokens=(SECRET,)), now=lambda: NOW))
    assert ask("/healthz").body == b'{"status": "ok"}\n'
    assert json.loads(ask("/healthz", query=f"token={SECRET}").body)["sections"]


def test_a_page_opened_with_a_token_gives_a_cookie_for_the_others(folder: Path) -> None:
    keep(folder, record())
    config = settings(folder, tokens=("first", SECRET))
    ask = ask_of(app(config, now=lambda: NOW))
    reply = ask("/index.html", query=f"token={SECRET}")
    assert b"all.rss" in reply.body
    cookie, *attributes = reply.headers["set-cookie"].split("; ")
    assert SECRET not in reply.headers["set-cookie"]
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax"}
    assert reply.headers["cache-control"].startswith("private")
    for path in ("/articles/117013", "/", "/all.rss", "/style.css", "/script.js"):
        assert ask(path, {"Cookie": f"other=1; {cookie}"}).status == 200
        assert "set-cookie" not in ask(path, {"Cookie": cookie}).headers
    # A removed token makes its cookie void; the other subscriber's stays.
    revoked = ask_of(app(settings(folder, tokens=("first",)), now=lambda: NOW))
    assert revoked("/", {"Cookie": cookie}).status == 401
    assert "set-cookie" not in ask("/all.rss", query=f"token={SECRET}").headers


@pytest.mark.parametrize(
    ("headers", "scheme", "path", "secure"),
    [
        ({"Host": "example.org"}, "http", "/feeds/", True),
        ({"Host": "127.0.0.1:8080"}, "http", "/", False),
        ({"Host": "127.0.0.1:8080", "X-Forwarded-Proto": "https"}, "http", "/", True),
        ({"Host": "127.0.0.1:8080"}, "https", "/", True),
    ],
)
def test_the_cookie_fits_what_the_browser_sees(
    folder: Path, headers: dict[str, str], scheme: str, path: str, secure: bool
) -> None:
    config = settings(folder, base_url="https://example.org/feeds/", tokens=(SECRET,))
    ask = ask_of(app(config, now=lambda: NOW))
    cookie = ask("/", headers, query=f"token={SECRET}", scheme=scheme).headers["set-cookie"]
    assert f"Path={path};" in cookie
    assert cookie.endswith("; Secure") is secure


@pytest.mark.parametrize("base", ["https://example.org/feeds/", "https://example.org/feeds"])
def test_requests_with_and_without_the_proxys_prefix(folder: Path, base: str) -> None:
    keep(folder, record())
    ask = ask_of(app(settings(folder, base_url=base), now=lambda: NOW))
    for path in ("/all.rss", "/", "/articles/117013", "/archive/all/2026-03.atom", "/healthz"):
        bare, prefixed = ask(path), ask(f"/feeds{path}")
        assert bare.status == 200
        assert bare == prefixed
    assert (ask("/feeds").status, ask("/feeds").headers["location"]) == (301, "feeds/")
    assert ask("/feedsall.rss").status == 404
    assert ask("/feeds/feeds/all.rss").status == 404


def test_a_prefix_that_is_also_a_folder_hides_nothing(folder: Path) -> None:
    config = settings(folder, base_url="https://example.org/archive/")
    ask = ask_of(app(config, now=lambda: NOW))
    for path in ("/archive/all/2026-03.atom", "/archive/archive/all/2026-03.atom"):
        assert ask(path).body == b"<feed>march</feed>"
    assert ask("/archive/all.atom").body == b"<feed/>"
