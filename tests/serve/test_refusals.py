"""What is answered where nothing can be shown, who is admitted, and where an address with
a last slash too many or too few leads."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest

from feedsvc.feeds.channel import ICON
from feedsvc.feeds.pages import picture
from feedsvc.serve import app
from tests.serve.conftest import NOW, SECRET, Ask, ask_of, keep, record, settings, written

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
READERS = [
    "",
    "*/*",
    "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, */*;q=0.1",
    "application/rss+xml, application/atom+xml, text/html, */*",
    "text/html;q=0",
    "text/html;q=x",
    "application/json",
]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published files and an archive with an article, which nobody changes."""
    folder = written(tmp_path_factory.mktemp("stocked"))
    keep(folder, record())
    return folder


@pytest.fixture(scope="module")
def guarded(stocked: Path) -> Ask:
    return ask_of(app(settings(stocked, tokens=(SECRET,)), now=lambda: NOW))


# Pages for who asks for them


@pytest.mark.parametrize("accept", READERS)
def test_a_program_is_told_in_a_line_and_may_use_basic(guarded: Ask, accept: str) -> None:
    reply = guarded("/all.atom", {"Accept": accept} if accept else {})
    assert reply.status == 401
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(reply.body.splitlines()) == 1


def test_a_program_is_offered_basic_first(folder: Path) -> None:
    application = app(settings(folder, tokens=(SECRET,)), now=lambda: NOW)
    for accept, schemes in ((b"*/*", [b"Basic", b"Bearer"]), (BROWSER.encode(), [b"Bearer"])):
        told = schemes_of(application, accept)
        assert [one.partition(b" ")[0] for one in told] == schemes


def schemes_of(application: object, accept: bytes) -> list[bytes]:
    import asyncio

    from feedsvc.serve.application import Application

    assert isinstance(application, Application)
    scope = {"method": "GET", "path": "/all.atom", "headers": [(b"accept", accept)]}
    answer = asyncio.run(application.answer(scope))
    return [value for name, value in answer.headers if name == b"www-authenticate"]


def test_a_browser_gets_the_page_with_its_field_and_no_question(guarded: Ask) -> None:
    for path in ("/", "/all.atom", "/articles/117013", "/nothing", "/archive/all/2026-03"):
        reply = guarded(path, {"Accept": BROWSER, "Accept-Language": "en"})
        assert reply.status == 401
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
        assert reply.headers["cache-control"] == "no-store"
        assert "Basic" not in reply.headers["www-authenticate"]
        page = reply.body.decode()
        assert '<form method="get">' in page
        assert 'name="token" type="password"' in page
        assert "A token is needed" in page
        # It asks for nothing that it would not get, and is dressed all the same.
        assert "<style>" in page
        assert "stylesheet" not in page
        assert "sha256-" in reply.headers["content-security-policy"]
        assert "반도체" not in page
    # What the form sends opens the page.
    assert guarded("/articles/117013", {"Accept": BROWSER}, query=f"token={SECRET}").status == 200


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/archive/x/y", "GET", 404),
        ("/", "POST", 405),
        ("/" + "a" * 2000, "GET", 414),
    ],
)
def test_a_refusal_is_a_page_for_a_browser_and_a_line_for_others(
    ask: Ask, path: str, method: str, status: int
) -> None:
    page = ask(path, {"Accept": BROWSER}, method=method)
    line = ask(path, method=method)
    assert page.status == line.status == status
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<p class="soft">{status} · <a ' in page.body.decode()
    assert line.headers["content-type"] == "text/plain; charset=utf-8"
    assert len(line.body.splitlines()) == 1
    assert "etag" not in page.headers
    if status == 405:
        assert page.headers["allow"] == line.headers["allow"] == "GET, HEAD"


def test_the_links_of_a_refusal_lead_home_from_wherever_it_is(folder: Path) -> None:
    config = settings(folder, base_url="https://example.org/feeds/")
    ask = ask_of(app(config, now=lambda: NOW))
    for path in ("/feeds/nothing", "/feeds/archive/all/nothing", "/feeds/a/b/c/d"):
        page = ask(path, {"Accept": BROWSER}).body.decode()
        link = page.partition('<p class="name" lang="ko"><a href="')[2].partition('"')[0]
        assert urljoin(f"https://example.org{path}", link) == "https://example.org/feeds/"


def test_a_damaged_archive_is_a_page_too(folder: Path, ask: Ask) -> None:
    keep(folder, record())
    (path,) = (folder / "archive" / "articles").rglob("*.json")
    path.write_text("{")
    reply = ask("/articles/117013", {"Accept": BROWSER})
    assert reply.status == 500
    assert b"<h1>" in reply.body
    assert str(folder).encode() not in reply.body


# Cookies


COOKIES = [
    'prefs={"a":1}; {ours}',
    "이름=값; {ours}",
    "=; {ours}",
    "=x; {ours}",
    "; ; {ours}",
    "flag; {ours}",
    'open="; {ours}',
    'quoted="a b, c"; {ours}',
    "list=1,2,3; {ours}",
    "a=1, {ours}",
    "other=1;{ours}",
    "other=1;\t{ours} ; more=2",
    "feedsvc=; {ours}",
    "feedsvc=0123; {ours}",
    "feedsvc=" + "0" * 64 + "; {ours}",
    "{ours}; feedsvc=" + "f" * 64,
    "{ours}; {ours}",
    "x" * 4000 + "=1; {ours}",
    "myfeedsvc=1; {ours}",
    "path=/; expires=never; {ours}",
]


