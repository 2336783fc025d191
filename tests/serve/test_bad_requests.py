"""Nothing leaks and nothing falls over: a table of requests that nobody should send."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from feedsvc.serve import app
from tests.serve.conftest import NOW, SECRET, Ask, ask_of, keep, record, settings, written


def basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody writes into it."""
    return written(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="module")
def ask(folder: Path) -> Ask:
    return ask_of(app(settings(folder), now=lambda: NOW))


@pytest.fixture(scope="module")
def below_a_prefix(folder: Path) -> Ask:
    config = settings(folder, base_url="https://example.org/feeds/")
    return ask_of(app(config, now=lambda: NOW))


# As uvicorn hands them over, decoded once: what was encoded twice still has its %.
OUTSIDE = [
    "/../secret.rss",
    "/archive/../../secret.rss",
    "/./all.rss",
    "/archive/./all/2026-03.atom",
    "//all.rss",
    "/archive//all/2026-03.atom",
    "/%2e%2e/secret.rss",
    "/%252e%252e/secret.rss",
    "/..%2fsecret.rss",
    "/..\\secret.rss",
    "\\..\\secret.rss",
    "/archive\\all\\2026-03.atom",
    "/all.rss\x00",
    "/all.rss\x00.json",
    "/all.rss\n",
    "/all.rss ",
    "/all.rss;x",
    "/.all.rss.x1.tmp",
    "/.state/all.json",
    "/archive/.hidden/x.atom",
    "/...",
    "/~root/all.rss",
    "/\ufffd\ufffd/all.rss",
    "/．．/secret.rss",
    "/config.json",
    "/etc/passwd",
    "/all",
    "/all.RSS",
    "/all.xml",
    "all.rss",
    "*",
    "",
    "http://example.org/../secret.rss",
    "/articles/",
    "/articles/0",
    "/articles/999",
    "/articles/-1",
    "/articles/117013/",
    "/articles/117013.json",
    "/articles/" + "9" * 13,
    "/articles/٣",
    "/articles/../all.rss",
    "/images/ab/../../FORMAT",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_it_is_not_found_and_nothing_is_said(ask: Ask, path: str) -> None:
    for method in ("GET", "HEAD"):
        reply = ask(path, method=method)
        assert reply.status == 404
        assert b"secret" not in reply.body
    assert ask(path).body == b"not found\n"


@pytest.mark.parametrize("path", OUTSIDE)
def test_a_prefix_opens_no_way_either(below_a_prefix: Ask, path: str) -> None:
    reply = below_a_prefix(f"/feeds{path}")
    assert reply.status == (404 if path else 301)
    assert b"secret" not in reply.body


@pytest.mark.one_stands_for_all(crossed=True)
@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X"]
)
@pytest.mark.parametrize("path", ["/all.rss", "/healthz", "/nothing", "/articles/1"])
def test_only_get_and_head(ask: Ask, method: str, path: str) -> None:
    reply = ask(path, method=method)
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD"


def test_overlong_paths(ask: Ask) -> None:
    assert ask("/" + "a" * 1023).status == 404
    assert ask("/" + "a" * 1024).status == 414
    assert ask("/" + "a/" * 7000).status == 414


@pytest.mark.parametrize(
    "headers",
    [
        {"If-None-Match": '"' * 5000},
        {"If-None-Match": 'W/"' + "," * 5000},
        {"Accept-Encoding": ",;=q" * 2000},
        {"If-Modified-Since": "9" * 5000},
        {"Range": "bytes=0-1"},
        {"Cookie": "a=b;" * 1000 + '"'},
        {"Authorization": "Basic " + "x" * 3000},
        {"X-Forwarded-Proto": "javascript"},
        {"Host": "evil.example\r"},
    ],
)
def test_odd_headers_are_ignored(ask: Ask, headers: dict[str, str]) -> None:
    reply = ask("/all.rss", headers)
    assert reply.status == 200
    assert "evil" not in str(reply.headers)


def test_a_request_with_an_absolute_address_is_read_by_its_path(ask: Ask) -> None:
    assert ask("http://example.org/all.atom").body == b"<feed/>"


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, 401),
        (f"token={SECRET}", {}, 200),
        (f"a=b&token={SECRET}", {}, 200),
        (f"token=wrong&token={SECRET}", {}, 200),
        ("token=another-token", {}, 200),
        ("token=%ED%86%A0%ED%81%B0", {}, 401),
        (f"token={SECRET}x", {}, 401),
        (f"token={SECRET[:-1]}", {}, 401),
        (f"token={SECRET.upper()}", {}, 401),
        ("token=", {}, 401),
        ("token", {}, 401),
        (f"Token={SECRET}", {}, 401),
        (f"token[]={SECRET}", {}, 401),
        (SECRET, {}, 401),
        ("&" * 5000 + "token", {}, 401),
        ("token=%ff%fe", {}, 401),
        ("", {"Authorization": f"Bearer {SECRET}"}, 200),
        ("", {"Authorization": f"bearer  {SECRET} "}, 200),
        ("", {"Authorization": "Bearer"}, 401),
        ("", {"Authorization": "Bearer "}, 401),
        ("", {"Authorization": f"Basic {SECRET}"}, 401),
        ("", {"Authorization": SECRET}, 401),
        ("", {"Authorization": basic("reader", SECRET)}, 200),
        ("", {"Authorization": basic("", SECRET)}, 200),
        ("", {"Authorization": basic("독자", SECRET).replace("Basic", "basic ")}, 200),
        ("", {"Authorization": basic("reader", SECRET).rstrip("=")}, 200),
        ("", {"Authorization": basic(SECRET, "")}, 401),
        ("", {"Authorization": basic(SECRET, "x")}, 401),
        ("", {"Authorization": basic("reader", f"{SECRET}x")}, 401),
        ("", {"Authorization": "Basic"}, 401),
        ("", {"Authorization": "Basic ====="}, 401),
        ("", {"Authorization": "Basic \xff"}, 401),
        ("", {"Authorization": f"Bearer {SECRET},{SECRET}"}, 401),
        ("", {"Authorization": "Bearer \xff"}, 401),
        ("", {"X-Token": SECRET}, 401),
        ("", {"Referer": f"http://x/?token={SECRET}"}, 401),
        ("", {"Cookie": f"feedsvc={SECRET}"}, 401),
        ("", {"Cookie": f"token={SECRET}"}, 401),
        ("", {"Cookie": "feedsvc="}, 401),
        ("", {"Cookie": "feedsvc=\xff"}, 401),
    ],
)
def test_tokens_in_odd_places(
    folder: Path, query: str, headers: dict[str, str], status: int
) -> None:
    config = settings(folder, tokens=(SECRET, "another-token"))
    reply = ask_of(app(config, now=lambda: NOW))("/all.rss", headers, query=query)
    assert reply.status == status
    assert SECRET not in str(reply)
    if status == 401:
        assert "www-authenticate" in reply.headers
        assert "location" not in reply.headers
        assert "etag" not in reply.headers


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With an article, too."""
    folder = written(tmp_path_factory.mktemp("stocked"))
    keep(folder, record())
    return folder


@pytest.mark.parametrize(
    "path",
    ["/", "/all.rss", "/nothing", "/articles/117013", "/metrics", "/search", "/images/x", "/x/../"],
)
def test_without_a_token_every_path_looks_the_same(stocked: Path, path: str) -> None:
    protected = ask_of(app(settings(stocked, tokens=(SECRET,)), now=lambda: NOW))
    assert protected(path) == protected("/")
    assert protected(path).status == 401


def test_a_token_in_the_path_is_none(folder: Path) -> None:
    protected = ask_of(app(settings(folder, tokens=(SECRET,)), now=lambda: NOW))
    for path in (f"/{SECRET}", f"/token={SECRET}", f"/{SECRET}/all.rss"):
        reply = protected(path)
        assert reply.status == 401
        assert SECRET not in str(reply)