@pytest.mark.parametrize("field", COOKIES)
def test_no_cookie_of_another_hides_ours(guarded: Ask, field: str) -> None:
    ours = guarded("/", query=f"token={SECRET}").headers["set-cookie"].partition(";")[0]
    sent = field.replace("{ours}", ours).encode().decode("latin-1")
    assert guarded("/all.rss", {"Cookie": sent}).status == 200
    assert guarded("/", {"Cookie": sent}).status == 200
    quoted = sent.replace(ours, f'feedsvc="{ours.partition("=")[2]}"')
    assert guarded("/all.rss", {"Cookie": quoted}).status == 200
    without = sent.replace(ours, "feedsvc=" + "a" * 64)
    assert guarded("/all.rss", {"Cookie": without}).status == 401


@pytest.mark.parametrize("change", ["x{}", "{}0", "{}a", "feedsvc{}", "a.feedsvc{}"])
def test_what_only_looks_like_our_cookie_is_none(guarded: Ask, change: str) -> None:
    ours = guarded("/", query=f"token={SECRET}").headers["set-cookie"].partition(";")[0]
    assert guarded("/all.rss", {"Cookie": change.format(ours)}).status == 401


def test_a_token_with_signs_in_it_is_taken_as_it_stands(folder: Path) -> None:
    token = "a+b/c=d&e%41;f"
    ask = ask_of(app(settings(folder, tokens=(token,)), now=lambda: NOW))
    for sent in ("a%2Bb%2Fc%3Dd%26e%2541%3Bf", "a+b/c=d%26e%2541;f"):
        assert ask("/all.rss", query=f"x=y&token={sent}").status == 200
    assert ask("/all.rss", query="token=a%20b/c=d%26e%2541;f").status == 401


# Last slashes


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("/status/", "/status"),
        ("/search/", "/search"),
        ("/all.rss/", "/all.rss"),
        ("/feeds.opml/", "/feeds.opml"),
        ("/articles/117013/", "/articles/117013"),
        ("/archive", "/archive/"),
        ("/archive/all/2026-03.atom/", "/archive/all/2026-03.atom"),
        ("/healthz/", "/healthz"),
        ("/metrics/", "/metrics"),
        ("/robots.txt/", "/robots.txt"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/feeds"])
def test_a_last_slash_too_many_or_too_few_leads_on(
    stocked: Path, path: str, right: str, prefix: str
) -> None:
    config = settings(stocked, base_url=f"https://example.org{prefix}/")
    ask = ask_of(app(config, now=lambda: NOW))
    for before in {"", prefix}:  # with the proxy's prefix cut off, and as it came
        for method in ("GET", "HEAD"):
            reply = ask(f"{before}{path}", query="q=x&page=2", method=method)
            assert reply.status == 301
            seen = f"https://example.org{prefix}{path}?q=x&page=2"
            expected = f"https://example.org{prefix}{right}?q=x&page=2"
            assert urljoin(seen, reply.headers["location"]) == expected
        assert ask(f"{before}{right}").status == 200


def test_a_path_in_korean_leads_on_too(folder: Path) -> None:
    ask = ask_of(app(settings(folder, base_url="https://example.org/피드/"), now=lambda: NOW))
    reply = ask("/피드")
    assert (reply.status, reply.headers["location"]) == (301, "%ED%94%BC%EB%93%9C/")
    assert ask("/피드/all.rss").status == 200


def test_where_nothing_is_no_slash_leads_on(ask: Ask) -> None:
    for path in ("/nothing/", "/nothing", "/all.rss//", "//", "/archive/all", "/.state/all.json/"):
        assert ask(path).status == 404


def test_a_stranger_is_told_nothing_by_a_redirect(guarded: Ask) -> None:
    for path in ("/all.rss/", "/archive", "/articles/117013/", "/healthz/"):
        assert guarded(path).status == 401
    reply = guarded("/status/", query=f"token={SECRET}")
    assert reply.status == 301
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"


def test_a_redirect_takes_no_line_break_along(ask: Ask) -> None:
    reply = ask("/status/", query="a=b\r\nX-Injected: yes")
    assert reply.headers["location"] == "../status"


# What every site is asked for


def test_robots_and_icon(ask: Ask, guarded: Ask) -> None:
    robots = ask("/robots.txt")
    assert robots.headers["content-type"] == "text/plain; charset=utf-8"
    rules = [line for line in robots.body.decode().splitlines() if not line.startswith("#")]
    assert rules == ["User-agent: *", "Disallow: /"]
    icon = ask("/favicon.ico")
    assert icon.headers["content-type"] == "image/x-icon"
    assert icon.body[22:] == picture(ICON)
    for reply in (robots, icon):
        assert reply.status == 200
        assert reply.headers["etag"].startswith('"')
        assert reply.headers["cache-control"] == "public, max-age=86400"
    assert ask("/favicon.ico", {"If-None-Match": icon.headers["etag"]}).status == 304
    for path in ("/robots.txt", "/favicon.ico"):
        assert guarded(path).status == 401
        assert guarded(path, query=f"token={SECRET}").headers["cache-control"][:7] == "private"
